"""What a source is given besides its settings: networks, as text or as the library has them."""

from __future__ import annotations

import ipaddress

import pytest

from catalogue_sync import read_source
from catalogue_sync.contents import pdf
from catalogue_sync.errors import AddressRefused, InvalidSettings
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.transport.addresses import LOOPBACK
from tests.servers.web import serve_web

FEED = b"""<rss version="2.0"><channel><title>Blog</title><item><title>Say no</title>
<link>https://blog.example/no</link></item></channel></rss>"""
TEN = ipaddress.ip_network("10.0.0.0/8")


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        pytest.param(["10.0.0.0/8"], (TEN,), id="text"),
        pytest.param("10.0.0.0/8", (TEN,), id="one text"),
        pytest.param(" 10.0.0.0/8  127.0.0.0/8 ::1 ", (TEN, *LOOPBACK), id="several in a text"),
        pytest.param(["10.1.2.3/8"], (TEN,), id="an address in it"),
        pytest.param(TEN, (TEN,), id="one network"),
        pytest.param([TEN, "::1"], (TEN, LOOPBACK[1]), id="both"),
        pytest.param((), (), id="none"),
        pytest.param("", (), id="empty"),
    ],
)
def test_networks_are_taken_as_text_and_as_they_are(given: object, allowed: object) -> None:
    around = Surroundings(networks=given)  # type: ignore[arg-type]
    assert around.allowed == allowed
    assert around.networks == allowed


@pytest.mark.parametrize("given", [["intranet"], "10.0.0.0/99", [3], [None], 3, None], ids=repr)
def test_what_is_no_network_is_said(given: object) -> None:
    with pytest.raises(InvalidSettings, match=r"no network; write one such as 10\.20\.0\.0/16"):
        Surroundings(networks=given)  # type: ignore[arg-type]


def test_a_server_in_a_network_given_as_text_is_called_and_no_other() -> None:
    with serve_web() as web:
        web.say("/feed.xml", FEED)
        url = f"{web.url}/feed.xml"

        [found] = read_source("feed", url=url, surroundings=Surroundings(networks=["127.0.0.0/8"]))
        with pytest.raises(AddressRefused) as refused:
            next(read_source("feed", url=url))

    assert found.title == "Say no"
    assert "NEEDLE_ALLOWED_NETWORKS for the needle command" in str(refused.value)
    assert "Surroundings(networks=...) in a program" in str(refused.value)
    assert "restart" not in str(refused.value)


def test_what_was_read_without_a_library_counts_as_read_otherwise(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Surroundings().signature()
    monkeypatch.setattr("catalogue_sync.surroundings.find_spec", lambda _name: None)
    assert Surroundings().signature() != before
    assert pdf.UNREAD.startswith("{count} files are not read: ")


def test_what_is_read_with_other_networks_counts_as_other() -> None:
    one, other = Surroundings(networks="10.0.0.0/8 10.1.0.0/16"), Surroundings()
    assert one.signature() != other.signature()
    assert one.signature() == Surroundings(networks="10.1.0.0/16 10.0.0.0/8").signature()
