"""The tool's own keys."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import datetime
from typing import Any

import jwt
import pytest
import sqlalchemy as sa
from jwcrypto.jwk import JWK

from lti_tool.errors import ConfigError, InputError
from lti_tool.lti.keys import published_keys, rotate_keys, signing_key, state_of, tool_keys
from lti_tool.sealing import Sealer
from lti_tool.storage.registrations import delete_registration
from lti_tool.storage.tables import key
from tests.lti import lms
from tests.lti.conftest import Tool

SEALER = Sealer("a key for tests that is long enough")


def test_first_use_makes_a_key_and_later_use_keeps_it(stored_tool: Tool) -> None:
    first = tool_keys(stored_tool.engine, SEALER, lms.NOW)
    assert tool_keys(stored_tool.engine, SEALER, lms.later(days=1)) == first
    (jwk,) = first["keys"]
    assert (jwk["kty"], jwk["alg"], jwk["use"]) == ("RSA", "RS256", "sig")
    assert jwk["kid"] == JWK.from_json(json.dumps(jwk)).thumbprint()
    assert set(jwk) == {"kty", "kid", "alg", "use", "n", "e"}


def test_private_half_is_sealed_and_signs_what_the_public_half_proves(stored_tool: Tool) -> None:
    (jwk,) = tool_keys(stored_tool.engine, SEALER, lms.NOW)["keys"]
    with stored_tool.engine.connect() as connection:
        sealed = connection.scalar(sa.select(key.c.sealed_private_key))
    assert "PRIVATE" not in sealed
    token = jwt.encode({"a": 1}, SEALER.open(sealed), algorithm="RS256")
    public = jwt.PyJWK(jwk)
    assert public.key.key_size == 2048
    assert jwt.decode(token, public, algorithms=["RS256"]) == {"a": 1}
    with pytest.raises(ConfigError):
        Sealer("another key for tests, long enough").open(sealed)


def test_two_first_uses_at_once_end_with_one_key(stored_tool: Tool) -> None:
    barrier = threading.Barrier(2)
    found: list[object] = []

    def use() -> None:
        barrier.wait(5)
        found.append(tool_keys(stored_tool.engine, SEALER, lms.NOW))

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 2
    assert found[0] == found[1]
    with stored_tool.engine.connect() as connection:
        assert connection.scalar(sa.select(sa.func.count()).select_from(key)) == 1


@pytest.fixture
def tool(stored_tool: Tool) -> Tool:
    """A tool that has its first key."""
    tool_keys(stored_tool.engine, SEALER, lms.NOW)
    return stored_tool


def kids(tool: Tool, now: datetime) -> list[object]:
    return [jwk["kid"] for jwk in tool_keys(tool.engine, SEALER, now)["keys"]]


def signer(tool: Tool, now: datetime, registration_id: uuid.UUID | None = None) -> str:
    return signing_key(tool.engine, SEALER, now, registration_id).kid


def rotate(tool: Tool, now: datetime, **how: Any) -> str:
    return rotate_keys(tool.engine, SEALER, now, **how).kid


def test_what_a_key_signs_its_published_half_proves(tool: Tool) -> None:
    signed = signing_key(tool.engine, SEALER, lms.NOW, None).sign({"iss": "c1"})
    header = jwt.get_unverified_header(signed)
    (jwk,) = tool_keys(tool.engine, SEALER, lms.NOW)["keys"]
    assert (header["kid"], header["alg"]) == (jwk["kid"], "RS256")
    assert jwt.decode(signed, jwt.PyJWK(jwk), algorithms=["RS256"]) == {"iss": "c1"}


def test_signing_key_is_made_at_first_use(stored_tool: Tool) -> None:
    kid = signer(stored_tool, lms.NOW)
    assert kids(stored_tool, lms.NOW) == [kid]


def test_new_key_is_published_at_once_signs_a_day_later_and_then_the_old_one_goes(
    tool: Tool,
) -> None:
    old = signer(tool, lms.NOW)
    new = rotate(tool, lms.NOW)
    for now, published, signing in (
        (lms.NOW, [old, new], old),
        (lms.later(hours=23, minutes=59), [old, new], old),
        (lms.later(hours=24), [old, new], new),
        (lms.later(hours=24, minutes=59), [old, new], new),
        (lms.later(hours=25), [new], new),
        (lms.later(days=400), [new], new),
    ):
        assert kids(tool, now) == published, now
        assert signer(tool, now) == signing, now


def test_retired_key_is_deleted_with_its_private_half(tool: Tool) -> None:
    new = rotate(tool, lms.NOW)
    kids(tool, lms.later(hours=25))
    with tool.engine.connect() as connection:
        assert list(connection.scalars(sa.select(key.c.kid))) == [new]


def test_second_rotation_is_refused_until_the_first_signs(tool: Tool) -> None:
    rotate(tool, lms.NOW)
    with pytest.raises(InputError) as refused:
        rotate(tool, lms.later(hours=23))
    assert refused.value.code == "key-waiting"
    assert "--now" in refused.value.mend
    assert len(kids(tool, lms.later(hours=23))) == 2
    rotate(tool, lms.later(hours=24))
    assert len(kids(tool, lms.later(hours=24))) == 3


def test_key_that_waits_signs_at_once_when_told_to(tool: Tool) -> None:
    old, waiting = signer(tool, lms.NOW), rotate(tool, lms.NOW)
    assert rotate(tool, lms.later(hours=1), at_once=True) == waiting
    assert signer(tool, lms.later(hours=1)) == waiting
    assert kids(tool, lms.later(hours=1, minutes=59)) == [old, waiting]
    assert kids(tool, lms.later(hours=2)) == [waiting]


def test_new_key_signs_at_once_when_none_waits(tool: Tool) -> None:
    old = signer(tool, lms.NOW)
    new = rotate(tool, lms.NOW, at_once=True)
    assert new != old
    assert signer(tool, lms.NOW) == new
    assert set(kids(tool, lms.NOW)) == {old, new}


def test_registration_gets_keys_of_its_own_and_shares_until_they_sign(tool: Tool) -> None:
    registration = tool.register(client_id="with-own-keys")
    shared = signer(tool, lms.NOW)
    own = rotate(tool, lms.NOW, registration_id=registration.id)
    assert set(kids(tool, lms.NOW)) == {shared, own}
    assert signer(tool, lms.NOW, registration.id) == shared
    assert signer(tool, lms.later(hours=24), registration.id) == own
    assert signer(tool, lms.later(hours=24)) == shared
    # Nothing of the shared ones retires by it, and one more of its own is another matter.
    assert set(kids(tool, lms.later(days=30))) == {shared, own}
    rotate(tool, lms.later(days=30))
    assert signer(tool, lms.later(days=32), registration.id) == own


def test_keys_of_a_registration_go_with_it(tool: Tool) -> None:
    registration = tool.register(client_id="to-be-removed")
    rotate(tool, lms.NOW, registration_id=registration.id)
    with tool.engine.begin() as connection:
        assert delete_registration(connection, registration.id)
    assert len(kids(tool, lms.NOW)) == 1


def test_states_tell_what_each_key_is_for(tool: Tool) -> None:
    rotate(tool, lms.NOW)

    def states(now: datetime) -> list[str]:
        found = published_keys(tool.engine, SEALER, now)
        return [state_of(one, found, now) for one in found]

    assert states(lms.NOW) == ["signs", "waits"]
    assert states(lms.later(hours=24)) == ["retires", "signs"]
    assert states(lms.later(hours=25)) == ["signs"]


def test_two_rotations_at_once_end_with_one_new_key(tool: Tool) -> None:
    barrier = threading.Barrier(2)
    ends: list[str] = []

    def use() -> None:
        barrier.wait(5)
        try:
            ends.append(rotate(tool, lms.NOW))
        except InputError as refused:
            ends.append(refused.code)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert "key-waiting" in ends
    assert len(kids(tool, lms.NOW)) == 2


def test_private_key_is_in_no_printed_form_of_the_signing_key(tool: Tool) -> None:
    assert "PRIVATE" not in repr(signing_key(tool.engine, SEALER, lms.NOW, None))
