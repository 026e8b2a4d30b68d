"""What a person is, from the roles claim (LTI 1.3, appendix A.2) and role_scope_mentor (5.4.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lti_tool.domain.launch import Role, Standing

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


def parse_standing(roles: Iterable[str], role_scope_mentor: Iterable[str] = ()) -> Standing:
    """What the two claims say of a person; see `parse_roles` for the one role that counts.

    `administers` follows the institution's and the system's roles alone: an administrator
    who teaches or learns in this course still is one. `role_scope_mentor`, the platform's
    names of those whom the person mentors, counts only beside a Mentor role in the course.
    """
    names = list(roles)
    context, institution, system = _of_each_place(names)
    mentors = role_scope_mentor if Role.MENTOR in context else ()
    return Standing(
        role=_choose(context, institution, system),
        administers=Role.ADMIN in institution or Role.ADMIN in system,
        mentors=tuple(dict.fromkeys(subject for subject in mentors if subject)),
    )


def parse_roles(claim: Iterable[str]) -> Role:
    """The one role that counts.

    A role in this course is heard before one in the institution, and that before one in
    the whole system, so a member of staff who is enrolled as a student is a learner here.
    A sub-role counts as its principal role, but a teaching assistant always as a teacher;
    a bare word is a role in the course. Who has no role that we know is a learner, and so
    is a platform's test user.

    An administrator of the course is one for us only when the institution or the system
    says so too, and else a teacher: an administrator sees what concerns the organisation,
    and some platforms (Open edX) give that role to the team of any course.
    """
    return _choose(*_of_each_place(list(claim)))


def _choose(context: set[Role], institution: set[Role], system: set[Role]) -> Role:
    role = _strongest(context)
    if role is Role.ADMIN and Role.ADMIN not in institution | system:
        return Role.TEACHER
    return role or _strongest(institution) or _strongest(system) or Role.LEARNER


def _strongest(found: set[Role]) -> Role | None:
    return next((role for role in _STRONGEST_FIRST if role in found), None)


def _of_each_place(names: list[str]) -> tuple[set[Role], set[Role], set[Role]]:
    """The roles in the context, in the institution and in the system."""
    context, institution, system = (
        {role for name in names if (role := _read(name, *place)) is not None} for place in _PLACES
    )
    return context, institution, system


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
