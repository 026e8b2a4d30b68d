"""Registering the tool at a platform: what is kept, what is refused."""

from __future__ import annotations

import uuid

import pytest

from lti_tool.errors import InputError, NotFound
from lti_tool.lti.registration import (
    check_registration,
    default_origin,
    normalise_origin,
)
from lti_tool.storage.database import reading
from lti_tool.storage.registrations import (
    find_registration,
    get_registration,
    list_registrations,
)
from lti_tool.web.security import frame_ancestors
from tests.lti import lms
from tests.lti.conftest import Tool

GOOD = {
    "issuer": "https://lms.example.org",
    "client_id": "client-1",
    "authorization_url": "https://lms.example.org/auth?x=1",
    "token_url": "https://lms.example.org/token",
    "key_set_url": "http://127.0.0.1:8410/keys",
    "deployment_id": "7",
    "origin": "",
}


def test_registering_twice_updates_and_adds_the_deployment(stored_tool: Tool) -> None:
    first = stored_tool.register()
    second = stored_tool.register(
        token_url="https://lms.example.org/new",
        origin="https://new.example.org",
        deployment_id="8",
        actor_form="account",
        actor_home_page="https://lms.example.org",
    )
    assert second.id == first.id
    assert second.deployment_ids == {"7", "8"}
    assert second.token_url == "https://lms.example.org/new"
    assert second.origin == "https://new.example.org"
    assert (second.actor_form, second.actor_home_page) == (
        first.actor_form,
        first.actor_home_page,
    )
    with reading(stored_tool.engine) as connection:
        assert list_registrations(connection) == [second]
        assert get_registration(connection, first.id) == second


def test_registration_of_another_organisation_is_refused(stored_tool: Tool) -> None:
    first = stored_tool.register()
    with pytest.raises(InputError) as caught:
        stored_tool.register(organisation="southwind", token_url="https://evil.example.org/")
    assert caught.value.code == "registration-of-another"
    with reading(stored_tool.engine) as connection:
        assert get_registration(connection, first.id) == first
        assert list_registrations(connection, "southwind") == []


def test_registrations_are_found_by_issuer_and_client(stored_tool: Tool) -> None:
    with reading(stored_tool.engine) as connection:
        assert find_registration(connection, lms.ISSUER, None) is not None
    other = stored_tool.register(client_id="client-2", organisation="southwind")
    with reading(stored_tool.engine) as connection:
        assert find_registration(connection, lms.ISSUER, "client-2") == other
        assert find_registration(connection, lms.ISSUER, None) is None
        assert find_registration(connection, lms.ISSUER, "client-3") is None
        assert find_registration(connection, lms.ISSUER + "/", "client-2") is None
        assert list_registrations(connection, "southwind") == [other]
        assert len(list_registrations(connection)) == 2
        with pytest.raises(NotFound):
            get_registration(connection, uuid.uuid4())


def test_good_values_pass() -> None:
    check_registration(**GOOD)
    check_registration(**{**GOOD, "origin": "https://lms.example.org"})
    check_registration(**{**GOOD, "origin": "https://LMS.example.org/"})
    check_registration(**{**GOOD, "authorization_url": "https://m\u00fcnchen.de/a"})
    check_registration(**{**GOOD, "authorization_url": "http://lms.localhost:8410/auth"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("issuer", ""),
        ("issuer", " https://lms.example.org"),
        ("issuer", "x" * 501),
        ("client_id", "a\nb"),
        ("client_id", "x" * 256),
        ("deployment_id", ""),
        ("authorization_url", "http://lms.example.org/auth"),
        ("authorization_url", "lms.example.org/auth"),
        ("authorization_url", "javascript:alert(1)"),
        ("token_url", "https://user:secret@lms.example.org/token"),
        ("token_url", "https://lms.example.org/a b"),
        ("token_url", "https://lms.example.org:port/"),
        ("key_set_url", "https://lms.example.org/keys#a"),
        ("key_set_url", "https://lms.example.org/" + "x" * 500),
        ("key_set_url", "http://127.0.0.1.example.org/"),
        ("key_set_url", "file:///etc/passwd"),
        ("authorization_url", "https://lms%2eexample.org/auth"),
        ("authorization_url", "https://m\u00fcnchen\u2028.de/auth"),
        ("authorization_url", "https://" + "\u00fc" * 64 + ".de/auth"),
        ("authorization_url", "https://[fe80::1%25eth0]/auth"),
        ("origin", "https://lms.example.org/path"),
        ("origin", "http://lms.example.org"),
        ("origin", "*"),
        ("origin", "https://lms.example.org; script-src *"),
    ],
)
def test_value_that_cannot_be_used_is_refused_by_its_flag(name: str, value: str) -> None:
    with pytest.raises(InputError) as caught:
        check_registration(**{**GOOD, name: value})
    assert "--" + name.replace("_", "-") in str(caught.value)
    assert caught.value.mend


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://lms.example.org/auth?x=1", "https://lms.example.org"),
        ("https://LMS.example.org:443/auth", "https://lms.example.org"),
        ("http://localhost:8410/auth", "http://localhost:8410"),
        ("http://[::1]:8410/auth", "http://[::1]:8410"),
        ("https://[2001:DB8:0::1]/auth", "https://[2001:db8::1]"),
        ("https://m\u00fcnchen.de/a", "https://xn--mnchen-3ya.de"),
        ("https://M\u00dcNCHEN.de:8443/a", "https://xn--mnchen-3ya.de:8443"),
        ("https://stra\u00dfe.de/a", "https://xn--strae-oqa.de"),
        ("https://\u65e5\u672c\u8a9e\u3002jp/a", "https://xn--wgv71a119e.jp"),
        ("https://lms_1.example.org/a", "https://lms_1.example.org"),
        ("nonsense", ""),
    ],
)
def test_default_origin_is_that_of_the_authorization_url(url: str, origin: str) -> None:
    assert default_origin(url) == origin


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://X.org", "https://x.org"),
        ("https://x.org/", "https://x.org"),
        (" HTTPS://X.org:443/ ", "https://x.org"),
        ("https://x.org:8443", "https://x.org:8443"),
        ("https://M\u00fcnchen.de/", "https://xn--mnchen-3ya.de"),
        ("http://LOCALHOST:8410/", "http://localhost:8410"),
    ],
)
def test_origin_is_written_as_browsers_write_it(typed: str, origin: str) -> None:
    assert normalise_origin(typed) == origin
    assert frame_ancestors(origin) == origin


@pytest.mark.parametrize(
    "typed",
    ["", "x.org", "https://x.org/a", "https://x.org?a", "https://x.org#a", "http://x.org", "*",
     "https://me@x.org", "https://x.org https://y.org", "https://x.org;", "https://*.x.org"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(typed: str) -> None:
    with pytest.raises(InputError, match="--origin") as caught:
        normalise_origin(typed)
    assert caught.value.code == "registration-url"
