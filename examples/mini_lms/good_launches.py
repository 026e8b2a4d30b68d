"""Launches that a tool must accept, as teacher and as student: the certification's cases."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from examples.mini_lms.making import MEMBERSHIP, Making, TryLaunch, named

PERSON = ("name", "given_name", "family_name", "middle_name", "email", "picture", "locale",
          named("lis"), named("ext"))
"""The claims that tell who somebody is, besides `sub`."""

UNKNOWN_ROLE = "http://purl.imsglobal.org/vocab/lis/v2/unknown/unknown#Helper"

ONLY_LINK = (named("context"), named("launch_presentation"), named("tool_platform"),
             named("custom"), "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint",
             "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice", *PERSON)
"""The claims that a launch with hardly more than a resource link goes without."""


def _case(
    title: str,
    why: str,
    roles: list[str],
    *,
    without: tuple[str, ...] = (),
    keep: tuple[str, ...] = (),
) -> TryLaunch:
    """A launch with these roles, without some claims but for those to keep."""
    gone = set(without) - set(keep)

    def make(launch: Making) -> str:
        claims = {name: value for name, value in launch.claims.items() if name not in gone}
        return launch.key.sign({**claims, named("roles"): roles})

    return TryLaunch(title=title, why=why, make=make, accepts=True)


def _cases(who: str, short: str) -> Iterator[tuple[str, TryLaunch]]:
    role = MEMBERSHIP + short
    several = [role, MEMBERSHIP + ("Learner" if short == "Instructor" else "Mentor"),
               "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Staff"]
    yield "plain", _case(f"A {who}", "Nothing is special about it.", [role])
    yield "several-roles", _case(f"A {who} with several roles", "People have several.", several)
    yield "short-role", _case(f"A {who} by a short role", "Context roles may be short.", [short])
    yield "unknown-role", _case(f"A {who} with an unknown role", "Unknown roles are passed by.",
                                [UNKNOWN_ROLE])
    yield "empty-role", _case(f"A {who} with an empty role", "It says nothing, and harms nothing.",
                              [""])
    yield "no-role", _case(f"A {who} without a role", "The list of roles may be empty.", [])
    yield "email-only", _case(f"A {who} with an e-mail address only", "Names may be withheld.",
                              [role], without=PERSON, keep=("email",))
    yield "names-only", _case(f"A {who} with names only", "The address may be withheld.",
                              [role], without=PERSON, keep=("name", "given_name", "family_name"))
    yield "no-personal-data", _case(f"A {who} without personal data", "sub is enough.", [role],
                                    without=PERSON)


GOOD_LAUNCHES: Mapping[str, TryLaunch] = {
    f"{who}-{name}": case
    for who, short in (("teacher", "Instructor"), ("student", "Learner"))
    for name, case in _cases(who, short)
} | {
    "teacher-no-context": _case("A teacher without a context", "The context is optional.",
                                [MEMBERSHIP + "Instructor"], without=(named("context"),)),
    "student-only-link": _case("A student with only a resource link", "All the rest is optional.",
                               [MEMBERSHIP + "Learner"], without=ONLY_LINK),
}
"""Every launch that must be accepted, by a short name that stays."""
