"""Six situations of working life to start from, for whoever does not know what to type."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Situation:
    """A situation: its short name as shown, and the first sentence that it puts in the box.

    `question` names the question that is asked before anything is looked for, if any.
    """

    name: str
    label: str
    text: str
    question: str = ""


SITUATIONS = ("slides", "speaking", "software", "boss", "instructions", "performance")
"""The names of the situations, in the order in which they are shown."""

_TEXTS = {
    "en": {
        "slides": (
            "Slides for a presentation",
            "I have to make slides for a presentation, and I want people to follow the story.",
        ),
        "speaking": (
            "Sure of myself before a group",
            "I have to speak in front of a group, and I want to feel calm and sure of myself.",
        ),
        "software": (
            "Something on my computer",
            "I am stuck with a program on my computer.",
        ),
        "boss": (
            "Trouble with my boss",
            "Things are difficult between me and my boss, and I want to talk about it.",
        ),
        "instructions": (
            "Giving my team instructions",
            "I have to tell my team what to do, so that everyone knows what I expect.",
        ),
        "performance": (
            "A performance talk, soon",
            "I am about to talk with someone whose work is not good enough. What words do I use?",
        ),
    },
    "nl": {
        "slides": (
            "Dia's voor een presentatie",
            "Ik moet dia's maken voor een presentatie en wil dat mensen het verhaal volgen.",
        ),
        "speaking": (
            "Zelfverzekerd voor een groep",
            "Ik moet voor een groep spreken en wil me rustig en zeker van mezelf voelen.",
        ),
        "software": (
            "Iets op mijn computer",
            "Ik loop vast met een programma op mijn computer.",
        ),
        "boss": (
            "Het botst met mijn leidinggevende",
            "Het gaat moeilijk tussen mij en mijn leidinggevende, en ik wil erover praten.",
        ),
        "instructions": (
            "Mijn team instructies geven",
            "Ik moet mijn team zeggen wat er moet gebeuren, zodat iedereen weet wat ik verwacht.",
        ),
        "performance": (
            "Zo meteen een functioneringsgesprek",
            "Ik spreek zo iemand van wie het werk niet goed genoeg is. Welke woorden kies ik?",
        ),
    },
}

_QUESTIONS = {"software": "program"}


def tell_situations(language: str) -> tuple[Situation, ...]:
    """The six situations in a language; in English where it is not one of ours."""
    texts = _TEXTS.get(language, _TEXTS["en"])
    return tuple(Situation(name, *texts[name], _QUESTIONS.get(name, "")) for name in SITUATIONS)
