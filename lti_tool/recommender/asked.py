"""A need with all that is known of it for one answer."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from lti_tool.domain.need import Need
from lti_tool.recommender.circumstances import Circumstances, circumstances_of
from lti_tool.recommender.context import Context
from lti_tool.recommender.index import ModuleIndex
from lti_tool.recommender.languages import primary_language
from lti_tool.recommender.meaning import Meaning, Meanings
from lti_tool.recommender.models.model import ModelRefused
from lti_tool.recommender.ranking import Sense
from lti_tool.recommender.reading import Reading, read_need
from lti_tool.recommender.source_rule import NeedKind, classify_need
from lti_tool.recommender.tuning import Tuning
from lti_tool.recommender.use import ANY

_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A need as it was read; `sense` is its meaning, None where only its words are looked for."""

    need: Need
    context: Context
    reading: Reading
    sense: Sense | None
    given: Circumstances
    likeness: str = ANY


def read_words(need: Need, context: Context, index: ModuleIndex, tuning: Tuning) -> Asked:
    """A need of which only the words count."""
    reading = _read(need, context, index, tuning)
    given = circumstances_of(need, context, kind=NeedKind.NEITHER, language=reading.language)
    return Asked(need=need, context=context, reading=reading, sense=None, given=given)


def read_all(
    need: Need, context: Context, index: ModuleIndex, tuning: Tuning, meanings: Meanings
) -> Asked:
    """A need with its words and, where a model is there, its meaning."""
    reading = _read(need, context, index, tuning)
    by = meanings.of(reading.language) if tuning.meaning else None
    sense = _sense(need.text, by)
    kind = _kind(need.text, reading.language, sense)
    return Asked(
        need=need,
        context=context,
        reading=reading,
        sense=sense,
        given=circumstances_of(need, context, kind=kind, language=reading.language),
        likeness=ANY if sense is None else sense.by.likeness.of(sense.vector),
    )


def _sense(text: str, by: Meaning | None) -> Sense | None:
    """The meaning of a need; None where the model fails, and its words must do."""
    if by is None:
        return None
    try:
        return Sense(by, by.read(text))
    except ModelRefused as error:
        # The error never quotes the need (see models.plugged).
        _logger.warning("%s needs are met by their words alone: %s", by.model.name, error)
        return None


def _kind(text: str, language: str, sense: Sense | None) -> NeedKind:
    if sense is None or not sense.by.reads(language):
        return classify_need(text).kind
    return classify_need(text, sense.vector, sense.by.model.name).kind


def _read(need: Need, context: Context, index: ModuleIndex, tuning: Tuning) -> Reading:
    language = primary_language(context.language) or primary_language(need.language) or "en"
    return read_need(need.text, language, index, tuning)
