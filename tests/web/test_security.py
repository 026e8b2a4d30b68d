"""Headers, limits, static files and proxies."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from flask.testing import FlaskClient

import lti_tool.web
from lti_tool.web import pages
from lti_tool.web.security import frame_ancestors
from tests.web.conftest import OpenWorld
from tests.web.walker import Walker
from tests.web.world import World

WEB = Path(str(lti_tool.web.__file__)).parent


@pytest.fixture
def client(world: World) -> FlaskClient:
    return world.app.test_client()


@pytest.mark.parametrize("path", ["/", "/healthz", "/nowhere", "/lti/login", "/lti/jwks.json"])
def test_every_answer_carries_the_headers(client: FlaskClient, path: str) -> None:
    headers = client.get(path).headers
    assert headers["Content-Security-Policy"].startswith(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors "
    )
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Content-Type-Options"] == "nosniff"
    kept = "public, max-age=" if path == "/lti/jwks.json" else "no-store"
    assert headers["Cache-Control"].startswith(kept)
    assert "camera=()" in headers["Permissions-Policy"]
    assert "X-Frame-Options" not in headers
    assert "Strict-Transport-Security" not in headers


def test_a_learners_page_is_framed_by_its_platform_alone(walker: Walker) -> None:
    broken = {"token": walker.session.token, "need_id": "x", "round": "1"}
    for page in (walker.page, walker.ask("work"), walker.post("/need/none", **broken)):
        policy = page.response.headers["Content-Security-Policy"]
        assert policy.endswith("frame-ancestors https://lms.example.org")


@pytest.mark.parametrize("path", ["/", "/healthz", "/lti/jwks.json"])
def test_a_page_that_belongs_to_nobody_is_framed_by_nobody(
    client: FlaskClient, path: str
) -> None:
    policy = client.get(path).headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors 'none'")


def test_an_error_that_knows_no_registration_may_be_framed(client: FlaskClient) -> None:
    policy = client.get("/nowhere").headers["Content-Security-Policy"]
    assert policy.endswith("frame-ancestors *")


@pytest.mark.parametrize(
    ("origin", "sources"),
    [
        ("https://lms.example.org", "https://lms.example.org"),
        ("http://lms.localhost:8080", "http://lms.localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
        ("*", "*"),
        ("", "'none'"),
        ("https://a.example https://b.example", "'none'"),
        ("https://a.example; script-src *", "'none'"),
        ("https://a.example\r\nX: y", "'none'"),
        ("https://a.example/path", "'none'"),
        ("https://*", "'none'"),
    ],
)
def test_only_an_origin_gets_into_the_header(origin: str, sources: str) -> None:
    assert frame_ancestors(origin) == sources


@pytest.mark.parametrize(
    ("origin", "targets"),
    [
        ("https://lms.example.org", "form-action 'self' https://lms.example.org;"),
        ("", "form-action 'self';"),
        ("*", "form-action 'self';"),
        ("https://a.example; script-src *", "form-action 'self';"),
        ("javascript:", "form-action 'self';"),
    ],
)
def test_a_form_may_lead_to_one_more_origin_where_a_page_says_so(
    open_tool: OpenWorld, origin: str, targets: str
) -> None:
    app = open_tool().app

    @app.get("/placed")
    def placed() -> str:
        pages.allow_posting_to(origin)
        return "placed"

    client = app.test_client()
    assert targets in client.get("/placed").headers["Content-Security-Policy"]
    assert "form-action 'self';" in client.get("/").headers["Content-Security-Policy"]


def test_over_https_browsers_are_told_to_stay_there(open_tool: OpenWorld) -> None:
    client = open_tool(public_url="https://needle.example.org").app.test_client()
    assert client.get("/").headers["Strict-Transport-Security"] == "max-age=31536000"


def test_a_body_of_more_than_a_megabyte_is_told(walker: Walker) -> None:
    page = walker.post("/need", token=walker.session.token, text="a" * (1024 * 1024))
    assert page.status == 413
    assert "your words are still there" in page.text


def test_a_form_of_too_many_parts_is_refused(walker: Walker) -> None:
    fields = {f"field{number}": "x" for number in range(200)}
    response = walker.client.post("/start", data=fields, content_type="multipart/form-data")
    assert response.status_code == 413


def test_static_files_are_kept_under_their_versions_address(client: FlaskClient) -> None:
    page = client.get("/").text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(addresses) == 4
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200
        assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        stale = client.get(address.split("?")[0] + "?v=other")
        assert stale.headers["Cache-Control"] == "no-cache"
        response.close()
        stale.close()
    assert client.get("/static/nothing.css").headers["Cache-Control"] == "no-store"


def test_nothing_on_a_page_is_inline(walker: Walker) -> None:
    pages = [walker.page.html, walker.ask("work").html, walker.press("Ask something else").html]
    for html in pages:
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=", html)


def test_files_that_others_made_are_whole() -> None:
    vendor = WEB / "static" / "vendor"
    table = (vendor / "VENDORED.md").read_text("utf-8")
    listed = dict(re.findall(r"^\| (\S+\.\w+) \|.*`([0-9a-f]{64})` \|$", table, re.MULTILINE))
    there = {
        path.relative_to(vendor).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in vendor.rglob("*.*")
        if path.suffix in (".css", ".js", ".woff2")
    }
    assert there == listed
    assert there


def test_a_proxy_is_believed_only_when_it_is_configured(open_tool: OpenWorld) -> None:
    seen: list[str] = []
    for proxies in (0, 1):
        world = open_tool(trusted_proxies=proxies)

        @world.app.before_request
        def note() -> None:
            from flask import request

            seen.append(f"{request.scheme} {request.remote_addr}")

        headers = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.7"}
        world.app.test_client().get("/", headers=headers)
    assert seen == ["http 127.0.0.1", "https 192.0.2.7"]


@pytest.mark.parametrize("asked", ["/", "/needle/"])
def test_below_a_path_every_address_has_it(open_tool: OpenWorld, asked: str) -> None:
    world = open_tool(public_url="https://example.org/needle")
    client = world.app.test_client()
    page = client.get(asked)
    assert page.status_code == 200
    address = re.findall(r'href="([^"]+needle\.css[^"]*)"', page.text)[0]
    assert address.startswith("/needle/static/")
    response = client.get(address)
    assert response.status_code == 200
    response.close()


def test_a_path_that_only_begins_alike_is_another(open_tool: OpenWorld) -> None:
    world = open_tool(public_url="https://example.org/needle")
    assert world.app.test_client().get("/needles/").status_code == 404


@pytest.mark.parametrize("host", ["a..b", "..", "x" * 64 + ".org", "a b", "-", "x.org:port", ""])
def test_a_host_that_cannot_be_one_is_a_bad_request_and_no_fault(host: str, world: World) -> None:
    answer = world.app.test_client().get("/", headers={"Host": host})
    assert answer.status_code == 400


@pytest.mark.parametrize("host", ["needle.example.org", "localhost:8411", "[::1]:80", "a_b.local."])
def test_a_host_that_can_be_one_is_served(host: str, world: World) -> None:
    assert world.app.test_client().get("/", headers={"Host": host}).status_code == 200
