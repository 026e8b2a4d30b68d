"""An admin adds the LRSs of an organisation, looks at them, and sends all again."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from lti_tool.actions.platforms import check_organisation, make_organisation
from lti_tool.actions.runtime import Runtime
from lti_tool.errors import ConfigError, InputError, NotFound
from lti_tool.storage.database import reading
from xapi import lrs_changes, lrs_rows, policy
from xapi.decision import Pace
from xapi.errors import InvalidLrs
from xapi.figures import Leased, LrsFigures, count_leased, read_figures
from xapi.lrs_changes import Refill
from xapi.lrs_check import LrsCheck, check_lrs
from xapi.lrs_rows import Lrs
from xapi.reach import check_certificates
from xapi.statements import Actor

SEEDED_LRS = "environment"
"""The name of the LRS row that follows NEEDLE_LRS_URL."""

CHECK_PACE = Pace(connect=5.0, read=20.0, whole=20.0)
"""How long a check waits for one answer: somebody sits in front of it."""

MOST_CERTIFICATE_BYTES = 1024 * 1024
"""Bytes of a file with an authority's certificates that are read."""

_CERTIFICATE = re.compile("-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class LrsSettings:
    """What somebody says of an LRS; `ca_pem` as `read_certificates` gives it."""

    url: str
    user: str
    version: str = "1.0.3"
    token_url: str = ""
    scope: str = ""
    ca_pem: str | None = field(default=None, repr=False)
    proxy: str = field(default="", repr=False)


def add_lrs(
    runtime: Runtime, *, organisation: str, name: str, settings: LrsSettings, password: str
) -> Lrs:
    """Keep an LRS, or give the one of that name other settings; nothing is sent yet.

    The organisation is made when it is new. Raises `InvalidLrs` naming what is wrong,
    `InputError` for the name that the environment's LRS has.
    """
    if name == SEEDED_LRS:
        raise InputError(
            f"{name} is the name of the LRS that NEEDLE_LRS_URL names.",
            mend="Give this one another name, or change the setting.",
        )
    with runtime.engine.begin() as connection:
        make_organisation(connection, runtime, organisation)
        return put(connection, runtime, organisation, name, settings, password)


def put(
    connection: sa.Connection, runtime: Runtime, organisation: str, name: str,
    settings: LrsSettings, password: str,
) -> Lrs:
    """Write an LRS's row as the settings say. Raises `InvalidLrs`."""
    return lrs_rows.put_lrs(
        connection,
        runtime.sealer,
        organisation=organisation,
        name=name,
        url=settings.url,
        username=settings.user,
        password=password,
        version=settings.version,
        token_url=settings.token_url or None,
        scope=settings.scope or None,
        ca_pem=settings.ca_pem,
        proxy=settings.proxy or None,
        now=runtime.now(),
    )


def read_certificates(path: str) -> str:
    """The certificates in a PEM file, without what else stands in it, a private key included.

    Raises `ConfigError` when there are none to read.
    """
    mend = "Name a PEM file with the certificate of the authority that signed the LRS's."
    try:
        with Path(path).open("rb") as file:
            content = file.read(MOST_CERTIFICATE_BYTES)
    except OSError as error:
        raise ConfigError(
            f"The LRS's certificate file {path} cannot be read ({error.strerror}).", mend=mend
        ) from error
    text = "\n".join(_CERTIFICATE.findall(content.decode("ascii", "replace")))
    try:
        check_certificates(text)
    except InvalidLrs as error:
        raise ConfigError(
            f"The LRS's certificate file {path} is no PEM file with certificates.", mend=mend
        ) from error
    return text


def lrss_of(runtime: Runtime, organisation: str) -> list[tuple[Lrs, LrsFigures]]:
    """The organisation's LRSs and how delivery to each goes, in the order they were added."""
    with reading(runtime.engine) as connection:
        known = {one.name: one for one in lrs_rows.lrss(connection, organisation)}
        figures = read_figures(connection, runtime.now(), organisation=organisation)
    return [(known[one.lrs], one) for one in figures if one.lrs in known]


def leased(runtime: Runtime, organisation: str) -> Leased:
    """What workers have in hand of the organisation's statements."""
    with reading(runtime.engine) as connection:
        return count_leased(connection, runtime.now(), organisation=organisation)


def check(runtime: Runtime, *, organisation: str, name: str) -> LrsCheck:
    """Ask an LRS what it is, and write, read back and void one statement there.

    What it does with a voided statement is noted. Raises `NotFound`, `SealedElsewhere`.
    """
    with reading(runtime.engine) as connection:
        lrs = _find(connection, organisation, name)
        client = lrs_rows.open_lrs(connection, runtime.sealer, lrs.id, CHECK_PACE)
    tool = Actor(runtime.config.public_url, policy.TOOL_NAME)
    with client:
        found = check_lrs(client, version=lrs.version, tool=tool, now=runtime.now)
    if found.voids is not None:
        with runtime.engine.begin() as connection:
            lrs_rows.note_voids(connection, lrs.id, found.voids)
    return found


def switch(runtime: Runtime, *, organisation: str, name: str, on: bool) -> None:
    """Send nothing more to an LRS, or (`on`) send again. Raises `NotFound`, `InputError`."""
    change = lrs_rows.switch_on if on else lrs_rows.switch_off
    with runtime.engine.begin() as connection:
        _find_own(runtime, connection, organisation, name)
        change(connection, organisation=organisation, name=name)


def remove(runtime: Runtime, *, organisation: str, name: str) -> None:
    """Forget an LRS; the statements stay. Raises `NotFound`, `InputError`."""
    with runtime.engine.begin() as connection:
        _find_own(runtime, connection, organisation, name)
        lrs_changes.remove_lrs(connection, organisation=organisation, name=name)


def refill(runtime: Runtime, *, organisation: str, name: str) -> Refill:
    """Send everything to an LRS again from the beginning. Raises `NotFound`."""
    with runtime.engine.begin() as connection:
        _find(connection, organisation, name)
        return lrs_changes.refill(connection, organisation=organisation, name=name)


def _find(connection: sa.Connection, organisation: str, name: str) -> Lrs:
    check_organisation(connection, organisation)
    for lrs in lrs_rows.lrss(connection, organisation):
        if lrs.name == name:
            return lrs
    raise NotFound(
        f"There is no LRS {name!r}.", mend="These there are: needle lrs list", code="lrs-unknown"
    )


def _find_own(runtime: Runtime, connection: sa.Connection, organisation: str, name: str) -> None:
    """Refuse what the configuration would undo at the next start."""
    _find(connection, organisation, name)
    if name == SEEDED_LRS and runtime.config.lrs_url:
        raise InputError(
            f"{name} is the LRS that NEEDLE_LRS_URL names: it follows the configuration.",
            mend="Take NEEDLE_LRS_URL out of the configuration first.",
        )
