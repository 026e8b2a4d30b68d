"""What a person is in the course, from the roles claim (LTI 1.3, appendix A.2)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lti_tool.domain.launch import Role

_VOCABULARY = "http://purl.imsglobal.org/vocab/lis/v2/"

# Which of several roles in one place counts: the one that may do the most.
_STRONGEST_FIRST = (Role.ADMIN, Role.TEACHER, Role.MENTOR, Role.LEARNER)

_CONTEXT: Mapping[str, Role] = {
    "Administrator": Role.ADMIN,
    "Instructor": Role.TEACHER,
    "ContentDeveloper": Role.TEACHER,
    "TeachingAssistant": Role.TEACHER,
    "Mentor": Role.MENTOR,
    "Learner": Role.LEARNER,
    "Student": Role.LEARNER,
    "Manager": Role.LEARNER,
    "Member": Role.LEARNER,
    "Officer": Role.LEARNER,
}
_INSTITUTION: Mapping[str, Role] = {
    "Administrator": Role.ADMIN,
    "Faculty": Role.TEACHER,
    "Instructor": Role.TEACHER,
    "Mentor": Role.MENTOR,
    "Learner": Role.LEARNER,
    "Student": Role.LEARNER,
}
_SYSTEM: Mapping[str, Role] = {
    "Administrator": Role.ADMIN,
    "SysAdmin": Role.ADMIN,
    "AccountAdmin": Role.ADMIN,
}
_PLACES = (
    (_VOCABULARY + "membership", _CONTEXT),
    (_VOCABULARY + "institution/person", _INSTITUTION),
    (_VOCABULARY + "system/person", _SYSTEM),
)


def parse_roles(claim: Iterable[str]) -> Role:
    """The one role that counts.

    A role in this course is heard before one in the institution, and that before one in
    the whole system, so a member of staff who is enrolled as a student is a learner here.
    A sub-role counts as its principal role, but a teaching assistant always as a teacher;
    a bare word is a role in the course. Who has no role that we know is a learner.

    An administrator of the course is one for us only when the institution or the system
    says so too, and else a teacher: an administrator sees what concerns the organisation,
    and some platforms (Open edX) give that role to the team of any course.
    """
    names = list(claim)
    context, institution, system = (_strongest(names, *place) for place in _PLACES)
    if context is Role.ADMIN and Role.ADMIN not in (institution, system):
        return Role.TEACHER
    return context or institution or system or Role.LEARNER


def _strongest(names: Iterable[str], prefix: str, known: Mapping[str, Role]) -> Role | None:
    """The strongest role that `names` give in one place, or None."""
    found = {_read(name, prefix, known) for name in names}
    return next((role for role in _STRONGEST_FIRST if role in found), None)


def _read(name: str, prefix: str, known: Mapping[str, Role]) -> Role | None:
    """The role that `name` gives in the place of `prefix`, or None."""
    if ":" not in name and known is _CONTEXT:
        name = f"{prefix}#{name}"
    if not name.startswith(prefix):
        return None
    parts = name.removeprefix(prefix).replace("/", "#").split("#")
    if len(parts) < 2 or parts[0]:
        return None
    if parts[-1] == "TeachingAssistant" and known is _CONTEXT:
        return Role.TEACHER
    return known.get(parts[1])
