"""The form by which a teacher chooses what to place: what was sent, and the draft in it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote

from werkzeug.datastructures import MultiDict

from lti_tool.domain.need import clean_text
from lti_tool.domain.placement import MOST_MODULES, Draft, ModuleKey, PlacementKind
from lti_tool.errors import InputError

LONGEST_FORM_ID = 64

MOST_SENT = 3 * MOST_MODULES
"""Ticked modules that a form is read for: more than may be placed, to say so."""

FIRST_FOUND = 8
"""Modules that a search shows at first."""

MOST_FOUND = 40
"""Modules that a search shows when more are asked for; other words find others."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacingForm:
    """The form's fields as they were sent, to be shown again as they are.

    `id` is made when the form is first shown, so that sending it twice places once. `kind`
    is `ask` or `modules`; `modules` are the ticked ones, in order.
    """

    id: str
    kind: str = ""
    title: str = ""
    prompt: str = ""
    topic: str = ""
    sought: str = ""
    found: int = FIRST_FOUND
    modules: tuple[ModuleKey, ...] = ()
    separate: bool = False
    graded: bool = False

    def draft(self) -> Draft:
        """What was chosen. Raises `InputError`."""
        if self.kind == "ask":
            return Draft(
                kind=PlacementKind.ASK,
                title=self.title,
                prompt=self.prompt,
                topic=self.topic,
            )
        several = len(self.modules) > 1
        together = several and not self.separate
        return Draft(
            kind=PlacementKind.COLLECTION if together else PlacementKind.MODULE,
            title=self.title if together else "",
            graded=self.graded,
            separate=self.separate and several,
            modules=self.modules,
        )

    def moved(self, do: str) -> PlacingForm:
        """The same with a module moved or taken out; `do` is such as `up 2`, from 0."""
        verb, _, number = do.partition(" ")
        if not (number.isascii() and number.isdigit() and len(number) < 4):
            return self
        place = int(number)
        order = list(self.modules)
        if place >= len(order):
            return self
        moving = order.pop(place)
        if verb == "up":
            order.insert(max(0, place - 1), moving)
        elif verb == "down":
            order.insert(place + 1, moving)
        return replace(self, modules=tuple(order))


def blank_placing_form() -> PlacingForm:
    """A form that nobody has sent yet."""
    return PlacingForm(id=secrets.token_urlsafe(12))


def sent_placing_form(fields: MultiDict[str, str]) -> PlacingForm:
    """What was chosen, under the identifier that was sent with it.

    Raises `InputError` (`form-broken`) for what no page of ours sends.
    """
    keys = dict.fromkeys(read_key(token) for token in fields.getlist("module")[:MOST_SENT])
    return PlacingForm(
        id=fields.get("form", "")[:LONGEST_FORM_ID] or blank_placing_form().id,
        kind=fields.get("kind", ""),
        title=clean_text(fields.get("title", "")),
        prompt=clean_text(fields.get("prompt", "")),
        topic=clean_text(fields.get("topic", "")),
        sought=clean_text(fields.get("sought", "")),
        found=MOST_FOUND if fields.get("found") == str(MOST_FOUND) else FIRST_FOUND,
        modules=tuple(keys),
        separate=fields.get("links") == "each",
        graded=fields.get("graded") == "yes",
    )


def write_key(key: ModuleKey) -> str:
    """A module's key as the value of a field."""
    source, identifier = key
    return f"{quote(source, '')}/{quote(identifier, '')}"


def read_key(token: str) -> ModuleKey:
    """The key that `write_key` wrote. Raises `InputError` (`form-broken`)."""
    source, slash, identifier = token.partition("/")
    key = (unquote(source), unquote(identifier))
    if not slash or not all(key) or len(token) > 6_000 or "\0" in key[0] + key[1]:
        raise InputError(
            "The form names a module in a way that no page of Needle does.",
            mend="Go back to your course and open Needle again.",
            code="form-broken",
        )
    return key
