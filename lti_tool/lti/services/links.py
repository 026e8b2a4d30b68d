"""Addresses of services: next pages (RFC 8288), paths and parameters, each letter kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import urlencode, urljoin

from lti_tool.lti.exchange import Answer

_MOST_LETTERS = 8192
_LINK = re.compile(r'<([^<>]*)>((?:[^,<>"]|"[^"<>]*")*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]+))', re.IGNORECASE)


def find_next(answer: Answer, url: str) -> str | None:
    """The address of the page after this one, exactly as the platform wrote it, or None.

    A relative one is made whole with `url`. An overlong header counts as none.
    """
    header = answer.headers.get("link", "")
    if len(header) > _MOST_LETTERS:
        return None
    for target, parameters in _LINK.findall(header):
        for quoted, bare in _RELATION.findall(parameters):
            if "next" in (quoted or bare).lower().split():
                return _join(url, target.strip())
    return None


def _join(url: str, target: str) -> str:
    """`urljoin` for what is relative: it would write a whole address in its own way."""
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:", target):
        return target
    try:
        return urljoin(url, target)
    except ValueError:
        return target


def add_parameters(url: str, parameters: Mapping[str, str | None]) -> str:
    """`url` with these after those it has; None adds none."""
    told = urlencode({name: value for name, value in parameters.items() if value is not None})
    if not told:
        return url
    whole, hash_sign, fragment = url.partition("#")
    mark = "?" if "?" not in whole else "" if whole.endswith(("?", "&")) else "&"
    return whole + mark + told + hash_sign + fragment


def add_path(url: str, name: str) -> str:
    """`url` with `/name` at the end of its path, before its query (AGS 2.0, 3.3.1).

    `https://lms/lineitem?type_id=1` and `scores` give `https://lms/lineitem/scores?type_id=1`.
    """
    path, mark, query = url.partition("?")
    return path.rstrip("/") + "/" + name + mark + query
