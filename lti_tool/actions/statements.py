"""An admin looks at the outbox, and settles what LRSs refused or what was forgotten."""

from __future__ import annotations

import contextlib
import uuid
from collections.abc import Iterator, Mapping, Sequence

from lti_tool.actions.pseudonyms import rule_for
from lti_tool.actions.runtime import Runtime
from lti_tool.errors import InputError, NotFound
from lti_tool.storage.database import reading
from lti_tool.storage.registrations import list_registrations
from xapi import forgetting, outbox, refused
from xapi.errors import InvalidStatement, NotRefused, PolicyError, UnknownLrs, UnknownStatement
from xapi.outbox import Counts, Listed
from xapi.policy import Policy
from xapi.refused import Shown
from xapi.schema import State


def look(
    runtime: Runtime, organisation: str, state: State | None, limit: int
) -> tuple[Counts, list[Listed]]:
    """How much the outbox holds, and its newest lines; never a statement's content."""
    with reading(runtime.engine) as connection:
        return (
            outbox.counts(connection, organisation),
            outbox.list_statements(connection, organisation, state, limit),
        )


def show(runtime: Runtime, organisation: str, identifier: uuid.UUID) -> Shown:
    """One statement with its content; raises `NotFound`."""
    with _explained(), reading(runtime.engine) as connection:
        return refused.show(connection, organisation, identifier)


def requeue(
    runtime: Runtime, organisation: str, ids: Sequence[uuid.UUID] | None, lrs: str | None
) -> int:
    """Send refused statements again, all or these, to every LRS or one; how many deliveries.

    Raises `NotFound`.
    """
    with _explained(), runtime.engine.begin() as connection:
        return refused.requeue(connection, organisation, ids, lrs=lrs)


def mended_as(
    runtime: Runtime, organisation: str, ids: Sequence[uuid.UUID]
) -> dict[uuid.UUID, uuid.UUID]:
    """Those of these that another is sent instead of, each with that one's id."""
    with reading(runtime.engine) as connection:
        return refused.mended_as(connection, organisation, ids)


def dismiss(
    runtime: Runtime, organisation: str, ids: Sequence[uuid.UUID], lrs: str | None
) -> int:
    """Let refused statements rest; how many deliveries that ends. Raises `NotFound`."""
    with _explained(), runtime.engine.begin() as connection:
        return refused.dismiss(connection, organisation, ids, lrs=lrs, now=runtime.now())


def mend(
    runtime: Runtime, organisation: str, identifier: uuid.UUID, statement: Mapping[str, object]
) -> uuid.UUID:
    """Send another statement instead of a refused one, within what the settings let out.

    Gives the new one's id. Raises `NotFound`, and `InputError` for what cannot be sent.
    """
    with _explained(), runtime.engine.begin() as connection:
        registrations = list_registrations(connection, organisation)
        by_account = any(one.actor_form == "account" for one in registrations)
        rule: Policy = rule_for(runtime, "account" if by_account else "pseudonym")
        return refused.mend(
            connection, organisation, identifier, statement, policy=rule, now=runtime.now()
        )


@contextlib.contextmanager
def exported(
    runtime: Runtime, organisation: str, state: State | None
) -> Iterator[Iterator[dict[str, object]]]:
    """The statements in that state (None: all) with their content, as plain values for JSON.

    They come one by one, as they are at one moment on SQLite.
    """
    with reading(runtime.engine) as connection:
        yield refused.export(connection, organisation, state)


def list_forgotten(runtime: Runtime, organisation: str) -> list[forgetting.LeftThere]:
    """The ids of forgotten people's statements that LRSs have, or may have."""
    with reading(runtime.engine) as connection:
        return forgetting.listed(connection, organisation)


def note_erased(
    runtime: Runtime, organisation: str, lrs: str, ids: Sequence[uuid.UUID] | None
) -> int:
    """Take from that list what the LRS's keeper has erased, all or these; how many.

    Raises `NotFound`.
    """
    with _explained(), runtime.engine.begin() as connection:
        return forgetting.erased(connection, organisation, lrs=lrs, ids=ids)


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    """What the library refuses, with what to do next here."""
    try:
        yield
    except UnknownStatement as error:
        raise NotFound(
            _sentence(error), mend="List those that are there with: needle statements --json"
        ) from error
    except UnknownLrs as error:
        raise NotFound(_sentence(error), mend="These there are: needle lrs list") from error
    except NotRefused as error:
        raise InputError(
            _sentence(error), mend="See what was refused with: needle statements --state refused"
        ) from error
    except (InvalidStatement, PolicyError) as error:
        raise InputError(
            f"The statement cannot be sent: {error}.",
            mend="Begin with what needle statements show prints of the refused one; "
            "docs/privacy.md lists what may leave.",
        ) from error


def _sentence(error: Exception) -> str:
    words = str(error)
    return f"{words[:1].upper()}{words[1:]}."
