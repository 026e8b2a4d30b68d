"""Where a module of a package starts: a file of the package, or an address of its own."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from urllib.parse import quote, unquote, urljoin, urlsplit

from catalogue_sync.module import LONGEST, is_web_address
from catalogue_sync.packages.opening import OpenWith

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BLANK = re.compile(r"\s")
_AFTER_PATH = re.compile(r"[?#]")


@dataclass(frozen=True, slots=True)
class Launch:
    """Where a module starts.

    `file` is the path in the package, `url` an address outside it; `query` is what follows
    the file (`?page=2`, `#end`). With a `problem` it can be opened nowhere.
    """

    file: str = ""
    url: str | None = None
    query: str = ""
    problem: str = ""


def launch_of(reference: str, *, base: str = "", parameters: str = "") -> Launch:
    """What a manifest's reference leads to, with `xml:base` before and parameters behind it."""
    reference = reference.strip()
    if not reference:
        return Launch(problem="it names nothing to launch")
    if _SCHEME.match(base) and not _SCHEME.match(reference):
        try:
            reference = urljoin(base, reference)
        except ValueError:
            return Launch(problem=f"its base {base[:200]!r} is no address")
    if _SCHEME.match(reference) or reference.startswith("//"):
        return _outside(_with_parameters(reference, parameters))
    whole = _with_parameters(reference, parameters)
    cut = _AFTER_PATH.search(whole)
    path, query = (whole[: cut.start()], whole[cut.start() :]) if cut else (whole, "")
    # Backslashes are what authoring tools for Windows write.
    joined = posixpath.join(unquote(base), unquote(path)).replace("\\", "/").lstrip("/")
    file = posixpath.normpath(joined) if joined else ""
    if not file or file in (".", "..") or file.startswith("../"):
        return Launch(problem=f"{reference[:200]!r} is no file of the package")
    return Launch(file=file, query=_BLANK.sub("%20", query))


def in_package(launch: Launch, names: Container[str]) -> Launch:
    """The same for a package whose files are known: with a problem where the file is not there."""
    if not launch.file or launch.file in names:
        return launch
    raw = quote(launch.file)
    if raw in names:
        return replace(launch, file=raw)
    return replace(launch, problem=f"the package has no file {launch.file[:200]!r}")


def address_of(
    launch: Launch, open_with: OpenWith | None, *, identifier: str, title: str
) -> str | None:
    """The address that opens a module: by the pattern, else its own; None where there is none.

    The pattern comes first: a package's content reports to the LMS that launches it.
    """
    if launch.problem:
        return None
    made = None
    if open_with is not None:
        made = open_with.url(identifier=identifier, title=title, href=launch.file)
    if made is None:
        return launch.url
    # A pattern that ends with the file opens the content itself, which needs its parameters.
    return made + launch.query if launch.file and made.endswith(quote(launch.file)) else made


def launched_twice(launches: Iterable[Launch]) -> frozenset[str]:
    """Files that several modules launch: what one of them is about is not in the file."""
    counted = Counter(launch.file for launch in launches if launch.file)
    return frozenset(file for file, count in counted.items() if count > 1)


def _outside(reference: str) -> Launch:
    shown = f"{reference[:200]!r}"
    try:
        parts = urlsplit(reference)
    except ValueError:
        return Launch(problem=f"{shown} is no address")
    if parts.scheme.lower() not in ("http", "https"):
        return Launch(problem=f"{shown} is no address of a web page")
    if _BLANK.search(parts.netloc) or len(reference) > LONGEST["open_url"]:
        return Launch(problem=f"{shown} is no address of a web page")
    url = _BLANK.sub("%20", parts.scheme.lower() + reference[len(parts.scheme) :])
    if not is_web_address(url):
        return Launch(problem=f"{shown} is no address of a web page")
    return Launch(url=url)


def _with_parameters(reference: str, parameters: str) -> str:
    """`reference` followed by an item's parameters (SCORM 2004 CAM, 3.4.1.4)."""
    given = parameters.strip().lstrip("?&")
    if not given:
        return reference
    before, mark, fragment = reference.partition("#")
    if given.startswith("#"):
        return reference if mark else reference + given
    return f"{before}{'&' if '?' in before else '?'}{given}{mark}{fragment}"
