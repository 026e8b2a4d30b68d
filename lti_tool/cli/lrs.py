"""needle lrs: the LRSs that get an organisation's statements."""

from __future__ import annotations

import dataclasses
import logging
import math
import os
import sys
import urllib.parse

import click

from lti_tool.actions import delivering, lrss
from lti_tool.cli.telling import (
    json_option,
    opened_runtime,
    organisation_option,
    print_result,
    print_table,
    require_organisation,
    say,
    start_logging,
)
from lti_tool.errors import ConfigError
from lti_tool.lti.check import tell_count
from xapi.figures import MOST_COUNTED, Leased, LrsFigures
from xapi.lrs_changes import Refill
from xapi.lrs_check import LrsCheck
from xapi.lrs_rows import VERSIONS, Lrs, endpoint_of

SECRET_VARIABLE = "NEEDLE_LRS_SECRET"  # noqa: S105 - the name of a variable
PROXY_SECRET_VARIABLE = "NEEDLE_LRS_PROXY_SECRET"  # noqa: S105

_MARKS = {"ok": "ok  ", "warn": "look", "fail": "FAIL"}

NAME = click.argument("name")


@click.group()
def lrs() -> None:
    """The learning record stores (LRSs) that get an organisation's statements."""


@lrs.command("add", short_help="Add an LRS, or give it other settings.")
@NAME
@click.option("--url", required=True, help="Its xAPI endpoint, the part before /statements.")
@click.option("--user", required=True, help="Its user; with --token-url the client's id.")
@click.option("--version", type=click.Choice(VERSIONS), default=VERSIONS[0], show_default=True,
              help="The xAPI version to speak.")
@click.option("--token-url", default="", help="Where it gives tokens, if it takes OAuth 2 (client "
                                              "credentials).")
@click.option("--scope", default="", help="The scope to ask the token for.")
@click.option("--ca-file", default="", help="A PEM file with the certificates of an authority of "
                                            "your own, trusted instead of the system's.")
@click.option("--proxy", default="", help="The proxy that leads to it, such as "
                                          "http://proxy.example.org:3128, or with a user: "
                                          "http://user@proxy.example.org:3128.")
@organisation_option
@json_option
def add(name: str, url: str, user: str, version: str, token_url: str, scope: str, ca_file: str,
        proxy: str, organisation: str, as_json: bool) -> None:
    """Add the LRS NAME, or give it other settings; it gets every statement from the beginning.

    Its password (with --token-url the client's secret) is read from NEEDLE_LRS_SECRET, or
    asked for; a proxy's from NEEDLE_LRS_PROXY_SECRET. Both are sealed in the database and never
    printed.
    """
    endpoint_of(url)  # What cannot be is said before a password is typed.
    settings = lrss.LrsSettings(
        url=url, user=user, version=version, token_url=token_url, scope=scope,
        ca_pem=lrss.read_certificates(ca_file) if ca_file else None, proxy=_with_password(proxy),
    )
    password = _ask(SECRET_VARIABLE, "Client secret" if token_url else "Password")
    with opened_runtime(new_database=True) as runtime:
        added = lrss.add_lrs(runtime, organisation=organisation, name=name, settings=settings,
                             password=password)
    print_result(
        _settings(added), as_json=as_json,
        tell=lambda: say(f"{added.name} is set. Look at it with: needle lrs check {added.name}"),
    )


def _ask(variable: str, what: str) -> str:
    given = os.environ.get(variable, "")
    if given:
        return _as_text(given, variable)
    if not sys.stdin.isatty():
        raise click.ClickException(f"{what} is needed: set {variable} to it.")
    return _as_text(str(click.prompt(what, hide_input=True)), what)


def _as_text(given: str, what: str) -> str:
    """Refuse bytes that are not UTF-8, which Python hands over as halves of characters."""
    if any("\ud800" <= character <= "\udfff" for character in given):
        raise click.ClickException(f"{what} is not UTF-8: set it again, as UTF-8.")
    return given


def _with_password(proxy: str) -> str:
    """The proxy's address with its password, which is never typed on the command line."""
    user, at, rest = proxy.rpartition("@")
    if not at:
        return proxy
    if ":" in user.partition("//")[2]:
        raise ConfigError(
            "The proxy's password stands on the command line, where others see it.",
            mend=f"Leave it out of --proxy, and set {PROXY_SECRET_VARIABLE} to it.",
        )
    password = urllib.parse.quote(_ask(PROXY_SECRET_VARIABLE, "Proxy password"), safe="")
    return f"{user}:{password}@{rest}"


@lrs.command("list", short_help="List the LRSs, and how delivery to each goes.")
@organisation_option
@json_option
def list_(organisation: str, as_json: bool) -> None:
    """List the LRSs: what waits for each, what it got and refused, and how it stands."""
    with opened_runtime() as runtime:
        require_organisation(runtime, organisation)
        found = lrss.lrss_of(runtime, organisation)
        leased = lrss.leased(runtime, organisation)
    rows = [_settings(one) | _figures(figures) for one, figures in found]
    print_result(rows, as_json=as_json, tell=lambda: _tell(found, leased))


def _figures(one: LrsFigures) -> dict[str, object]:
    """How delivery stands now, and (`…_ever`) what was counted since the LRS was added."""
    return {
        "waiting": one.waiting, "oldest_seconds": one.oldest_seconds, "delivered": one.held,
        "refused": one.set_aside, "delivered_ever": one.delivered, "refused_ever": one.refused,
        "state": one.state, "reason": one.reason,
    }


def _settings(one: Lrs) -> dict[str, object]:
    shown = ("organisation", "name", "url", "version", "username", "auth", "token_url", "scope",
             "voids")
    return {key: getattr(one, key) for key in shown}


def _tell(found: list[tuple[Lrs, LrsFigures]], leased: Leased) -> None:
    if not found:
        say("No LRS yet: statements are kept until there is one. Begin with: needle lrs add --help")
        return
    print_table(
        ("NAME", "ADDRESS", "WAITING", "DELIVERED", "REFUSED", "STATE", "WHY"),
        [(one.name, one.url, _counted(figures.waiting), _counted(figures.held),
          _counted(figures.set_aside), figures.state, figures.reason) for one, figures in found],
        cut_last=True,
    )
    tell_leased(leased)


def _counted(number: int) -> str:
    return f"{number:,}+" if number >= MOST_COUNTED else f"{number}"


def tell_leased(leased: Leased) -> None:
    """What a worker has in hand, which may be one that was killed."""
    if leased.statements:
        are = "is" if leased.statements == 1 else "are"
        say(f"{tell_count(leased.statements, 'statement')} {are} with a worker; if that was "
            f"stopped, others may send them in {math.ceil(leased.seconds)} s.")


@lrs.command(
    "check", short_help="Look at an LRS: what it is, whether it takes and voids a statement.")
@click.argument("name", required=False)
@organisation_option
@json_option
def check(name: str | None, organisation: str, as_json: bool) -> None:
    """Look at the LRS NAME, or at all: what it is, whether it takes, shows and voids a statement.

    One statement that names nobody is written there, read back and voided. Ends with 1 when
    anything fails.
    """
    start_logging(logging.WARNING)
    with opened_runtime() as runtime:
        if runtime.config.lrs_url:
            # What was set a moment ago is looked at, and not what the last start found.
            delivering.seed_lrs(runtime)
        require_organisation(runtime, organisation)
        names = [name] if name else [one.name for one, _ in lrss.lrss_of(runtime, organisation)]
        found = {one: lrss.check(runtime, organisation=organisation, name=one) for one in names}
    print_result(
        {one: dataclasses.asdict(look) for one, look in found.items()},
        as_json=as_json, tell=lambda: _tell_check(found),
    )
    if any(look.has_failed for look in found.values()):
        sys.exit(1)


def _tell_check(found: dict[str, LrsCheck]) -> None:
    if not found:
        say("No LRS yet: statements are kept until there is one. Begin with: needle lrs add --help")
    for name, look in found.items():
        say(name)
        for one in look.findings:
            say(f"{one.name}: {one.what}", before=f"{_MARKS[one.state]}  ", after=" " * 6)
            if one.mend:
                say(one.mend, before=" " * 6)


@lrs.command("switch-off")
@NAME
@organisation_option
@json_option
def switch_off(name: str, organisation: str, as_json: bool) -> None:
    """Send nothing more to the LRS NAME; what is meant for it waits."""
    _switch(name, organisation, on=False, as_json=as_json)


@lrs.command("switch-on")
@NAME
@organisation_option
@json_option
def switch_on(name: str, organisation: str, as_json: bool) -> None:
    """Send to the LRS NAME again, at once; a pause ends too."""
    _switch(name, organisation, on=True, as_json=as_json)


def _switch(name: str, organisation: str, *, on: bool, as_json: bool) -> None:
    with opened_runtime() as runtime:
        lrss.switch(runtime, organisation=organisation, name=name, on=on)
    print_result(
        {"name": name, "active": on}, as_json=as_json,
        tell=lambda: say(f"{name} gets statements again." if on
                         else f"{name} gets nothing more; what is meant for it waits."),
    )


@lrs.command("remove")
@NAME
@click.option("--yes", is_flag=True, help="Do it without asking.")
@organisation_option
@json_option
def remove(name: str, yes: bool, organisation: str, as_json: bool) -> None:
    """Forget the LRS NAME; the statements stay. What it was sent is not known any more.

    Neither is which statements of forgotten people it holds: see needle statements forgotten.
    """
    if not yes:
        click.confirm(f"Forget the LRS {name}, and what it was sent?", abort=True, err=True)
    with opened_runtime() as runtime:
        lrss.remove(runtime, organisation=organisation, name=name)
    print_result({"name": name, "removed": True}, as_json=as_json,
                 tell=lambda: say(f"{name} is forgotten; the statements stay."))


@lrs.command("refill", short_help="Send everything to an LRS again from the beginning.")
@NAME
@organisation_option
@json_option
def refill(name: str, organisation: str, as_json: bool) -> None:
    """Send everything to the LRS NAME again from the beginning, as after it lost its data.

    An LRS that has a statement already keeps it once.
    """
    with opened_runtime() as runtime:
        found = lrss.refill(runtime, organisation=organisation, name=name)
    print_result(dataclasses.asdict(found), as_json=as_json,
                 tell=lambda: _tell_refill(name, found))


def _tell_refill(name: str, found: Refill) -> None:
    say(f"{tell_count(found.again, 'statement')} will be sent to {name} again.")
    if found.emptied:
        say(f"{found.emptied:,} cannot: their content was kept for NEEDLE_OUTBOX_KEEP_DAYS only.")
