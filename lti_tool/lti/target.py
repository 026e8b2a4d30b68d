"""Whether a target_link_uri is ours, and which placed link it names."""

from __future__ import annotations

import uuid
from urllib.parse import parse_qsl, urlsplit

from lti_tool.config import Config
from lti_tool.errors import LaunchRefused
from lti_tool.lti.registration import is_safe, origin_of


def check_target(config: Config, target: str) -> None:
    """Raise `LaunchRefused` (`target-foreign`) unless `target` is a page under the public URL.

    It may carry a query string: a placed link's parameters come in it.
    """
    base = urlsplit(config.public_url).path.rstrip("/") + "/"
    ours = is_safe(target) and origin_of(target) == origin_of(config.public_url)
    path = urlsplit(target).path if ours else ""
    if ours and (path + "/").startswith(base) and ".." not in path.split("/"):
        return
    raise LaunchRefused(
        f"The LMS wants to open {_show(target)!r}, which is not a page of {config.public_url}.",
        mend="Give the tool's address in the LMS and NEEDLE_PUBLIC_URL the same scheme, host "
        "and port; behind a proxy, NEEDLE_PUBLIC_URL is what the learner's browser sees.",
        code="target-foreign",
    )


def is_same_page(signed: str, named: str) -> bool:
    """Whether the page that the LMS signed for is the one that its login named.

    What follows a question mark is the signed message's to say, and so is a placed link:
    some LMSs (Open edX) name only the tool's own address in the login, which nobody signs.
    """
    same = signed.partition("?")[0] == named.partition("?")[0]
    return same or read_placement(signed) is not None


def read_placement(target: str) -> uuid.UUID | None:
    """The placement that a link of ours names (`?placed=<uuid>`).

    None for any other link: what stands there may have been typed by a teacher.
    """
    for name, value in parse_qsl(urlsplit(target).query):
        if name == "placed":
            try:
                return uuid.UUID(value)
            except ValueError:
                return None
    return None


def _show(target: str) -> str:
    """What may stand in a message: not a query or credentials, meant for nobody else."""
    scheme, mark, rest = target.partition("?")[0].partition("#")[0].partition("://")
    host, slash, path = rest.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"[:200]
