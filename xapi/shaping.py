"""What shapes are made of: checks of one value, put together to checks of objects and lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

Check = Callable[[object], None]
"""Raises `Fault` unless the value is right."""


class Fault(Exception):
    """Something in a statement is wrong: what, and the steps that lead to it, last one first."""

    def __init__(self, what: str, *steps: str | int) -> None:
        super().__init__(what)
        self.what = what
        self.steps: list[str | int] = list(steps)


@dataclass(frozen=True, slots=True)
class Shape:
    """An object with these keys and no others, some of which it needs."""

    keys: Mapping[str, Check]
    needs: tuple[str, ...] = ()

    def __call__(self, value: object) -> None:
        for key, inner in members(value).items():
            check = self.keys.get(key)
            if check is None:
                raise Fault("xAPI knows no such key here; leave it out", key)
            if inner is None:
                raise Fault("null is not allowed; leave the key out", key)
            try:
                check(inner)
            except Fault as fault:
                fault.steps.append(key)
                raise
        for key in self.needs:
            if key not in value:  # type: ignore[operator]
                raise Fault("is missing; add it", key)


def members(value: object) -> Mapping[str, object]:
    """A value that must be an object."""
    if not isinstance(value, dict):
        raise Fault("must be an object")
    return value


def list_of(check: Check, least: int = 0) -> Check:
    """The check of a list with so many members at least, each of which `check` checks."""

    def check_list(value: object) -> None:
        if not isinstance(value, list):
            raise Fault("must be a list")
        if len(value) < least:
            raise Fault("must not be an empty list; leave the key out")
        for index, inner in enumerate(value):
            try:
                check(inner)
            except Fault as fault:
                fault.steps.append(index)
                raise

    return check_list


def text_that(fits: Callable[[str], object], what: str) -> Check:
    """The check of a text for which `fits` holds; `what` it must be, in words."""

    def check_text(value: object) -> None:
        if not isinstance(value, str) or not fits(value):
            raise Fault(f"must be {what}")

    return check_text


def only(value: str) -> Check:
    """The check of one fixed text."""
    return text_that(value.__eq__, value)
