"""How a page is made: whose session it belongs to, its language, and who may frame it."""

from __future__ import annotations

import gettext
from typing import cast

from flask import Response, current_app, g, make_response, render_template, request

from lti_tool import language
from lti_tool.actions.launching import resume_session
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Session
from lti_tool.web.senders import refuse_other_sites

ANYONE = "*"
"""May frame a page that knows no registration: it holds no data and no action."""


def current_runtime() -> Runtime:
    """The runtime that this application was made with."""
    return cast(Runtime, current_app.extensions["needle"])


def current_session() -> Session | None:
    """The session that this request belongs to, once it is known."""
    return cast("Session | None", g.get("session"))


def use_session(session: Session) -> Session:
    """From here on, this request is the session's: its language, framed by its platform."""
    g.session = session
    g.framed_by = session.frame_origin
    return session


def resume() -> Session:
    """The session of the token in the posted form, which one of our pages has sent.

    Raises `SessionExpired` and `LaunchRefused` (`page-foreign`).
    """
    refuse_other_sites(current_runtime().config)
    return use_session(resume_session(current_runtime(), request.form.get("token", "")))


def allow_framing(origin: str) -> None:
    """Let `origin`, or `ANYONE`, frame the page that answers this request."""
    g.framed_by = origin


def allow_posting_to(origin: str) -> None:
    """Let the forms of the page that answers this request lead to `origin` too."""
    g.posting_to = origin


def use_language(chosen: str) -> None:
    """From here on, this request has that language, unless it is a session's."""
    g.language = chosen


def current_language() -> str:
    """The session's language or the one in use; else the first of the browser's we speak."""
    session = current_session()
    if session is not None:
        return session.language
    if "language" in g:
        return str(g.language)
    return language.choose(*request.accept_languages.values())


def words() -> gettext.NullTranslations:
    """The words of this request's language."""
    return language.translator(current_language())


def show(template: str, status: int = 200, **values: object) -> Response:
    """Render a template of ours as the answer to this request."""
    page = render_template(
        template, session=current_session(), language=current_language(), **values
    )
    return make_response(page, status)
