"""The first net for needs that tell of the writer's own crisis."""

from __future__ import annotations

import pytest

from lti_tool.domain.need import Need
from lti_tool.recommender import Recommendations, Recommender, Support
from tests.recommender.conftest import make_module

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
    "ik wil er niet meer zijn",
    "ik zie het niet meer zitten",
    "ik zie het echt niet meer zitten",
    "ik zie het allemaal niet meer zitten",
    "ik zie het niet meer zitten met alles",
    "wil dood",
    "ik wil doodgaan",
    "ik wil sterven",
    "ik maak er een eind aan",
    "ik ga er een einde aan maken",
    "een einde maken aan mijn leven",
    "hoe maak ik er een eind aan",
    "mijn leven beëindigen",
    "ik stap uit het leven",
    "iedereen is beter af zonder mij",
    "mijn kinderen zijn beter af zonder mij",
    "het hoeft voor mij niet meer",
    "ik wou dat ik er niet meer was",
    "ik voel me suicidaal",
    "ik wil zelfmord plegen",
    "ik wil niet meer levne",
    "ik wil mezlf van kant maken",
    "i want to kil myself",
    "kil myself",
    "how to kill myself",
    "i want to kill myslef",
    "thinking about suicde",
    "suicde",
    "suicidal",
    "help suicidal thoughts",
    "i feel sucidal",
    "don't want to be here anymore",
    "I don't want to be here anymore",
    "I really dont want to be here any more",
    "i no longer want to be here",
    "want to end it all",
    "I just want to end it all",
    "just want to die",
    "they'd be better off without me",
    "my family would be better off without me",
    "everyone is better off without me",
    "I never want to wake up",
    "I hope I don't wake up tomorrow",
    "what's the point of living",
    "my life isn't worth living",
    "don't want to exist anymore",
    "I don't want to exist",
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
    "nurse here, a patient wants to die, what do I say",
    "as a nurse, how do I talk with a patient who wants to kill himself",
    "a resident told me I don't want to be here anymore, how do I answer",
    "my colleague says everyone would be better off without me",
    "customer said I want to end it all, call centre script",
    "I want to end it all on a high note in my presentation",
    "ik zie het niet meer zitten om deze spreadsheet te maken",
    "ik zie het niet meer zitten om weer te presenteren",
    "ik zie het niet zitten om te presenteren",
    "ik zie dit project niet meer zitten",
    "collega ziet het niet meer zitten",
    "mijn medewerker wil er niet meer zijn",
    "een cliënt zegt ik wil dood, hoe reageer ik",
    "bewoner wil niet meer leven",
    "hoe maak ik een eind aan een ruzie in het team",
    "klanten blijven bellen, hoe maak ik daar een eind aan",
    "ik wil een dood punt in mijn presentatie vermijden",
    "ik wil niet meer lezen maar luisteren",
    "I don't want to be here in this meeting",
    "my employee doesn't want to be here anymore",
    "they don't want to work here anymore",
    "I don't want to go on holiday before the deadline",
    "I don't want to live stream my meeting",
    "I want to kill the bugs myself",
    "I want to skill myself in excel",
    "how do I pace myself",
    "I shot myself in the foot in the meeting",
    "how do I end my presentation",
    "end of life care training",
    "training on suicide prevention",
    "zelfmoordpreventie training",
    "how to talk about suicide with a pupil",
    "the meeting would be better without me",
    "would it be better off without the chart",
    "I will fill in the form myself",
    "dead body in excel macro",
    "ik heb geen zin meer in deze baan",
    "het hoeft niet meer voor vrijdag",
    "ik maak er een tabel van",
]


@pytest.mark.parametrize("text", OWN_CRISIS)
def test_words_of_ones_own_crisis_get_support_first(recommender: Recommender, text: str) -> None:
    assert isinstance(recommender.recommend(Need(text=text)), Support)


@pytest.mark.parametrize("text", NOT_OWN_CRISIS)
def test_words_about_others_and_figures_of_speech_do_not(
    recommender: Recommender, text: str
) -> None:
    assert not isinstance(recommender.recommend(Need(text=text)), Support)


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to live any more, I can't see an end to it",
        "I want to kill myself, help me please",
        "ik zie het niet meer zitten, er komt geen einde aan",
        "ik wil er niet meer zijn, ik ben alleen",
    ],
)
def test_the_words_of_a_crisis_find_no_module(text: str) -> None:
    titles = ("The end of a talk", "Live sessions", "See the end", "Alleen werken", "Een einde")
    modules = [make_module(str(n), title, text="help live") for n, title in enumerate(titles)]
    answer = Recommender.over(modules).recommend(Need(text=text))
    assert answer == Support(Recommendations(()))


def test_the_rest_of_a_need_is_answered_below_support_without_reasons(
    recommender: Recommender,
) -> None:
    answer = recommender.recommend(Need(text="I want to die. My pivot table fails", minutes=10))
    assert isinstance(answer, Support)
    items = answer.recommendations.items
    assert items[0].module.identifier == "pivot"
    assert all(item.reasons == () for item in items)
