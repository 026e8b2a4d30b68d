"""The certification's public cases, and the table that docs/conformance.md shows of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

DOCUMENT = Path(__file__).parents[3] / "docs" / "conformance.md"

_HEAD = """# Conformance

Each public case of the LTI Advantage certification is one test in
`tests/acceptance/certification/`. It meets Needle over HTTP, as a platform and a browser do:
login, the platform's answer, and what comes back. `make conformance` runs them and writes this
page; `make test` fails when a run says anything else than what stands here.

The weak points of LTI libraries, beyond the certification, are in `tests/lti/weak_points/`:
each of those tests shows plain pylti1p3 2.0.0 failing it and Needle holding. The codes are
explained in [errors.md](errors.md).
"""
_GROUPS = {
    "Refused": "The platform sends a launch that must not be accepted.",
    "Accepted": "The platform sends a good launch; the page is the answer.",
    "Deep linking": "A teacher places a link, and it is launched (deep linking 2.0).",
    "Names and roles": "Needle asks who is in the course (NRPS 2.0).",
    "Assignments and grades": "Needle asks for line items and sends scores (AGS 2.0).",
}

Test = TypeVar("Test", bound=Callable[..., None])


@dataclass(frozen=True, slots=True)
class Case:
    """A case as the table names it; `title` may name the test's parameters in braces."""

    group: str
    title: str
    sent: str


@dataclass(frozen=True, slots=True)
class Row:
    """A case that has run, and what Needle answered."""

    case: Case
    answer: str


RUN: dict[tuple[str, str], Row] = {}
"""What ran in this process."""


def case(group: str, title: str, sent: str) -> Callable[[Test], Test]:
    """Mark a test as the one of that case."""
    assert group in _GROUPS

    def mark(test: Test) -> Test:
        test.case = Case(group, title, sent)  # type: ignore[attr-defined]
        return test

    return mark


def filled(marked: Case, params: dict[str, object]) -> Case:
    """The case of one run of a test that has parameters."""
    words = {name: str(value) for name, value in params.items()}
    return Case(marked.group, marked.title.format(**words), marked.sent.format(**words))


def render(rows: Iterable[Row]) -> str:
    """The document for these rows."""
    parts = [_HEAD]
    kept = list(rows)
    for group, says in _GROUPS.items():
        lines = [
            f"| {row.case.title} | {row.case.sent} | {row.answer} |"
            for row in kept
            if row.case.group == group
        ]
        if lines:
            head = "| Case | What is sent | What Needle answers |\n|---|---|---|"
            parts.append("\n".join([f"## {group}\n\n{says}\n\n{head}", *lines]) + "\n")
    return "\n".join(parts)
