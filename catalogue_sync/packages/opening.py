"""Where a module of a package file is opened: a URL pattern that the administrator gives."""

from __future__ import annotations

import re
from urllib.parse import quote

from catalogue_sync.errors import InvalidSettings
from catalogue_sync.module import LONGEST, is_web_address

PLACEHOLDERS = ("identifier", "title", "href", "kind")
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")


class OpenWith:
    """A URL pattern such as `https://lms.example/item/{identifier}`.

    `{identifier}` is the module's identifier in its package, `{title}` its title, `{href}` the
    path of its file, `{kind}` what the LMS calls its kind of activity (in a Moodle backup); each
    is percent-encoded, `{href}` keeping its slashes. A pattern that uses `{href}` gives no
    address to a module without a file, one with `{kind}` none where no kind is told.

    Raises `InvalidSettings` for a pattern that is no http(s) URL or has another placeholder.
    """

    def __init__(self, pattern: str) -> None:
        for name in _PLACEHOLDER.findall(pattern):
            if name not in PLACEHOLDERS:
                raise InvalidSettings(
                    f"open_with has {{{name}}}; what it can have is {{identifier}}, {{title}}, "
                    "{href} and {kind}"
                )
        if not is_web_address(_PLACEHOLDER.sub("x", pattern)):
            raise InvalidSettings("open_with must begin with http:// or https:// and a host")
        self.pattern = pattern

    def url(self, *, identifier: str, title: str, href: str, kind: str = "") -> str | None:
        """The address of one module, None when the pattern needs a file or kind that is not there.

        None too for an address that would be too long to be one.
        """
        if (not href and "{href}" in self.pattern) or (not kind and "{kind}" in self.pattern):
            return None
        values = {
            "identifier": quote(identifier, safe=""),
            "title": quote(title, safe=""),
            "href": quote(href, safe="/"),
            "kind": quote(kind, safe=""),
        }
        made = _PLACEHOLDER.sub(lambda match: values[match[1]], self.pattern)
        return made if len(made) <= LONGEST["open_url"] else None
