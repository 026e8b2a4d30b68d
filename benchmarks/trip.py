"""How long the tool takes for each step of a trip, beside the cheapest page of the same server.

`python benchmarks/trip.py [--quick]` starts the LMS, the LRS and Needle on this machine,
makes trips one after the other, and adds up the time of the requests that Needle answers.
The baseline is one of its static files, fetched in the same run over the same connection.
Last comes one line of JSON with the ratios of the medians to that baseline.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from urllib.parse import urlsplit

import requests

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from examples.stack import Ports, Stack
from examples.tour import ask, launch, openings, sign_in
from examples.visitor import Visitor


class TimedVisitor(Visitor):
    """Notes how long each request to the tool takes, in seconds, by what it asks for."""

    def __init__(self, tool_url: str) -> None:
        super().__init__()
        self.tool_url = tool_url
        self.seconds: dict[str, list[float]] = defaultdict(list)
        self.step = ""

    def _request(self, method: str, url: str, **sent: dict[str, str]) -> requests.Response:
        began = time.perf_counter()
        response = super()._request(method, url, **sent)
        if url.startswith(self.tool_url):
            self.seconds[self.step].append(time.perf_counter() - began)
        return response


def measure(stack: Stack, trips: int) -> dict[str, list[float]]:
    """Seconds of the tool for each step, one value a trip."""
    steps: dict[str, list[float]] = defaultdict(list)
    for _ in range(trips):
        with TimedVisitor(stack.tool_url) as visitor:
            sign_in(visitor, stack.lms_url)
            visitor.step = "launch"
            page = launch(visitor, stack.lms_url)
            static = stack.tool_url + urlsplit(_style(page.body)).path
            visitor.step = "need"
            page = ask(visitor)
            visitor.step = "open"
            visitor.redirect_of(openings(page)[0])
            visitor.step = "baseline"
            visitor.redirect_of(static)
            for step, seconds in visitor.seconds.items():
                steps[step].append(sum(seconds))
            steps["launch to opened"].append(
                sum(sum(visitor.seconds[step]) for step in ("launch", "need", "open"))
            )
    return steps


def _style(body: str) -> str:
    return body.partition('rel="stylesheet" href="')[2].partition('"')[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="fewer trips, under 50 seconds")
    trips = 20 if parser.parse_args().quick else 200
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), Ports.free()) as stack:
        measure(stack, 2)
        steps = measure(stack, trips)
    base = statistics.median(steps["baseline"])
    print(f"{trips} trips; milliseconds of the tool, requests of a step added up")
    print(f"{'step':<18}{'median':>8}{'p95':>8}{'over baseline':>15}")
    for step in ("baseline", "launch", "need", "open", "launch to opened"):
        seconds = sorted(steps[step])
        p95 = seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))]
        middle = statistics.median(seconds)
        print(f"{step:<18}{middle * 1000:>8.1f}{p95 * 1000:>8.1f}{middle / base:>15.1f}")
    ratios = {}
    for step in ("launch", "need", "open", "launch to opened"):
        name = f"{step.replace(' ', '_')}_over_static_file"
        ratios[name] = round(statistics.median(steps[step]) / base, 1)
    print(json.dumps(ratios))


if __name__ == "__main__":
    main()
