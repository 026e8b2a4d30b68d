"""A quotation: the words of a module that answer a need, and where they stand in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from catalogue_sync.module import Module

_TEXTS = ("text", "place", "url", "language")


@dataclass(frozen=True, slots=True)
class Quotation:
    """Whole sentences of a module's text, word for word, with white space folded.

    `place` says where they stand ("page 4", "03:20", a heading), empty where the module has no
    places; `url` opens the module there, None where it has no such address. `language` is the
    module's own BCP 47 tag, None where it does not say.
    """

    text: str
    place: str = ""
    url: str | None = None
    language: str | None = None


def quotation_to_json(quotation: Quotation) -> dict[str, object]:
    """A quotation as plain JSON values."""
    return {name: getattr(quotation, name) for name in _TEXTS}


def quotation_from_json(values: Mapping[str, object]) -> Quotation:
    """The quotation that `quotation_to_json` gave these values for.

    Raises `ValueError` when they are none.
    """
    texts = {name: values.get(name) for name in _TEXTS}
    if not all(value is None or isinstance(value, str) for value in texts.values()):
        raise ValueError(f"these are not the values of a quotation: {sorted(values)}")
    if not texts["text"]:
        raise ValueError("a quotation has words")
    return Quotation(
        text=str(texts["text"]),
        place=str(texts["place"] or ""),
        url=None if texts["url"] is None else str(texts["url"]),
        language=None if texts["language"] is None else str(texts["language"]),
    )


def quoted_address(url: str | None, module: Module) -> str | None:
    """Where a quotation opens: its own address if that is on the module's host, else the module's.

    None when the quotation has no address. Nobody is led to another site than the one that the
    module itself opens on.
    """
    if url is None or _site_of(url) == _site_of(module.open_url or ""):
        return url
    return module.open_url


def _site_of(url: str) -> tuple[str, str] | None:
    """Scheme and host with port; None for what has none.

    The whole host part counts, so that a name or a backslash before the host is another site.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return (parts.scheme, parts.netloc.lower()) if parts.netloc else None


def still_stands(quotation: Quotation, module: Module) -> bool:
    """Whether the module still says so, at an address that is still one of its places."""
    if quotation.url is not None and quotation.url not in {one.url for one in module.passages}:
        return False
    return quotation.text in " ".join(module.text.split())
