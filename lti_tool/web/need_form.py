"""The form that asks what a learner needs: what it was sent, and the need in it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field

from lti_tool.actions.asking import Told
from lti_tool.actions.supporting import overlong_crisis
from lti_tool.domain.need import LONGEST_NEED, Need, Purpose, clean_text
from lti_tool.errors import InputError
from lti_tool.recommender.questions import MOST_QUESTIONS, tell_situations

LONGEST_FORM_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedForm:
    """The form's fields as they were typed, to be shown again as they are.

    `id` is made when a form is first shown, so that sending it twice is one need.
    """

    id: str
    text: str = ""
    minutes: str = ""
    purpose: str = ""
    about_someone_led: bool = False
    situation: str = ""
    told: Told = field(default_factory=Told)

    def need(self, language: str) -> Need:
        """The need that was typed; of one too long that speaks of a crisis its beginning.

        Raises `InputError`.
        """
        return Need(
            text=self.told.overlong[:LONGEST_NEED] or clean_text(self.text),
            minutes=_minutes(self.minutes),
            purpose=_purpose(self.purpose),
            about_someone_led=self.about_someone_led,
            language=language,
        )


def blank_form() -> NeedForm:
    """A form that nobody has sent yet."""
    return NeedForm(id=secrets.token_urlsafe(12))


def sent_form(fields: Mapping[str, str], language: str) -> NeedForm:
    """What was typed, under the identifier that was sent with it.

    A situation that was chosen gives its own words, in the page's language.
    """
    situations = {one.name: one for one in tell_situations(language)}
    chosen = situations.get(fields.get("situation", ""))
    text = chosen.text if chosen else fields.get("text", "")
    return NeedForm(
        id=fields.get("form", "")[:LONGEST_FORM_ID] or blank_form().id,
        text=text,
        minutes=fields.get("minutes", ""),
        purpose=fields.get("purpose", ""),
        about_someone_led=fields.get("led", "") == "yes",
        situation=chosen.name if chosen else "",
        told=Told(
            first=chosen.question if chosen else "",
            refined_text=clean_text(fields.get("refined", ""))[:LONGEST_NEED],
            asked=tuple(fields.get("asked", "")[:LONGEST_FORM_ID].split())[:MOST_QUESTIONS],
            skips=fields.get("skips", "") == "yes",
            overlong=overlong_crisis(clean_text(text)),
        ),
    )


def form_of(need: Need) -> NeedForm:
    """A new form that holds the words of a need, to be said differently."""
    return NeedForm(
        id=blank_form().id,
        text=need.text,
        minutes="" if need.minutes is None else str(need.minutes),
        purpose="" if need.purpose is None else need.purpose.value,
        about_someone_led=need.about_someone_led,
    )


def _minutes(typed: str) -> int | None:
    if not typed:
        return None
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 3):
        raise InputError(
            "The minutes are no number.",
            mend="Choose one of the times offered, or none.",
            code="need-minutes",
        )
    return int(typed)


def _purpose(typed: str) -> Purpose | None:
    if not typed:
        return None
    try:
        return Purpose(typed)
    except ValueError:
        raise InputError(
            "What it is for is none of the answers offered.",
            mend="Choose one of those offered, or none.",
            code="need-purpose",
        ) from None
