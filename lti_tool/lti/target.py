"""Whether a target_link_uri is ours."""

from __future__ import annotations

from urllib.parse import urlsplit

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
        f"The LMS wants to open {target[:200]!r}, which is not a page of {config.public_url}.",
        mend="Give the tool's address in the LMS and NEEDLE_PUBLIC_URL the same scheme, host "
        "and port; behind a proxy, NEEDLE_PUBLIC_URL is what the learner's browser sees.",
        code="target-foreign",
    )
