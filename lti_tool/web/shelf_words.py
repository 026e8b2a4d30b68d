"""The words of the shelf's pages: what modules lack, and what a figure counts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from babel.core import Locale, UnknownLocaleError
from babel.numbers import format_decimal

from catalogue_sync.shelf.figures import minutes_for_ten, percent, percents, share_words
from catalogue_sync.shelf.lacks import Lack, ShelfItem
from catalogue_sync.shelf.reading import FEWEST_PAIRS, Shelf
from catalogue_sync.shelf.titles import TitleFault
from lti_tool.web import pages
from lti_tool.web.error_words import N_

_LACKS = {
    Lack.TITLE: N_("a title that can be understood"),
    Lack.WORDS: N_("any words about it"),
    Lack.DESCRIPTION: N_("a description"),
    Lack.MINUTES: N_("minutes"),
    Lack.LANGUAGE: N_("a language"),
}
_FAULTS = {
    TitleFault.FILE_NAME: N_("the title is the name of a file"),
    TitleFault.VERSION: N_("the title carries a version or a date of a file"),
    TitleFault.COPY: N_("the title calls itself a copy"),
    TitleFault.NUMBER: N_("the title only counts, like “Lesson 3”"),
    TitleFault.GENERIC: N_("the title is a general word that every course has"),
    TitleFault.PLACEHOLDER: N_("the title is a placeholder"),
    TitleFault.CAPITALS: N_("the title is in capitals only"),
    TitleFault.CODE: N_("the title is a code or joined_up_words"),
}
_WITHHELD = {
    "hidden": N_("hidden"),
    "unpublished": N_("not published"),
    "restricted": N_("restricted by a condition"),
    "stealth": N_("reachable, but on no page"),
    "not_open_yet": N_("not open yet"),
    "over": N_("over"),
    "for_teachers": N_("for teachers only"),
    "no_address": N_("without an address that opens it"),
}
_MINUTES = {
    "declared": N_("declared by their source"),
    "estimated": N_("estimated"),
    "curator": N_("written down by a curator"),
    "unknown": N_("unknown"),
}
_ACCESS = {
    "guest": N_("anyone"),
    "signed_in": N_("anyone with an account"),
    "self_enrolment": N_("who enrols themselves in the course"),
    "enrolled": N_("only who was enrolled in the course"),
    "not said": N_("not said by the source"),
}
_KINDS = {
    "micro": N_("very short pieces"),
    "lesson": N_("lessons"),
    "course_part": N_("parts of courses"),
    "video": N_("videos"),
    "article": N_("articles"),
    "quiz": N_("quizzes"),
    "practice": N_("practice"),
    "event": N_("events"),
    "assignment": N_("assignments"),
    "person": N_("people to ask"),
    "community": N_("communities"),
    "course": N_("whole courses"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table of figures."""

    words: str
    count: str
    share: str


@dataclass(frozen=True, slots=True)
class Table:
    """A table of figures; its caption is translated."""

    caption: str
    rows: list[Row]


def lack_words(item: ShelfItem) -> list[str]:
    """What a module lacks, most hindering first, each in a few words."""
    _ = pages.words().gettext
    told = [_(_FAULTS[item.fault])] if item.fault is not None else []
    for lack in item.lacks:
        is_told = lack is Lack.DESCRIPTION and Lack.WORDS in item.lacks
        if lack is not Lack.TITLE and not is_told:
            told.append(_("it lacks %(what)s") % {"what": _(_LACKS[lack])})
    return told


def tables_of(shelf: Shelf) -> list[Table]:
    """The figures of a shelf as tables, without those that are empty."""
    _ = pages.words().gettext
    shown, hidden = shelf.shown, shelf.modules - shelf.shown
    lacks = {lack.value: words for lack, words in _LACKS.items()}
    faults = {fault.value: words for fault, words in _FAULTS.items()}
    tables = [
        _table(_("What they lack"), shelf.lacking, shown, lacks),
        _table(_("Titles to mend"), shelf.faults, shown, faults),
        _table(_("How their minutes are known"), shelf.minutes, shown, _MINUTES),
        _table(_("Who may enter"), shelf.access, shown, _ACCESS),
        Table(_("Languages"), _languages(shelf)),
        _table(_("Kinds"), shelf.kinds, shown, _KINDS),
        _table(_("Sources"), shelf.sources, shown, {}),
        _table(_("Not shown to anybody, because they are"), shelf.withheld, hidden, _WITHHELD),
        _table(_("Kinds that are not shown"), shelf.hidden_kinds, hidden, _KINDS),
    ]
    return [table for table in tables if table.rows]


def share_of(count: int, of: int) -> str:
    """A share in whole percent."""
    return share_words(percent(count, of), count)


def estimate_words(shelf: Shelf) -> str:
    """How good estimated minutes are; empty where too few could be compared."""
    _ = pages.words().gettext
    error = shelf.estimates
    if error.count < FEWEST_PAIRS or error.median_ratio is None or error.within_half is None:
        return ""
    return _(
        "How good are estimated minutes? %(count)s modules have a text and minutes declared by "
        "their source. Where 10 minutes are declared, the text is typically estimated at "
        "%(minutes)s. Of the estimates, %(share)s lie between half and one and a half times what "
        "is declared."
    ) % {
        "count": number(error.count),
        "minutes": number(minutes_for_ten(error.median_ratio)),
        "share": f"{error.within_half:.0%}",
    }


def number(value: float) -> str:
    """A number as the page's language writes it."""
    return str(format_decimal(value, locale=pages.current_language()))


def as_message(text: str) -> str:
    """An error's words as a message that stands by itself: with a capital and a full stop."""
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "?", "!")) else ".")


def _table(caption: str, counts: Mapping[str, int], of: int, words: Mapping[str, str]) -> Table:
    _ = pages.words().gettext
    return Table(caption, _rows(counts, of, lambda name: _(words[name]) if name in words else name))


def _languages(shelf: Shelf) -> list[Row]:
    _ = pages.words().gettext
    return _rows(
        shelf.languages, shelf.shown,
        lambda tag: _("unknown") if tag == "unknown" else _language_name(tag),
    )  # fmt: skip


def _rows(counts: Mapping[str, int], of: int, name_of: Callable[[str], str]) -> list[Row]:
    shares = percents(counts, of)
    ordered = sorted(counts.items(), key=lambda one: -one[1])
    return [
        Row(name_of(name), number(count), share_words(shares[name], count))
        for name, count in ordered
    ]


def _language_name(tag: str) -> str:
    try:
        return Locale.parse(tag, sep="-").get_display_name(pages.current_language()) or tag
    except (UnknownLocaleError, ValueError, TypeError):
        return tag
