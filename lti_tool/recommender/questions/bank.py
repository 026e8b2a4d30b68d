"""Questions about working life, with their answers as people give them.

An answer's `label` is what is shown and, with the need, what is looked for once it is chosen:
nothing is looked for that the person did not see. The words after it (`cues`) only help to
guess which modules an answer is about where there is no model to tell.
"""

from __future__ import annotations

from dataclasses import dataclass

from lti_tool.domain.need import Need

LANGUAGES = ("en", "nl")
"""The languages in which the questions are written; the first serves where none fits."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to a question of the bank, as it is shown, with words that tell of it."""

    label: str
    cues: str


@dataclass(frozen=True, slots=True)
class BankQuestion:
    """A question that may be asked back; `name` is the same in every language."""

    name: str
    heading: str
    answers: tuple[Answer, ...]


_TEXTS = {
    "en": """
? led | What worries you about the person you lead?
The work itself: mistakes, results, deadlines | performance result mistake deadline expectation
How they behave towards me or the others | behaviour difficult conflict attitude conduct
How they feel: tired, worried, sad, alone | stress burnout wellbeing support empathy grief
Where they are going: growth, another role | growth develop career coach promotion motivate

? leading | What do you want to do as their manager?
Begin a conversation about it | conversation talk feedback begin say difficult
Say clearly what I expect, and by when | expect instruct goal clear delegate deadline
Let them find their own way: coaching | coach question listen mentor develop
Praise, encourage or thank them | praise recognise motivate encourage thank
Set a limit or decide | limit boundary decide warning discipline consequence

? program | Which program is it?
A spreadsheet, such as Excel | excel spreadsheet sheet formula pivot cell
Slides or a document, such as PowerPoint or Word | powerpoint word slide document
Mail, calendar or video calls, such as Outlook or Teams | outlook mail calendar team zoom
Data and reports, such as SQL or Power BI | sql power bi data dashboard report tableau database
Code, servers or the cloud | code python programming cloud azure aws server git developer
""",
    "nl": """
? led | Wat baart je zorgen over wie je leidt?
Het werk zelf: fouten, resultaten, deadlines | prestatie resultaat fout deadline verwachting
Hoe diegene doet tegen mij of de anderen | gedrag moeilijk conflict houding
Hoe diegene zich voelt: moe, bezorgd, verdrietig, alleen | stress welzijn steun rouw burn-out
Waar diegene heen gaat: groei, een andere rol | groei ontwikkeling loopbaan coachen motiveren

? leading | Wat wil je als leidinggevende doen?
Er een gesprek over beginnen | gesprek feedback beginnen zeggen lastig
Duidelijk zeggen wat ik verwacht, en wanneer | verwachten instructie doel duidelijk delegeren
Diegene zelf een weg laten vinden: coachen | coachen vraag luisteren mentor ontwikkelen
Prijzen, aanmoedigen of bedanken | compliment waarderen motiveren aanmoedigen bedanken
Een grens stellen of beslissen | grens beslissen waarschuwing gevolg

? program | Om welk programma gaat het?
Een spreadsheet, zoals Excel | excel spreadsheet werkblad formule draaitabel cel
Dia's of een document, zoals PowerPoint of Word | powerpoint word dia document
Mail, agenda of videobellen, zoals Outlook of Teams | outlook mail agenda team zoom
Gegevens en rapporten, zoals SQL of Power BI | sql power bi data gegevens dashboard rapport
Code, servers of de cloud | code python programmeren cloud azure aws server git
""",
}

CLOSEST = "closest"
"""The name of the question whose answers are titles of what was found."""

CLOSEST_HEADINGS = {
    "en": "Which of these comes closest to what you need?",
    "nl": "Wat hiervan komt het dichtst bij wat je nodig hebt?",
}

_OF_MANAGERS = ("led", "leading")


def questions_for(need: Need, language: str) -> tuple[BankQuestion, ...]:
    """The questions of the bank that may be asked back for a need, in the page's language.

    They are those of a manager. Who leads is told by the person (`about_someone_led`), never by
    their role in an LMS.
    """
    names = _OF_MANAGERS if need.about_someone_led else ()
    return tuple(question_named(name, language) for name in names)


def question_named(name: str, language: str) -> BankQuestion:
    """A question of the bank by its name. Raises `KeyError`."""
    return _BANK.get(language, _BANK[LANGUAGES[0]])[name]


def _read(text: str) -> dict[str, BankQuestion]:
    questions = (_question(block.strip()) for block in text.split("\n\n"))
    return {question.name: question for question in questions}


def _question(block: str) -> BankQuestion:
    """A block's first line is `? name | heading`, each other one `label | cues`."""
    head, *lines = block.splitlines()
    name, heading = head.removeprefix("? ").split(" | ")
    return BankQuestion(name, heading, tuple(Answer(*line.split(" | ")) for line in lines))


_BANK = {language: _read(_TEXTS[language]) for language in LANGUAGES}
