"""The first net for needs that tell of the writer's own crisis."""

from __future__ import annotations

import pytest

from lti_tool.domain.need import Need
from lti_tool.recommender import Recommender, Support

OWN_CRISIS = [
    "I want to kill myself",
    "i wanna kill myself",
    "I'm going to kill myself tonight",
    "i keep thinking about killing myself",
    "I don’t want to live anymore",
    "I do not want to be alive",
    "i dont want to live any more, work is too much",
    "I want to die",
    "i just want to die",
    "I wish I was dead",
    "I wish I were never born",
    "I'd be better off dead",
    "everyone would be better off without me",
    "I want to end my life",
    "I am thinking of ending my life",
    "thinking about taking my own life",
    "I want to end it all",
    "I have no reason to live",
    "there is nothing left to live for",
    "I'm tired of living",
    "I am feeling suicidal",
    "I've been having suicidal thoughts",
    "my suicidal thoughts come back before every meeting",
    "I am thinking about suicide",
    "I want to commit suicide",
    "I want to hurt myself",
    "I keep cutting myself",
    "the urge to harm myself is back",
    "ik wil niet meer leven",
    "Ik wil dood",
    "ik wil gewoon dood",
    "ik wil dood zijn",
    "ik was liever dood",
    "ik zou beter dood zijn",
    "ik denk dat ik niet meer wil leven",
    "ik wil mezelf van kant maken",
    "ik ga mezelf iets aandoen",
    "ik wil mezelf vermoorden",
    "ik denk eraan een einde te maken aan mijn leven",
    "ik wil er een eind aan maken",
    "ik zie het leven niet meer zitten",
    "ik heb geen zin meer in het leven",
    "ik ben suïcidaal",
    "ik heb zelfmoordgedachten",
    "ik denk aan zelfmoord",
    "ik wil zelfmoord plegen",
    "ik wil mezelf pijn doen",
]

NOT_OWN_CRISIS = [
    "patient talks about suicide, what do I say?",
    "my patient says I want to die, how do I respond",
    "she told me I want to kill myself, what now",
    "how do I support a colleague who wants to kill himself",
    "suicide prevention training for managers",
    "a pupil cuts herself",
    "client with suicidal thoughts",
    "this deadline is killing me",
    "my boss will kill me if the slides are late",
    "I could kill for a coffee",
    "I want to die of embarrassment when I present",
    "how do I end it all politely with this supplier",
    "I want to end it all with this supplier",
    "how to kill a process on linux",
    "kill the meeting",
    "I don't want to live in Amsterdam for this job",
    "I cut myself at the kitchen, first aid",
    "how do I introduce myself",
    "dead links in my course",
    "work life balance",
    "I am dying to learn excel",
    "patiënt praat over zelfmoord, wat zeg ik",
    "mijn cliënt zegt ik wil niet meer leven, hoe reageer ik",
    "collega heeft zelfmoordgedachten",
    "ik zie het niet meer zitten met dit project",
    "ik werk me dood",
    "ik schaam me dood als ik moet presenteren",
    "hoe maak ik een einde aan een vergadering",
    "hoe leven mensen langer",
    "ik wil niet meer leven van overwerk",
    "dode links in mijn cursus",
    "hoe stel ik mezelf voor",
]


@pytest.mark.parametrize("text", OWN_CRISIS)
def test_words_of_ones_own_crisis_get_support_first(recommender: Recommender, text: str) -> None:
    assert isinstance(recommender.recommend(Need(text=text)), Support)


@pytest.mark.parametrize("text", NOT_OWN_CRISIS)
def test_words_about_others_and_figures_of_speech_do_not(
    recommender: Recommender, text: str
) -> None:
    assert not isinstance(recommender.recommend(Need(text=text)), Support)
