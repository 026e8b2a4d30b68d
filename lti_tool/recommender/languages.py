"""Languages: which one a text is in, and the stems of its words."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Sequence

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from catalogue_sync.combining import stream_safe
from lti_tool.recommender.small_words import FUNCTION_WORDS

STEMMED = {
    "da": "danish",
    "de": "german",
    "en": "english",
    "es": "spanish",
    "fi": "finnish",
    "fr": "french",
    "hu": "hungarian",
    "it": "italian",
    "nl": "dutch",
    "no": "norwegian",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sv": "swedish",
    "tr": "turkish",
}
"""Languages whose words are stemmed; words of all others are lower-cased and unaccented."""

LONGEST_WORD = 60
"""Characters; what is longer is no word that anyone looks for."""

_WORD = re.compile(r"[^\W_]+")


def primary_language(tag: str | None) -> str | None:
    """The language of a BCP 47 tag or locale (`nl` of `nl-BE` or `nl_BE`); None when unknown."""
    primary = (tag or "").replace("_", "-").split("-")[0].lower()
    primary = {"nb": "no", "nn": "no"}.get(primary, primary)
    return primary if 2 <= len(primary) <= 3 and primary != "und" else None


def sound(text: str) -> str:
    """A text in Unicode NFKC, without halves of characters that no encoding can hold."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", stream_safe(text))
    return text.encode("utf-8", "ignore").decode("utf-8")


def split_words(text: str) -> list[str]:
    """The words of a text in lower case and in order, Unicode NFKC; accents stay."""
    words: list[str] = _WORD.findall(sound(text).lower())
    return [word for word in words if len(word) <= LONGEST_WORD]


def guess_language(words: Sequence[str], otherwise: str) -> str:
    """The language whose function words are the most frequent among `words`.

    `otherwise` is the answer when fewer than two of them tell, and when it does as well.
    """
    counts = {
        language: sum(word in known for word in words)
        for language, known in FUNCTION_WORDS.items()
    }
    best = max(counts, key=lambda language: counts[language])
    return best if counts[best] >= 2 and counts[best] > counts.get(otherwise, 0) else otherwise


def analyzer(language: str | None) -> TextAnalyzer:
    """The analyzer that turns a text in `language` into stems; None only folds its words."""
    return _analyzer(language if language in STEMMED else None)


@functools.cache
def _analyzer(language: str | None) -> TextAnalyzer:
    built = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(LONGEST_WORD * 4))
    built = built.filter(Filter.lowercase())
    if language is not None:
        built = built.filter(Filter.stemmer(STEMMED[language]))
    return built.filter(Filter.ascii_fold()).build()


@functools.lru_cache(maxsize=20_000)
def stem(word: str, language: str | None) -> str:
    """The stem of one word as the index holds it; the word itself when it has none."""
    stems = analyzer(language).analyze(word)
    return stems[0] if len(stems) == 1 else word


def stem_all(words: Sequence[str], language: str | None) -> list[str]:
    """The stems of many words, one for each."""
    stems = analyzer(language).analyze(" ".join(words))
    if len(stems) == len(words):
        return stems
    # Some scripts hold marks that the analyzer cuts at and a word here does not.
    return [stem(word, language) for word in words]
