"""Builders: plain values in, a `tincan.Statement` out, its id and UTC time fixed at once.

Builders take identifiers and words from short lists. The one text of a person's own that any
takes is the words of a need (`need_asked`), which leave only where the policy lets them out.
"""

from xapi.forms import is_iri, is_language_tag
from xapi.statements.freezing import freeze
from xapi.statements.goals import goal_set, time_planned
from xapi.statements.modules import SCORES, Help, chosen, completed, helped, opened
from xapi.statements.needs import Whom, need_asked, person_asked, recommended
from xapi.statements.parts import LONGEST_NAME, LONGEST_WORDS, ActivityRef, Actor
from xapi.statements.voiding import voided
from xapi.statements.work import Audience, applied, practised, shared

__all__ = [
    "LONGEST_NAME",
    "LONGEST_WORDS",
    "SCORES",
    "ActivityRef",
    "Actor",
    "Audience",
    "Help",
    "Whom",
    "applied",
    "chosen",
    "completed",
    "freeze",
    "goal_set",
    "helped",
    "is_iri",
    "is_language_tag",
    "need_asked",
    "opened",
    "person_asked",
    "practised",
    "recommended",
    "shared",
    "time_planned",
    "voided",
]
