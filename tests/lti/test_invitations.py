"""Invitations as they are kept, on each kind of database."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from lti_tool.storage import invitations
from lti_tool.storage.database import reading
from lti_tool.storage.organisations import ensure_organisation
from lti_tool.storage.registrations import put_registration

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
SECRET = "the-secret"


@pytest.fixture
def stored(migrated_engine: sa.Engine) -> sa.Engine:
    with migrated_engine.begin() as connection:
        ensure_organisation(connection, "northwind", sealed_pseudonym_key="", now=NOW)
        invitations.add_invitation(
            connection,
            secret=SECRET,
            organisation="northwind",
            expires_at=NOW + timedelta(hours=1),
            now=NOW,
        )
    return migrated_engine


def claim(engine: sa.Engine, now: datetime = NOW) -> bool:
    with engine.begin() as connection:
        return invitations.claim(connection, invitations.hash_of(SECRET), now=now)


def test_of_many_claims_at_once_exactly_one_wins(stored: sa.Engine) -> None:
    won: list[bool] = []
    begin = threading.Barrier(8)

    def try_it() -> None:
        begin.wait()
        won.append(claim(stored))

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]


def test_a_claim_that_is_given_back_can_be_taken_again(stored: sa.Engine) -> None:
    assert claim(stored)
    with stored.begin() as connection:
        id_hash = invitations.hash_of(SECRET)
        invitations.give_back(connection, id_hash, claimed_at=NOW - timedelta(seconds=1))
    assert not claim(stored)
    with stored.begin() as connection:
        invitations.give_back(connection, id_hash, claimed_at=NOW)
    assert claim(stored, NOW + timedelta(seconds=5))


def test_a_claim_ends_by_itself(stored: sa.Engine) -> None:
    assert claim(stored)
    assert not claim(stored, NOW + timedelta(minutes=1))
    assert claim(stored, NOW + timedelta(minutes=1, seconds=1))


def test_an_invitation_that_is_over_cannot_be_claimed(stored: sa.Engine) -> None:
    assert not claim(stored, NOW + timedelta(hours=1))


def test_a_used_invitation_cannot_be_claimed_or_taken_back(stored: sa.Engine) -> None:
    with stored.begin() as connection:
        url = "https://lms.example.org"
        made = put_registration(
            connection, organisation="northwind", issuer=url, client_id="c", origin=url,
            authorization_url=url, token_url=url, key_set_url=url, deployment_id="",
            actor_form="pseudonym", actor_home_page=url, now=NOW, family="moodle", name="N",
        )  # fmt: skip
        id_hash = invitations.hash_of(SECRET)
        invitations.settle(connection, id_hash, registration_id=made.id, sealed="x")
        assert invitations.delete_invitations(connection, "northwind", id_hash[:8]) == 0
    assert not claim(stored, NOW + timedelta(minutes=10))
    with reading(stored) as connection:
        kept = invitations.find_invitation(connection, SECRET)
    assert kept is not None
    assert kept.registration_id == made.id
    assert made.deployment_ids == frozenset()


def test_a_secret_is_not_kept(stored: sa.Engine) -> None:
    with reading(stored) as connection:
        assert invitations.find_invitation(connection, "another") is None
        (kept,) = invitations.list_invitations(connection, "northwind")
        assert invitations.list_invitations(connection, "southwind") == []
    assert SECRET not in repr(kept)
