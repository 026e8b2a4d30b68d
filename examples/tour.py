"""The whole trip, made by itself: `make tour`, or `python -m examples.tour`.

It starts the same three programs as the demonstration, walks through them over HTTP as a
learner without JavaScript would, prints each step, and ends with 0, or with 1 and the name
of the step that failed.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
import urllib.request
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples.stack import LRS_USER, Ports, Stack, StackError
from examples.visitor import Page, Visitor

NEED = "meeting in 20 minutes with someone whose work got worse, how do I put it?"
ACTIVITY = "/mod/lti/view.php?id=100"
LEARNER = "13"
ARRIVAL_SECONDS = 20


class StepFailed(Exception):
    """A step of the tour did not do what it should."""


def sign_in(visitor: Visitor, lms_url: str, person: str = LEARNER) -> Page:
    """Become one of the mini LMS's people."""
    return visitor.post(f"{lms_url}/login/index.php", person=person)


def launch(visitor: Visitor, lms_url: str, activity: str = ACTIVITY) -> Page:
    """Open the activity and follow the launch to Needle's first page."""
    page = visitor.get(f"{lms_url}{activity}")
    page = visitor.get(page.frames[0])
    page = visitor.send(page.forms[0])
    expect("/lti/launch" in page.forms[0].action, "the LMS answers with a launch", page)
    page = visitor.send(page.forms[0])
    expect(page.status == 200, "the launch is accepted", page)
    return page


def ask(visitor: Visitor, need: str = NEED, minutes: str = "10") -> Page:
    """Send the form of the need page."""
    page = visitor.send(visitor.page.form("/need"), text=need, minutes=minutes)
    expect(page.status == 200, "the need is answered", page)
    return page


def openings(page: Page) -> list[str]:
    """The links that open the recommended modules."""
    return [link.href for link in page.links if "/open/" in link.href]


def expect(fine: bool, step: str, page: Page) -> None:
    """Raise `StepFailed` with what the page said."""
    if not fine:
        raise StepFailed(f"{step}: {page.status} {page.url}\n  {page.words[:500]}")


def stored_statements(stack: Stack) -> list[dict[str, Any]]:
    """Every statement in the example LRS, oldest first."""
    token = b64encode(f"{LRS_USER}:{stack.lrs_password}".encode()).decode("ascii")
    request = urllib.request.Request(
        f"{stack.lrs_url}/xapi/statements?ascending=true&limit=0",
        headers={"Authorization": f"Basic {token}", "X-Experience-API-Version": "1.0.3"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return list(json.load(answer)["statements"])


def wait_for_statements(stack: Stack, count: int, seconds: float = ARRIVAL_SECONDS) -> list[Any]:
    """The LRS's statements once there are so many, or what there is when time is up."""
    deadline = time.monotonic() + seconds
    while True:
        found = stored_statements(stack)
        if len(found) >= count or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def make_trip(stack: Stack, say: Callable[[str], None] = lambda _: None) -> int:
    """Launch, ask, open, come back, say that it helped. Gives the statements it leads to."""
    with Visitor() as visitor:
        sign_in(visitor, stack.lms_url)
        began = time.monotonic()
        page = launch(visitor, stack.lms_url)
        say(f"Launched from the LMS in {_ms(began)}: “{page.title.strip()}”")
        began = time.monotonic()
        page = ask(visitor)
        say(f"\nAsked: “{NEED}” (10 minutes). Answered in {_ms(began)}:")
        for number, article in enumerate(page.articles, start=1):
            say(f"  {number}. {article.removesuffix('Open').strip()}")
        links = openings(page)
        expect(1 <= len(links) <= 3, "one to three modules are recommended", page)
        began = time.monotonic()
        module = visitor.get(links[0])
        expect(module.url.startswith(stack.lms_url), "the module opens in the LMS", module)
        expect(module.status == 200, "the module is shown", module)
        say(f"\nOpened in the LMS in {_ms(began)}: {module.title.strip()} ({module.url})")
        visitor.page = page
        page = visitor.send(page.form("/start"))
        form = page.form("/helped")
        page = visitor.send(form, helped="yes", done_differently="I began with an example.")
        expect(page.status == 200, "the judgment is kept", page)
        say("Came back, and said that it helped.")
    return 4


def main() -> int:
    """Make the tour; 0 when each step did what it should."""
    step = "starting the LMS, the LRS and Needle"
    try:
        with tempfile.TemporaryDirectory() as folder, Stack(
            Path(folder), Ports.free(), say=print
        ) as stack:
            step = "the trip"
            print()
            expected = make_trip(stack, print)
            step = "the statements in the LRS"
            found = wait_for_statements(stack, expected)
            print(f"\nNow in the LRS: {len(found)} statements")
            for statement in found:
                print(f"  {_line(statement)}")
            if len(found) != expected:
                raise StepFailed(f"{expected} statements were expected, {len(found)} are there")
    except (StackError, StepFailed, LookupError, OSError) as error:
        print(f"\nFailed at {step}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running.")
        return 130
    print("\nThe whole trip works.")
    return 0


def _ms(began: float) -> str:
    return f"{(time.monotonic() - began) * 1000:.0f} ms"


def _line(statement: dict[str, Any]) -> str:
    actor = statement["actor"]["account"]["name"]
    verb = next(iter(statement["verb"]["display"].values()))
    thing = statement["object"]
    names = thing.get("definition", {}).get("name", {"": thing["id"]})
    return f"{actor[:12]}  {verb}  {next(iter(names.values()))}"


if __name__ == "__main__":
    sys.exit(main())
