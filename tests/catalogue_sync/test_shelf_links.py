"""Dead links: what each answer of a site means, and how politely sites are asked."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Sequence

import pytest

from catalogue_sync.module import Access, Module, Withheld
from catalogue_sync.shelf.links import PACE_SECONDS, PATIENCE, Link, LinkState, check_links
from catalogue_sync.surroundings import Surroundings
from tests.catalogue_sync.sources import LOCAL, NOW, module
from tests.servers.loopback import LOOPBACK
from tests.servers.web import Page, Web, serve_web


@pytest.fixture
def web() -> Iterator[Web]:
    with serve_web() as web:
        yield web


def ask(*urls: str, surroundings: Surroundings = LOCAL) -> tuple[Link, ...]:
    modules = [module(str(number), open_url=url) for number, url in enumerate(urls)]
    return check_links(modules, surroundings, now=NOW).found


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, LinkState.ALIVE),
        (404, LinkState.DEAD),
        (410, LinkState.DEAD),
        (401, LinkState.SIGN_IN),
        (403, LinkState.SIGN_IN),
        (429, LinkState.NO_ANSWER),
        (500, LinkState.NO_ANSWER),
        (503, LinkState.NO_ANSWER),
    ],
)
def test_a_status_says_whether_a_link_is_dead(web: Web, status: int, state: LinkState) -> None:
    [link] = ask(web.say("/page", Page(b"x", status)))
    assert link.state is state
    assert len(web.asked) == 1


@pytest.mark.parametrize(
    ("path", "target", "state"),
    [
        pytest.param("/old", "/new", LinkState.ALIVE, id="moved"),
        pytest.param("/old", "/login/index.php", LinkState.SIGN_IN, id="login"),
        pytest.param("/old", "/sso?back=%2Fold", LinkState.SIGN_IN, id="single-sign-on"),
        pytest.param("/old", "/authors/cas", LinkState.SIGN_IN, id="cas"),
        pytest.param("/old", "/authors/lucas", LinkState.ALIVE, id="no-sign-in"),
        pytest.param("/old/talk", "/", LinkState.FRONT_PAGE, id="front-page"),
        pytest.param("/", "/home", LinkState.ALIVE, id="from-the-front-page"),
        pytest.param("/old", "/gone", LinkState.DEAD, id="to-nothing"),
    ],
)
def test_where_a_redirect_leads_counts(
    web: Web, path: str, target: str, state: LinkState
) -> None:
    for there in ("/new", "/login/index.php", "/sso", "/authors/cas", "/authors/lucas", "/home"):
        web.say(there, b"here")
    if path != "/":
        web.say("/", b"front")
    assert ask(web.send_on(path, target))[0].state is state


def test_only_the_head_of_an_endless_answer_is_read(web: Web) -> None:
    def forever() -> Iterator[bytes]:
        while True:
            yield b"x" * 65_536

    assert ask(web.say("/film", Page(pieces=forever)))[0].state is LinkState.ALIVE


def test_a_name_that_is_none_is_dead_and_a_resolver_in_trouble_says_nothing() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        number = socket.EAI_NONAME if host == "gone.example" else socket.EAI_AGAIN
        raise socket.gaierror(number, "as told")

    surroundings = Surroundings(networks=LOOPBACK, sleep=lambda _: None, resolve=resolve)
    gone, trouble = ask("http://gone.example/a", "http://slow.example/a", surroundings=surroundings)
    assert (gone.state, trouble.state) == (LinkState.DEAD, LinkState.NO_ANSWER)


@pytest.mark.parametrize(
    "url", ["http://10.1.2.3/a", "http://169.254.169.254/latest", "http://[::1]/a"]
)
def test_an_address_inside_is_not_asked(url: str) -> None:
    surroundings = Surroundings(sleep=lambda _: None)
    assert ask(url, surroundings=surroundings)[0].state is LinkState.NOT_ASKED


def test_a_redirect_to_an_address_inside_is_not_followed(web: Web) -> None:
    web.send_on("/a", "http://10.1.2.3/")
    assert ask(web.url + "/a")[0].state is LinkState.NOT_ASKED


def test_one_address_is_asked_once_for_all_its_modules(web: Web) -> None:
    url = web.say("/page", b"x")
    [link] = ask(url, url + "#part", url)
    assert len(web.asked) == 1
    assert link.modules == (
        ("list", "0", "Piece 0"), ("list", "1", "Piece 1"), ("list", "2", "Piece 2"),
    )  # fmt: skip


def test_what_only_a_learner_can_tell_is_not_asked(web: Web) -> None:
    url = web.say("/page", b"x")
    modules: list[Module] = [
        module("open", open_url=url, access=Access.GUEST),
        module("enrolled", open_url=url + "?2", access=Access.ENROLLED),
        module("signed-in", open_url=url + "?3", access=Access.SIGNED_IN),
        module("platform", open_url="https://lms.example:443/mod/1"),
        module("hidden", open_url=url + "?5", withheld=Withheld.HIDDEN),
        module("without", open_url=None),
    ]
    found = check_links(modules, LOCAL, now=NOW, platforms=["https://lms.example/"])
    assert [one.modules[0][1] for one in found.found] == ["open"]
    assert (found.behind, found.left) == (3, 0)


def test_only_so_many_are_asked_and_the_rest_is_told(web: Web) -> None:
    modules = [module(str(n), open_url=f"{web.say('/page', b'x')}?{n}") for n in range(5)]
    told: list[tuple[int, int]] = []
    found = check_links(
        modules, LOCAL, now=NOW, most=3, told=lambda done, of: told.append((done, of))
    )
    assert (len(found.found), found.left, len(web.asked)) == (3, 2, 3)
    assert told == [(0, 3), (3, 3)]


def test_a_host_is_asked_at_its_pace(web: Web) -> None:
    pauses: list[float] = []
    web.say("/page", b"x")
    surroundings = Surroundings(networks=LOOPBACK, sleep=pauses.append)
    ask(*(f"{web.url}/page?{n}" for n in range(4)), surroundings=surroundings)
    assert pauses == [PACE_SECONDS] * 3


def test_a_host_that_is_silent_is_given_up(web: Web) -> None:
    web.say("/page", Page(status=503))
    links = ask(*(f"{web.url}/page?{n}" for n in range(PATIENCE + 4)))
    assert {link.state for link in links} == {LinkState.NO_ANSWER}
    assert len(web.asked) == PATIENCE
