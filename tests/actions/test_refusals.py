"""Refusals are kept for the administrator: bounded, per organisation, without people."""

from __future__ import annotations

import logging

import pytest
import sqlalchemy as sa

from lti_tool.actions.platforms import add_platform
from lti_tool.actions.refusals import last_refusals, note_refusal
from lti_tool.errors import LaunchRefused
from lti_tool.storage.refusals import MOST_KEPT, MOST_KEPT_WITHOUT
from lti_tool.storage.tables import refusal
from tests.actions.conftest import World


def refused(world: World, code: str = "nonce", *, known: bool = True) -> LaunchRefused:
    """A refusal at the world's registration, or at none."""
    return LaunchRefused(
        "What happened.",
        mend="What to do.",
        code=code,
        registration_id=world.registration.id if known else None,
    )


def codes(world: World, organisation: str = "northwind") -> list[str]:
    return [one.code for one in last_refusals(world.runtime, organisation)]


def southwind(world: World) -> LaunchRefused:
    """Another organisation, and a refusal at its registration."""
    other = add_platform(
        world.runtime,
        issuer="https://other.example.org",
        client_id="c2",
        authorization_url="https://other.example.org/auth",
        token_url="https://other.example.org/token",
        key_set_url="https://other.example.org/keys",
        deployment_id="1",
        origin="https://other.example.org",
        organisation="southwind",
    )
    return LaunchRefused("Theirs.", mend="", code="theirs", registration_id=other.id)


def test_refusal_is_kept_as_it_was_told(world: World) -> None:
    note_refusal(world.runtime, refused(world), "ABCD2345")
    (kept,) = last_refusals(world.runtime, "northwind")
    assert (kept.code, kept.what, kept.mend) == ("nonce", "What happened.", "What to do.")
    assert (kept.reference, kept.refused_at) == ("ABCD2345", world.clock())
    assert kept.registration_id == world.registration.id


def test_latest_refusal_comes_first(world: World) -> None:
    for code in ("first", "second", "third"):
        note_refusal(world.runtime, refused(world, code), "R")
        world.clock.move(seconds=1)
    assert codes(world) == ["third", "second", "first"]


def test_refusals_of_an_organisation_are_told_to_it_alone(world: World) -> None:
    note_refusal(world.runtime, southwind(world), "R")
    note_refusal(world.runtime, refused(world, "ours"), "R")
    note_refusal(world.runtime, refused(world, "nobodys", known=False), "R")
    assert codes(world) == ["ours"]
    assert codes(world, "southwind") == ["theirs"]
    assert codes(world, "nowhere") == []


def test_refusal_of_no_registration_is_told_where_there_is_one_organisation(world: World) -> None:
    note_refusal(world.runtime, refused(world, "platform-unknown", known=False), "R")
    assert codes(world) == ["platform-unknown"]
    assert codes(world, "nowhere") == []


@pytest.mark.parametrize(("known", "most"), [(True, MOST_KEPT), (False, MOST_KEPT_WITHOUT)])
def test_refusals_are_bounded(world: World, known: bool, most: int) -> None:
    note_refusal(world.runtime, refused(world, "other", known=not known), "R")
    error = refused(world, known=known)
    for number in range(most + 3):
        world.clock.move(seconds=1)
        error.code = f"code-{number}"
        note_refusal(world.runtime, error, "R")
    with world.runtime.engine.begin() as connection:
        kept = set(connection.scalars(sa.select(refusal.c.code)))
    assert len(kept) == most + 1
    assert {"other", "code-3", f"code-{most + 2}"} <= kept
    assert "code-2" not in kept


def test_text_that_no_database_keeps_is_made_plain(world: World) -> None:
    error = LaunchRefused("a\x00b \ud800" + "x" * 9999, mend="\x00", code="odd")
    note_refusal(world.runtime, error, "R")
    (kept,) = last_refusals(world.runtime, "northwind")
    assert kept.what.startswith("a b ?x")
    assert len(kept.what) <= 2000


def test_database_that_is_away_takes_nothing_but_the_note(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    error = refused(world)
    with world.runtime.engine.begin() as connection:
        connection.execute(sa.text("ALTER TABLE tool_refusal RENAME TO tool_gone"))
    try:
        with caplog.at_level(logging.WARNING):
            note_refusal(world.runtime, error, "ABCD2345")
    finally:
        with world.runtime.engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE tool_gone RENAME TO tool_refusal"))
    assert "ABCD2345" in caplog.text
    assert "What happened" not in caplog.text
