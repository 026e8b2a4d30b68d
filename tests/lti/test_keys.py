"""The tool's own keys."""

from __future__ import annotations

import json
import threading

import jwt
import pytest
import sqlalchemy as sa
from jwcrypto.jwk import JWK

from lti_tool.errors import ConfigError
from lti_tool.lti.keys import tool_keys
from lti_tool.sealing import Sealer
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
