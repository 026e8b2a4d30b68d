"""Words of a title or description that tell what a module is for, or whom it is for.

English and Dutch, and the commonest of German, French and Spanish. A title is read as lower-case
words with single spaces between; `*` stands for any ending. The tables are small and general on
purpose: they name a sort of help, never a subject.
"""

from __future__ import annotations

import re
from functools import lru_cache

from lti_tool.recommender.languages import split_words

LONGEST_READ = 400
"""Characters of a description that are read."""


def _pattern(words: str) -> re.Pattern[str]:
    ways = (way.strip().replace("*", r"\w*") for way in words.replace("\n", " ").split("|"))
    return re.compile(rf"\b(?:{'|'.join(ways)})\b")


AT_HAND = _pattern("""
    checklist* | cheat sheet* | cheatsheet* | template* | script* | phrase* | wording | sample* |
    what to say | word for word | sentence by sentence | at a glance | quick* | in brief |
    last minute | spiekbrief* | sjabloon | sjablonen | voorbeeldzin* | zinnen | formulering* |
    wat zeg je | stappenplan | in het kort | snel | vorlage* | checkliste* | kurz | modèle* |
    liste de contrôle | en bref | plantilla* | en breve""")
"""For who is about to do it: wording, checklists, the short of it."""

REPAIR = _pattern("""
    fix | fixing | fixes | repair* | troubleshoot* | error* | recover* | undo* | restor* | reset* |
    rescue | goes wrong | went wrong | gone wrong | mistake* | apolog* | rebuild* | aftermath |
    damage* | after a failure | setback* | debug* | herstel* | fout | fouten | foutmelding* |
    storing* | misgaat | misging | excuses | tegenslag* | oplossen | fehler* | behebung | retten |
    dépann* | erreur* | réparer | réparation | errores | arreglar | reparar""")
"""For what went wrong: repair and troubleshooting."""

PRACTICE = _pattern("""
    practice | practise | practising | practicing | exercise* | role play* | roleplay* |
    rehears* | workshop* | simulation* | hands on | lab | labs | try it | drill* | oefen* |
    rollenspel* | praktijk* | übung* | üben | rollenspiel* | exercice* | atelier* | ejercicio* |
    taller*""")
"""Room to practise."""

WHY = _pattern("""
    why | because | research | science | psychology | evidence | reasons | studies | waarom |
    onderzoek | psychologie | wetenschap | warum | pourquoi | recherche | psicología""")
"""Says why it works."""

FOR_WHO_LEADS = _pattern("""
    manager* | leader* | leading | leadership | team lead* | supervisor* | supervis* | your team |
    your people | your staff | direct report* | employee | employees | team member* | delegat* |
    coaching | leidinggev* | teamleider* | medewerker* | je team | jouw team | coachen |
    führung* | führen | mitarbeiter* | manageur* | encadr* | collaborateur* | líder* | equipo""")
"""For who leads people."""

FOR_WHO_IS_LED = _pattern("""
    your boss | your manager | your supervisor | my boss | my manager | the boss | manage up |
    managing up | managing upwards | as an employee | for employees | je baas | jouw baas |
    je leidinggevende | je manager | je chef | voor medewerkers | dein chef | ihr chef |
    votre chef | votre manager | tu jefe | su jefe""")
"""For who is led; it outweighs what it shares with those who lead ("your manager")."""

FOR_WHO_TEACHES = _pattern("""
    trainer* | facilitat* | teaching | teacher* | instructor* | your learners | classroom* |
    train the trainer | lesson plan* | docent* | lesgeven | trainers | deelnemers begeleiden""")
"""For who teaches or trains."""


@lru_cache(maxsize=4_000)
def plain_words(title: str, description: str) -> str:
    """A title and the beginning of a description as the patterns read them."""
    return " ".join(split_words(f"{title} {description[:LONGEST_READ]}"))
