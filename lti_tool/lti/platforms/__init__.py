"""What each kind of platform does otherwise, one file a kind."""

from __future__ import annotations

from lti_tool.lti.platforms import blackboard, brightspace, canvas, moodle, openedx, sakai
from lti_tool.lti.platforms.profile import Profile

__all__ = ["PROFILES", "Profile", "profile_of"]

PROFILES: tuple[Profile, ...] = (
    moodle.PROFILE,
    canvas.PROFILE,
    openedx.PROFILE,
    blackboard.PROFILE,
    brightspace.PROFILE,
    sakai.PROFILE,
)

_OTHER = Profile()
_OTHER_NAMES = {
    "brightspace": "desire2learn",
    "d2l": "desire2learn",
    "blackboard": "blackboardlearn",
    "edx": "openedx",
}


def profile_of(family: str, issuer: str = "") -> Profile:
    """The profile of a platform by its product_family_code, else by its issuer.

    A platform that nothing is known of has the defaults.
    """
    code = "".join(letter for letter in family.lower() if letter.isalnum())
    code = _OTHER_NAMES.get(code, code)
    for profile in PROFILES:
        if (code and code == profile.family) or (not code and profile.is_issuer(issuer)):
            return profile
    return _OTHER
