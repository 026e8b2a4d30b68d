"""Which signatures are believed: algorithms, keys, and what is no token at all."""

from __future__ import annotations

import base64
import json

import pytest
from jwcrypto.jwk import JWK

from lti_tool.errors import LaunchRefused
from lti_tool.lti.platform_key import load_key
from lti_tool.storage.keys import find_key_set
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
        lms.public(lms.curve_key("kid-e"), kid="small", alg="ES256"),
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


ALL = "RS256 RS384 RS512 ES256"


@pytest.mark.parametrize("algorithm", ["RS256", "RS384", "RS512", "ES256"])
def test_allowed_algorithm_is_accepted(tool: Tool, algorithm: str) -> None:
    signer = lms.curve_key("kid-e") if algorithm == "ES256" else lms.key("kid-1")
    tool = tool.configured(algorithms=ALL)
    for members in ({"alg": algorithm}, {"alg": GONE}):
        tool.keys.keys = [_without_gone({**lms.public(signer), **members, "kid": algorithm})]
        asked = tool.login()
        token = lms.sign(lms.message(asked["nonce"], TARGET), signer, alg=algorithm, kid=algorithm)
        assert tool.answer(asked, token).subject == "user-42"


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "ES256"])
def test_algorithm_that_is_not_allowed_is_refused(tool: Tool, algorithm: str) -> None:
    signer = lms.curve_key("kid-e") if algorithm == "ES256" else lms.key("kid-1")
    tool.keys.keys = [lms.public(signer, alg=algorithm, kid="k")]
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET), signer, alg=algorithm, kid="k")
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, token)
    assert caught.value.code == "algorithm"
    assert "NEEDLE_ALGORITHMS" in caught.value.mend


@pytest.mark.parametrize(
    ("signer", "header", "jwk"),
    [
        # The key set's word on the algorithm is another than the token's.
        (lms.key("kid-1"), {"alg": "RS512"}, lms.public(lms.key("kid-1"))),
        (lms.key("kid-1"), {"alg": "RS256"}, lms.public(lms.key("kid-1"), alg="PS256")),
        # A key of the other kind, or on another curve.
        (lms.curve_key("e"), {"alg": "ES256"}, lms.public(lms.key("kid-1"), alg="ES256")),
        (
            lms.curve_key("e"),
            {"alg": "ES256"},
            lms.public(lms.curve_key("large", "P-384"), alg="ES256"),
        ),
        (lms.curve_key("e"), {"alg": "ES256"}, lms.public(lms.curve_key("e"), use="enc")),
    ],
)
def test_key_that_does_not_fit_the_algorithm_is_refused(
    tool: Tool, signer: JWK, header: dict[str, object], jwk: dict[str, object]
) -> None:
    tool = tool.configured(algorithms=ALL)
    tool.keys.keys = [{**jwk, "kid": "k"}]
    asked = tool.login()
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, lms.sign(lms.message(asked["nonce"], TARGET), signer, kid="k", **header))
    assert caught.value.code == "key-weak"


@pytest.mark.parametrize("algorithm", ["RS256", "ES256"])
def test_key_that_is_published_with_its_private_half_is_refused(tool: Tool, algorithm: str) -> None:
    private = lms.curve_key("e") if algorithm == "ES256" else lms.key("kid-1")
    tool = tool.configured(algorithms=ALL)
    tool.keys.keys = [{**json.loads(private.export_private()), "kid": "k"}]
    asked = tool.login()
    token = lms.sign(lms.message(asked["nonce"], TARGET), private, kid="k", alg=algorithm)
    with pytest.raises(LaunchRefused, match="private half") as caught:
        tool.answer(asked, token)
    assert caught.value.code == "key-weak"
    with tool.engine.begin() as connection:
        kept = find_key_set(connection, tool.keys.url)
    assert kept is not None
    assert json.loads(private.export_private())["d"] not in json.dumps(kept.keys)


def test_key_that_was_changed_under_its_name_is_read_anew() -> None:
    first, second = lms.public(lms.key("kid-1")), lms.public(lms.key("kid-2"), kid="kid-1")
    assert load_key(first, "RS256") is load_key({**first}, "RS256")
    assert load_key(first, "RS256") != load_key(second, "RS256")


def test_header_that_asks_for_more_is_refused(tool: Tool) -> None:
    asked = tool.login()
    good = lms.sign(lms.message(asked["nonce"], TARGET)).split(".")
    header = {"alg": "RS256", "kid": "kid-1", "crit": ["b64"], "b64": False}
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, ".".join([part(header), *good[1:]]))
    assert caught.value.code == "token-malformed"


@pytest.mark.parametrize("signature", ["", "!!!", "AAAA", "=" * 8])
def test_signature_that_is_none_is_refused(tool: Tool, signature: str) -> None:
    asked = tool.login()
    header, body, _ = lms.sign(lms.message(asked["nonce"], TARGET)).split(".")
    with pytest.raises(LaunchRefused) as caught:
        tool.answer(asked, f"{header}.{body}.{signature}")
    assert caught.value.code == "signature"


def _without_gone(jwk: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in jwk.items() if value is not GONE}
