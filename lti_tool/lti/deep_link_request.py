"""A deep linking request: what the platform asks to be given (deep linking 2.0, 4.4.1)."""

from __future__ import annotations

from collections.abc import Mapping

from lti_tool.domain.launch import DeepLinking
from lti_tool.errors import LaunchRefused
from lti_tool.lti import claims
from lti_tool.lti.registration import is_safe
from lti_tool.lti.typed_claims import (
    LONGEST_URL,
    flag,
    malformed,
    members,
    missing,
    title,
    words_of,
)

LONGEST_DATA = 64 * 1024
"""Characters of the platform's own data, which goes back with the answer."""

LINK = "ltiResourceLink"


def read_deep_linking(body: Mapping[str, object]) -> DeepLinking:
    """What a deep linking request asks for.

    Raises `LaunchRefused`: `deep-linking-type` when it takes no link to the tool, and those
    of `typed_claims`, naming the member of the settings.
    """
    settings = members(body, claims.DEEP_LINKING_SETTINGS)
    if settings is None:
        raise missing(claims.DEEP_LINKING_SETTINGS)
    types = words_of(settings, "accept_types")
    if types is None:
        raise missing("accept_types")
    if LINK not in types:
        raise LaunchRefused(
            "Here the LMS takes other things than links to a tool.",
            mend=f"Add Needle where the LMS takes a link ({LINK}), such as an activity of a "
            "course; not as a file, a picture or a piece of text.",
            code="deep-linking-type",
        )
    return DeepLinking(
        return_url=_read_return_url(settings),
        data=_read_data(settings),
        accept_types=tuple(dict.fromkeys(types)),
        accept_multiple=flag(settings, "accept_multiple", default=False),
        accept_line_item=flag(settings, "accept_lineitem", default=True),
        title=title(settings, "title"),
        text=title(settings, "text"),
    )


def _read_return_url(settings: Mapping[str, object]) -> str:
    url = settings.get("deep_link_return_url")
    if url is None or url == "":
        raise missing("deep_link_return_url")
    if not isinstance(url, str) or len(url) > LONGEST_URL or not is_safe(url):
        raise malformed("deep_link_return_url", "an https address")
    return url


def _read_data(settings: Mapping[str, object]) -> str | None:
    data = settings.get("data")
    if data is not None and (not isinstance(data, str) or len(data) > LONGEST_DATA):
        raise malformed("data", f"text of at most {LONGEST_DATA} characters")
    return data
