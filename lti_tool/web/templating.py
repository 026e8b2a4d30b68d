"""What every template can use: gettext, the token's field, static files, a few filters."""

from __future__ import annotations

import re
from datetime import datetime

from babel.dates import format_date
from flask import Flask, current_app, url_for
from markupsafe import Markup

from lti_tool.web import pages

_COMMAND = re.compile(
    r"\bneedle [a-z]+(?:-[a-z]+)?(?: (?:add|list|approve|rotate|remove|revoke)\b)?"
    r"(?: --[a-z-]+(?: [^\s(),-](?:[^\s(),]*[^\s(),.])?)?)*"
)


def prepare_templates(app: Flask) -> None:
    """Give the application's templates their words, functions and filters."""
    app.jinja_options = {"trim_blocks": True, "lstrip_blocks": True}
    app.jinja_env.add_extension("jinja2.ext.i18n")
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        lambda message: pages.words().gettext(message),
        lambda one, many, count: pages.words().ngettext(one, many, count),
        newstyle=True,
    )
    app.jinja_env.globals.update(static_url=static_url, token=token_field)
    app.jinja_env.filters.update(
        code=as_code, phone=as_phone, day=as_day, breakable=as_breakable, sentence=as_sentence
    )


def static_url(filename: str) -> str:
    """The address of a static file, with its version."""
    version = current_app.extensions["needle_static"][filename]
    return url_for("static", filename=filename, v=version)


def token_field() -> Markup:
    """The hidden field that every form of a session carries."""
    session = pages.current_session()
    if session is None:
        return Markup("")
    return Markup('<input type="hidden" name="token" value="{}">').format(session.token)


def as_code(text: str) -> Markup:
    """Words to be typed as they are."""
    return Markup("<code>{}</code>").format(text)


def as_breakable(text: str) -> Markup:
    """An address that a narrow page may break after each part of its path."""
    return Markup("<wbr>").join(re.split(r"(?<=[^/]/)(?=[^/])", text))


def as_sentence(text: str) -> Markup:
    """A sentence for an administrator: `needle …` in it is a command, addresses may break."""
    told, at = Markup(), 0
    for command in _COMMAND.finditer(text):
        told += as_breakable(text[at : command.start()]) + as_code(command.group())
        at = command.end()
    return told + as_breakable(text[at:])


def as_phone(number: str) -> Markup:
    """A telephone number that can be tapped."""
    return Markup('<a href="tel:{}">{}</a>').format(number.replace(" ", ""), number)


def as_day(moment: str) -> str:
    """The day of an ISO 8601 time, in the page's language."""
    return format_date(datetime.fromisoformat(moment), "long", pages.current_language())
