"""Other words for the same thing at work, in English and Dutch.

Each line holds words that may stand for each other: English | Dutch. It lets "my boss" find a
piece on managers, and a need in Dutch a piece in English. General words of working life only:
a company's own words belong in its catalogue's texts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lti_tool.recommender.languages import split_words, stem

_LINES = """
work | werk
task, assignment | taak, opdracht
boss, manager, supervisor, superior | leidinggevende, baas, chef, manager
colleague, coworker, co-worker, teammate, peer | collega, teamgenoot
employee, team member, staff, direct report | medewerker, werknemer, personeel
customer, client | klant
stakeholder | stakeholder, belanghebbende
meeting | vergadering, overleg, bijeenkomst, meeting
one on one, one-on-one, 1:1, 1 on 1 | een op een, bilateraal overleg
conversation, talk, discussion, dialogue | gesprek
feedback, criticism, critique | feedback, kritiek
performance, underperformance, poor performance | prestaties, functioneren
performance review, appraisal, performance conversation | functioneringsgesprek, beoordelingsgesprek
praise, compliment, recognition, appreciation | compliment, waardering, erkenning
conflict, argument, dispute, quarrel, disagreement | conflict, ruzie, onenigheid
angry, anger, furious, shouting, yelling | boos, woede, kwaad, schreeuwen
difficult, hard, tough, challenging | moeilijk, lastig
say no, decline, refuse, push back, boundaries | nee zeggen, weigeren, grenzen
persuade, convince, influence, buy-in | overtuigen, beïnvloeden, draagvlak
negotiate, negotiation, bargain | onderhandelen, onderhandeling
listen, listening | luisteren
presentation, present, slides, powerpoint | presentatie, presenteren, powerpoint
public speaking, speech, speak in public | spreken in het openbaar, toespraak
fear, afraid, scared, nervous, anxiety, anxious, nerves | angst, bang, zenuwen, nerveus, zenuwachtig
cry, crying, tears | huilen, tranen
stress, stressed, pressure | stress, gestrest, spanning
burnout, burned out, burnt out, exhausted, exhaustion | burn-out, burnout, opgebrand, uitgeput
workload, overload, overwhelmed, overworked | werkdruk, overbelast
time management, productivity | tijdmanagement, timemanagement, productiviteit
priorities, prioritise, prioritize | prioriteiten, prioriteren
delegate, delegation, hand over | delegeren, overdragen
motivate, motivation, engagement | motiveren, motivatie, betrokkenheid
coach, mentor | coachen, mentor, begeleiden
interview, hire, recruit, candidate | sollicitatiegesprek, sollicitant, kandidaat, werven
dismiss, fire, lay off, layoff, termination | ontslaan, ontslag
resign, quit, leave my job | ontslag nemen, opzeggen
promotion, career | promotie, loopbaan, carrière
salary, raise, pay | salaris, opslag, loon
onboarding, new hire, new employee | inwerken, nieuwe medewerker
remote, hybrid, virtual, work from home | thuiswerken, op afstand, hybride
trust | vertrouwen
apologise, apologize, apology, sorry | excuses, sorry
bad news | slecht nieuws
change, reorganisation, transition | verandering, reorganisatie
decision, decide | besluit, beslissing, beslissen
goal, objective, target | doel, doelstelling
creativity, brainstorm, ideas | creativiteit, brainstormen, ideeën
story, storytelling, narrative | verhaal, storytelling, vertellen
email, e-mail, mail | e-mail, mail
networking, small talk | netwerken, praatje
sales, sell, selling | verkoop, verkopen
budget | begroting, budget
invoice, bill | factuur
spreadsheet, excel, worksheet | spreadsheet, excel, rekenblad
pivot table | draaitabel
formula | formule
chart, graph, plot | grafiek
lookup, vlookup, xlookup | opzoeken, vert.zoeken
table | tabel
file | bestand
data | gegevens, data
list | lijst
date | datum
number | getal, nummer
total, sum | totaal, som
duplicate | duplicaat, dubbel
example | voorbeeld
audience, public | publiek, toehoorders
group | groep
phone, telephone, call | telefoon, bellen
folder, directory | map
password | wachtwoord
privacy, gdpr, data protection | privacy, avg, gegevensbescherming
security | beveiliging, veiligheid
error, bug | fout, foutmelding
permission, access, rights | toegang, rechten, machtiging
minutes of a meeting, meeting notes | notulen
retrospective, retro | retrospective, retrospectieve
code review, pull request | code review, pull request
empathy, empathic | empathie, inlevingsvermogen
assertive, assertiveness, speak up | assertief, assertiviteit, opkomen voor jezelf
confidence, self-confidence, impostor syndrome | zelfvertrouwen
bullying, bully, harassment | pesten, intimidatie
diversity, inclusion, bias | diversiteit, inclusie, vooroordeel
worse, worsen, deteriorate | slechter, verslechteren, achteruitgang
improve, improvement | verbeteren, verbetering
quality | kwaliteit
result, outcome | resultaat, uitkomst
responsibility, accountability | verantwoordelijkheid
mistake, failure, fail | vergissing, mislukking
sick leave, absence, illness | ziek, verzuim
wellbeing, well-being, mental health | welzijn, mentale gezondheid
focus, concentrate, concentration, distraction | concentratie, focus, afleiding
procrastinate, procrastination, put off | uitstellen, uitstelgedrag
leadership, lead, leader | leiderschap, leiding geven, leider
instruct, instructions, explain, explanation | instructie, uitleggen, uitleg
calm down, de-escalate, defuse | kalmeren, de-escaleren, sussen
deadline, due date | deadline
teamwork, collaborate, collaboration, cooperation | samenwerken, samenwerking
dashboard | dashboard
question | vraag
vacation, holiday, time off | vakantie, verlof
contract, agreement | contract, overeenkomst
supplier, vendor | leverancier
project plan, planning, schedule | planning, planningen, projectplan
report | rapport, verslag
"""

LANGUAGES = ("en", "nl")
"""The languages of the table, in the order of its columns."""

Stems = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Related:
    """Words of a need (`start`, `length` in its list of words) and others for the same thing.

    `others` are (language, stems), the stems of one word or of a phrase in order.
    """

    start: int
    length: int
    others: tuple[tuple[str, Stems], ...]


def _stems(phrase: str, language: str) -> Stems:
    return tuple(stem(word, language) for word in split_words(phrase))


def _read_table() -> tuple[list[list[tuple[str, Stems]]], dict[tuple[str, Stems], list[int]]]:
    rows: list[list[tuple[str, Stems]]] = []
    places: dict[tuple[str, Stems], list[int]] = defaultdict(list)
    for line in _LINES.strip().splitlines():
        members = [
            (language, _stems(phrase, language))
            for language, column in zip(LANGUAGES, line.split("|"), strict=True)
            for phrase in column.split(",")
        ]
        for member in dict.fromkeys(members):
            places[member].append(len(rows))
        rows.append(members)
    return rows, dict(places)


_ROWS, _PLACES = _read_table()
_LONGEST = max(len(stems) for _, stems in _PLACES)


_LISTED = frozenset(
    " ".join(split_words(phrase))
    for line in _LINES.strip().splitlines()
    for column in line.split("|")
    for phrase in column.split(",")
)


def is_listed(words: str) -> bool:
    """Whether words, in lower case, stand in the table as they are, or in the plural."""
    return words in _LISTED or any(
        words.endswith(ending) and words.removesuffix(ending) in _LISTED
        for ending in ("s", "es", "en", "'s")
    )


def find_related(words: Sequence[str], language: str) -> Iterator[Related]:
    """Other words for those of a need; one in a language without a column is read as English."""
    column = language if language in LANGUAGES else LANGUAGES[0]
    stems = [stem(word, column) for word in words]
    for start in range(len(stems)):
        for length in range(1, min(_LONGEST, len(stems) - start) + 1):
            own = tuple(stems[start : start + length])
            others = [
                other
                for row in _PLACES.get((column, own), ())
                for other in _ROWS[row]
                if other[1] != own
            ]
            if others:
                yield Related(start, length, tuple(dict.fromkeys(others)))
