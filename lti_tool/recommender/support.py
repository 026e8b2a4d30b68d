"""A first net for needs that tell of the writer's own crisis.

It is narrow on purpose: first person, plain words, English and Dutch. It is no diagnosis and
finds only what is said outright; docs/recommender.md says what it misses.
"""

from __future__ import annotations

import re

from lti_tool.recommender.languages import split_words

_DEATH = r"(?:kill|hang|shoot|drown|poison|harm|hurt|cut|injure)"

_ENGLISH = (
    # Deeds that leave no doubt, in the first person.
    r"\bi\b(?: \w+){0,6} (?:kill|killing|hang|hanging|shoot|shooting|drown|drowning) myself\b",
    r"\b(?:want(?:ed)?|wanna|going|gonna|about|plan|planning|urge|thoughts?|thinking|think|like|"
    rf"keep|started?|need)\b(?: (?:to|of|about|on|i|should|could))? {_DEATH}(?:t?ing)? myself\b",
    r"\bi\b(?: \w+){0,3} self harm(?:ing)?\b",
    r"\b(?:end|ending|take|taking) my (?:own )?life\b",
    r"\bi (?:want|wanna|would like|d like|just want|am going|m going) (?:to )?end it all\b"
    r"(?! with)",
    # Wishes.
    r"\bi (?:\w+ ){0,2}(?:want|wanna) (?:to )?(?:die|be dead)\b(?! of| from| laughing| on)",
    r"\bi (?:wish|wished) i (?:was|were) (?:dead|never born)\b",
    r"\bi (?:m|am|d be|would be|ll be) better off dead\b",
    r"\beveryone (?:\w+ ){0,2}better off without me\b",
    r"\bi (?:\w+ ){0,2}(?:don t|do not|dont|no longer) (?:\w+ )?want to "
    r"(?:live|be alive|go on living|wake up)\b(?! in| at| near| with| here| on)",
    r"\b(?:i have|i ve|i see|there is|there s) (?:no reason|nothing left|nothing) to live\b",
    r"\bi (?:m|am) tired of (?:living|being alive)\b",
    # States and plans.
    r"\bi (?:m|am|feel|felt|have been|ve been|was) (?:\w+ ){0,3}suicidal\b",
    r"\b(?:i have|i ve|i get|i keep having|i m having|i am having|my) (?:\w+ ){0,3}"
    r"(?:suicidal thoughts|suicidal feelings|thoughts of suicide)\b",
    r"\bi (?:m|am|keep|have been|ve been|want|plan|was) (?:\w+ ){0,3}"
    r"(?:committing|commit|considering|consider|contemplating|thinking about|thinking of|planning)"
    r" (?:to commit )?suicide\b",
)

_DUTCH = (
    r"\bik\b(?: \w+){0,6} (?:mezelf|mijzelf|me zelf|zelf) (?:\w+ )?"
    r"(?:van kant|vermoord\w*|ophang\w*|op te hangen|dood\w*|te doden|verdrink\w*|iets aan\w*)",
    r"\bik\b(?: \w+){0,3} (?:me|mij|mezelf|mijzelf) (?:\w+ )?van (?:kant|het leven)\b",
    r"\bik (?:wil|ga|zou|moet|denk|blijf)\b(?: \w+){0,3} (?:mezelf|mijzelf) "
    r"(?:\w+ ){0,2}(?:snijden|beschadigen|verwonden|pijn (?:te )?doen)\b",
    r"\bik (?:snij|snijd|beschadig) (?:mezelf|mijzelf)\b(?! met)",
    r"\bik (?:\w+ ){0,3}(?:niet meer|niet langer|niet) (?:wil |wilt )?leven\b"
    r"(?! in| met| bij| van| zonder| op)",
    r"\bik (?:\w+ ){0,2}(?:liever |gewoon |echt |alleen maar )?dood (?:wil|zijn|zijn wil)\b",
    r"\bik wil (?:\w+ ){0,2}dood\b",
    r"\bik (?:was|ben|zou) (?:\w+ )?(?:liever|beter) dood\b",
    r"\b(?:eind|einde) (?:te )?(?:maken )?aan mijn (?:eigen )?leven\b",
    r"\bik wil er (?:\w+ )?(?:een )?(?:eind|einde) aan maken\b",
    r"\b(?:ik zie|zie ik) het leven niet meer zitten\b",
    r"\bik (?:\w+ ){0,2}geen zin meer in (?:het|mijn) leven\b",
    r"\bik ben (?:\w+ ){0,2}(?:suïcidaal|suicidaal|levensmoe)\b",
    r"\bik (?:\w+ ){0,4}(?:zelfmoord|zelfdoding|suïcide|suicide) "
    r"(?:te )?(?:plegen|overweeg|pleeg)\b",
    r"\bik (?:overweeg|pleeg|denk aan|denk vaak aan|denk steeds aan) "
    r"(?:\w+ )?(?:zelfmoord|zelfdoding|suïcide|suicide)\b",
    r"\bik (?:heb|krijg) (?:\w+ ){0,2}(?:zelfmoordgedachten|suïcidale gedachten|"
    r"suicidale gedachten|gedachten aan zelfmoord|gedachten aan zelfdoding)\b",
)

_OWN_CRISIS = re.compile("|".join((*_ENGLISH, *_DUTCH)))

# Right before the words: someone else is quoted ("my patient says I want to die").
_QUOTED = re.compile(
    r"(?:\b(?:he|she|they|who|patient|client|resident|student|pupil|colleague|friend|employee|"
    r"child|hij|zij|ze|die|patiënt|cliënt|bewoner|leerling|collega|vriend|vriendin|kind)"
    r" (?:just |often |keeps |always )?(?:says?|said|saying|tells?|told|texts?|wrote|zegt|zei|"
    r"schrijft|appt)(?: me| us| to me| that| dat| tegen me| tegen mij)?) $"
)


def tells_of_own_crisis(text: str) -> bool:
    """Whether a need says, in the first person, that its writer may harm themselves.

    Words about someone else ("my patient talks about suicide") and figures of speech ("this
    deadline is killing me") are not meant.
    """
    words = " ".join(split_words(text))
    return any(
        _QUOTED.search(words[: found.start()]) is None for found in _OWN_CRISIS.finditer(words)
    )
