"""Which signatures are believed: algorithms, keys, and what is no token at all."""

from __future__ import annotations

import base64
import json

import pytest
from jwcrypto.jwk import JWK

from lti_tool.errors import LaunchRefused
from tests.lti import lms
from tests.lti.conftest import TARGET, Tool
from tests.lti.lms import GONE


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ({"kid": GONE}, "key-unnamed"),
        ({"kid": 5}, "key-unnamed"),
        ({"kid": "imstester_66067"}, "key-unknown"),
        ({"alg": "RS384"}, "algorithm"),
        ({"alg": "PS256"}, "algorithm"),
    ],
)
def test_header_is_refused(tool: Tool, header: dict[str, object], code: str) -> None:
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET), **header)
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == code


def part(value: object) -> str:
    """A part of a token, as a forger writes it."""
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "token",
    [
        "x",
        "a.b",
        "a.b.c.d",
        "..",
        "é.b.c",
        part({"name": "someone"}),
        "!!!." + part({}) + ".c",
        part([]) + "." + part({}) + ".c",
        part({"alg": "RS256"}) + "." + part(b"[" * 50_000) + ".c",
        part({"alg": "RS256"}) + "." + part(b'{"exp": NaN}') + ".c",
        part({"alg": "RS256"}) + "." + part(b"\xff\xfe") + ".c",
        "x" * 200_000,
    ],
)
def test_what_is_no_token_is_refused(tool: Tool, token: str) -> None:
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(tool.login(), token)
    assert caught.value.code == "token-malformed"


def test_unsigned_token_is_refused(tool: Tool) -> None:
    asked = tool.login()
    body = lms.message(asked["nonce"], TARGET)
    token = part({"alg": "none", "kid": "kid-1"}) + "." + part(body) + "."
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == "algorithm"


def test_token_signed_with_the_public_key_as_a_secret_is_refused(tool: Tool) -> None:
    tool.keys.keys = [lms.public(lms.key("kid-1"), alg="HS256")]
    asked = tool.login()
    secret = JWK(kty="oct", k=part(lms.key("kid-1").export_to_pem()), kid="kid-1")
    token = lms.sign(lms.message(asked["nonce"], TARGET), secret, alg="HS256")
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == "algorithm"


def test_changed_token_is_refused(tool: Tool) -> None:
    asked = tool.login()
    header, _, signature = lms.sign(lms.message(asked["nonce"], TARGET)).split(".")
    body = part(lms.message(asked["nonce"], TARGET, sub="admin"))
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, f"{header}.{body}.{signature}")
    assert caught.value.code == "signature"


def test_another_key_of_the_same_name_is_refused(tool: Tool) -> None:
    asked = tool.login()
    forged = JWK.generate(kty="RSA", size=2048, kid="kid-1")
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, lms.sign(lms.message(asked["nonce"], TARGET), forged))
    assert caught.value.code == "signature"


@pytest.mark.parametrize(
    "jwk",
    [
        lms.public(lms.key("small", 1024)),
        lms.public(lms.key("kid-1"), kid="small", alg="RS512"),
        lms.public(lms.key("kid-1"), kid="small", use="enc"),
        lms.public(lms.key("kid-1"), kid="small", kty="oct"),
        {"kid": "small", "kty": "RSA"},
        {"kid": "small", "kty": "RSA", "n": "!", "e": "AQAB"},
        {"kid": "small"},
    ],
)
def test_key_that_must_not_sign_is_refused(tool: Tool, jwk: dict[str, object]) -> None:
    tool.keys.keys = [jwk]
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET), kid="small")
    if jwk.get("n") == lms.public(lms.key("small", 1024))["n"]:
        token = lms.sign(lms.message(asked["nonce"], TARGET), lms.key("small", 1024))
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == "key-weak"
