"""Where a module of a package file is opened: a URL pattern that the administrator gives."""

from __future__ import annotations

import re
from urllib.parse import quote

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.module import is_web_address

PLACEHOLDERS = ("identifier", "title", "href")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class OpenWith:
    """A URL pattern such as `https://lms.example/item/{identifier}`.

    `{identifier}` is the module's identifier in its package, `{title}` its title, `{href}` the
    path of its file; each is percent-encoded, `{href}` keeping its slashes. A pattern that uses
    `{href}` gives no address to a module without a file.

    Raises `InvalidSettings` for a pattern that is no http(s) URL or has another placeholder.
    """

    def __init__(self, pattern: str) -> None:
        for name in _PLACEHOLDER.findall(pattern):
            if name not in PLACEHOLDERS:
                raise InvalidSettings(
                    f"open_with has {{{name}}}; what it can have is {{identifier}}, {{title}} "
                    "and {href}"
                )
        if not is_web_address(_PLACEHOLDER.sub("x", pattern)):
            raise InvalidSettings("open_with must begin with http:// or https:// and a host")
        self._pattern = pattern

    def url(self, *, identifier: str, title: str, href: str) -> str | None:
        """The address of one module, None when the pattern needs a file and there is none."""
        if not href and "{href}" in self._pattern:
            return None
        values = {
            "identifier": quote(identifier, safe=""),
            "title": quote(title, safe=""),
            "href": quote(href, safe="/"),
        }
        return _PLACEHOLDER.sub(lambda match: values[match[1]], self._pattern)
