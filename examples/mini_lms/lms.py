"""The one object a running mini LMS consists of, and who is signed in to it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from flask import current_app, session

from examples.mini_lms.access_tokens import AccessTokens
from examples.mini_lms.content_folder import read_campus
from examples.mini_lms.course import Campus
from examples.mini_lms.deep_linking import Selections
from examples.mini_lms.gradebook import Gradebook
from examples.mini_lms.keys import SigningKey
from examples.mini_lms.lab import Lab
from examples.mini_lms.launches import Launches
from examples.mini_lms.people import Person, find_person
from examples.mini_lms.settings import Settings
from examples.mini_lms.tool_keys import ToolKeys
from examples.mini_lms.tools import Tools
from examples.mini_lms.webservice import WebService

EXTENSION = "mini_lms"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lms:
    """Everything the views need; `now` gives the time in UTC."""

    settings: Settings
    campus: Campus
    key: SigningKey
    tools: Tools
    tool_keys: ToolKeys
    launches: Launches
    selections: Selections
    gradebook: Gradebook
    access_tokens: AccessTokens
    lab: Lab
    webservice: WebService
    now: Callable[[], datetime]


def start_lms(settings: Settings, now: Callable[[], datetime], key: SigningKey) -> Lms:
    """Read the courses and put the parts together; raises `ContentError`."""
    campus = read_campus(settings.content)
    return Lms(
        settings=settings, campus=campus, key=key, tools=Tools(settings.tool, now=now),
        tool_keys=ToolKeys(), launches=Launches(now=now), selections=Selections(now=now),
        gradebook=Gradebook(), access_tokens=AccessTokens(now=now), lab=Lab(key),
        webservice=WebService(settings, campus), now=now,
    )


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


def this_lms() -> Lms:
    """The mini LMS that the current request is for."""
    lms = current_app.extensions[EXTENSION]
    if not isinstance(lms, Lms):
        raise TypeError("this application was not made by create_app")
    return lms


def signed_in() -> Person | None:
    """Who is signed in, by the session's cookie."""
    return find_person(session.get("person"))


def sign_in(person: Person) -> None:
    """Begin a session of this person."""
    session.clear()
    session["person"] = person.id
    session["sesskey"] = secrets.token_urlsafe(9)


def sesskey() -> str:
    """The key of the session; it opens nothing, and ties a launch to the session."""
    return str(session.get("sesskey", ""))
