"""What a whole launch costs here, beside plain pylti1p3 with its Flask adapter.

`python benchmarks/launch.py [--quick] [--profile]` makes pairs of launches in one process,
first one tool's and then the other's, in turns. A launch is what two requests cost the tool:
the platform's login initiation, answered with the redirect to the platform, and the post of
the platform's answer. Requests are built, and tokens signed, outside the timed part, and
each tool is called as a WSGI application: no client and no network is timed.

Both tools know the same platform (RS256, 2048 bits) and have its key set in their cache.
pylti1p3 keeps its launches in a dict of this process, the fastest storage there is, and
answers with one line; it does what its documentation shows. Needle makes every check that
docs/conformance.md lists, keeps login, single use, person and session in its database
(SQLite in a file as it ships, every commit on the disk; PostgreSQL too where
NEEDLE_TEST_POSTGRES_URL names one), and is measured twice: with the session begun and
answered with one line, as pylti1p3 is, and with its whole page.

The browser has been at the tool before and shows its cookie; `first visit` is one that has
not, which costs Needle one request more.

`busy` is the time of this process's own processors, which other programs of the machine
disturb least; it leaves out the disk and PostgreSQL's own work.

Last comes one line of JSON: the median over the pairs of needle / pylti1p3.
"""

from __future__ import annotations

import argparse
import contextlib
import cProfile
import json
import os
import pstats
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import sqlalchemy as sa

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from flask import Flask, request
from werkzeug.http import parse_cookie
from werkzeug.test import EnvironBuilder

from lti_tool.actions.launching import begin_session
from lti_tool.lti.browser import read_browser
from lti_tool.lti.launch import check_launch
from lti_tool.storage.database import connect
from lti_tool.storage.migrate import migrate
from lti_tool.web.app import create_app
from tests.acceptance.doors import AUTHORIZATION_URL, TARGET, URL, Door, open_needle, open_plain
from tests.lti import lms

LOGIN = {
    "iss": lms.ISSUER,
    "client_id": lms.CLIENT_ID,
    "login_hint": "42",
    "target_link_uri": TARGET,
    "lti_message_hint": "hint-1",
}
RESAMPLES = 2000
PEOPLE = 200


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds of a launch by the clock, and of this process's processors."""

    login: float
    launch: float
    busy: float

    @property
    def both(self) -> float:
        """Login and launch by the clock."""
        return self.login + self.launch


@dataclass
class Side:
    """One tool, called as a WSGI application by one browser."""

    app: Flask
    door: Door
    cookies: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    """Spent in the tool since the last launch began."""
    busy: float = 0.0
    """Seconds of this process's processors in that time: what no other program disturbs."""
    profile: cProfile.Profile | None = None

    def launch(self, person: str, *, known: bool = True) -> Cost:
        """What a launch costs; a browser that is not `known` has no cookie."""
        # A state's cookie of pylti1p3 lives five minutes: nobody carries those of 300 launches.
        kept = {name: value for name, value in self.cookies.items() if "state-" not in name}
        self.cookies = kept if known else {}
        self.seconds = self.busy = 0.0
        location = self._ask("GET", f"{URL}/lti/login?{urlencode(LOGIN)}")
        while not location.startswith(AUTHORIZATION_URL):
            location = self._ask("GET", location)
        login = self.seconds
        asked = lms.query(location)
        token = lms.sign(self.door.message(asked, sub=person))
        self._ask("POST", TARGET, {"state": asked["state"], "id_token": token})
        return Cost(login, self.seconds - login, self.busy)

    def _ask(self, method: str, url: str, form: dict[str, str] | None = None) -> str:
        """Make one request; where the tool redirects to, or nothing for a page."""
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        path, _, query = url.removeprefix(URL).partition("?")
        headers = {"Cookie": cookie}
        environ = EnvironBuilder(
            path, URL, query or None, method, data=form, headers=headers
        ).get_environ()
        told: list[tuple[str, list[tuple[str, str]]]] = []
        if self.profile:
            self.profile.enable()
        began, busy = time.perf_counter(), time.process_time()
        answer = self.app(environ, lambda status, headers, *_: told.append((status, headers)))
        body = b"".join(answer)
        self.seconds += time.perf_counter() - began
        self.busy += time.process_time() - busy
        if self.profile:
            self.profile.disable()
        status, told_headers = told[0]
        if not status.startswith(("200", "302", "303")):
            raise SystemExit(f"{method} {url.partition('?')[0]}: {status}\n{body[:2000]!r}")
        for name, value in told_headers:
            if name == "Set-Cookie":
                self.cookies |= parse_cookie(value.partition(";")[0])
        return dict(told_headers).get("Location", "")


def without_page(app: Flask) -> Flask:
    """The same tool, whose launch ends with the session begun and one line, as pylti1p3's."""
    runtime = app.extensions["needle"]

    def launch() -> str:
        ticket = check_launch(
            runtime.engine,
            runtime.config,
            runtime.now(),
            request.form.to_dict(),
            read_browser(runtime.config, request.cookies),
        )
        begin_session(runtime, ticket)
        return "<!doctype html><title>Launched</title><h1>Launched</h1>"

    app.view_functions["lti.launch"] = launch
    return app


@contextlib.contextmanager
def open_sides(folder: Path, database_url: str = "") -> Iterator[dict[str, Side]]:
    """pylti1p3, Needle without its page and Needle, each with its own platform's key set."""
    tables = folder / "tables.sqlite3"
    if not tables.exists():
        engine = connect(f"sqlite:///{tables}")
        migrate(engine)
        engine.dispose()
    with (
        open_plain(cached=True) as plain,
        open_needle(
            folder, tables, database_url=database_url, launches_per_minute=100_000
        ) as needle,
    ):
        bare = without_page(create_app(needle.world.runtime))
        yield {
            "pylti1p3": Side(plain.app, plain),
            "needle": Side(bare, needle),
            "needle with its page": Side(needle.app, needle),
        }


@contextlib.contextmanager
def postgres_schema(url: str) -> Iterator[str]:
    """The URL of a new schema at the server, which is dropped at the end."""
    schema = f"benchmark_{uuid.uuid4().hex}"
    admin = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(sa.text(f'CREATE SCHEMA "{schema}"'))
    try:
        options = {"options": f"-csearch_path={schema}"}
        yield sa.make_url(url).update_query_dict(options).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(sa.text(f'DROP SCHEMA "{schema}" CASCADE'))
        admin.dispose()


def measure(
    sides: dict[str, Side], pairs: int, *, known: bool = True
) -> dict[str, list[Cost]]:
    """Login and launch seconds of each side, one value a pair, in a new order each time."""
    found: dict[str, list[Cost]] = {name: [] for name in sides}
    order = list(sides)
    shuffle = random.Random(3).shuffle
    for number in range(pairs):
        shuffle(order)
        for name in order:
            person = f"person-{number % PEOPLE}"
            found[name].append(sides[name].launch(person, known=known))
    return found


def ratio(pairs: list[float]) -> tuple[float, float, float]:
    """The median of the pairs' ratios, and its 95 % interval by bootstrap."""
    draw = random.Random(4).choices
    medians = sorted(statistics.median(draw(pairs, k=len(pairs))) for _ in range(RESAMPLES))
    return statistics.median(pairs), medians[RESAMPLES // 40], medians[-RESAMPLES // 40]


def tell(title: str, found: dict[str, list[Cost]], name: str) -> dict[str, float]:
    """Print a table of one run; the ratios under `name` and what follows from it."""
    theirs = found["pylti1p3"]
    print(f"\n{title}; {len(theirs)} pairs; milliseconds, medians; over pylti1p3 with 95 %")
    print(f"{'':<22}{'login':>8}{'launch':>8}{'both':>8}{'busy':>8}")
    ratios = {}
    for side, costs in found.items():
        parts = ("login", "launch", "both", "busy")
        middles = [statistics.median(getattr(cost, part) for cost in costs) for part in parts]
        print(f"{side:<22}" + "".join(f"{middle * 1000:>8.2f}" for middle in middles), end="")
        pairs = list(zip(costs, theirs, strict=True))
        middle, low, high = ratio([ours.both / other.both for ours, other in pairs])
        busy = statistics.median(ours.busy / other.busy for ours, other in pairs)
        shown = f"   {middle:.2f} ({low:.2f} to {high:.2f}), busy {busy:.2f}"
        print("" if side == "pylti1p3" else shown)
        if side == "needle":
            ratios |= {name: round(middle, 2), f"{name}_busy": round(busy, 2)}
        elif side != "pylti1p3":
            ratios[f"{name}_with_page"] = round(middle, 2)
    return ratios


def run(title: str, name: str, folder: Path, pairs: int, database_url: str) -> dict[str, float]:
    """Measure on one kind of database."""
    with open_sides(folder, database_url) as sides:
        measure(sides, PEOPLE // 10)
        ratios = tell(title, measure(sides, pairs), name)
        first = measure(sides, pairs // 4, known=False)
        return ratios | tell(f"{title}, first visit", first, f"{name}_first_visit")


def profile(folder: Path, pairs: int, database_url: str) -> None:
    """Print where each side's time goes."""
    with open_sides(folder, database_url) as sides:
        measure(sides, 5)
        for name, side in sides.items():
            side.profile = cProfile.Profile()
            for number in range(pairs):
                side.launch(f"person-{number}")
            print(f"\n{name}: {pairs} launches")
            stats = pstats.Stats(side.profile).strip_dirs()
            stats.sort_stats("cumulative").print_stats(45)
            stats.sort_stats("tottime").print_stats(20)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer pairs, under 50 seconds")
    parser.add_argument("--profile", action="store_true", help="where the time goes, instead")
    asked = parser.parse_args()
    pairs = 200 if asked.quick else 2000
    postgres = os.environ.get("NEEDLE_TEST_POSTGRES_URL", "")
    ratios: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if asked.profile:
            profile(folder, 200, "")
            return
        ratios |= run("SQLite", "over_pylti1p3", folder, pairs, "")
        if postgres:
            with postgres_schema(postgres) as url:
                engine = connect(url)
                migrate(engine)
                engine.dispose()
                ratios |= run("PostgreSQL", "over_pylti1p3_postgresql", folder, pairs, url)
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
