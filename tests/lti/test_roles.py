"""Which role counts, case by case."""

from __future__ import annotations

import pytest

from lti_tool.domain.launch import Role
from lti_tool.lti.roles import parse_roles

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
CONTEXT = LIS + "membership#"
INSTITUTION = LIS + "institution/person#"
SYSTEM = LIS + "system/person#"


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ([], Role.LEARNER),
        ([""], Role.LEARNER),
        ([CONTEXT + "Learner"], Role.LEARNER),
        ([CONTEXT + "Instructor"], Role.TEACHER),
        ([CONTEXT + "ContentDeveloper"], Role.TEACHER),
        # The team of one course (Open edX's word for it) does not administer the institution.
        ([CONTEXT + "Administrator"], Role.TEACHER),
        ([CONTEXT + "Administrator", CONTEXT + "Instructor", SYSTEM + "None"], Role.TEACHER),
        ([CONTEXT + "Administrator", INSTITUTION + "Administrator"], Role.ADMIN),
        ([CONTEXT + "Administrator", SYSTEM + "SysAdmin"], Role.ADMIN),
        ([CONTEXT + "Mentor"], Role.MENTOR),
        ([CONTEXT + "Manager"], Role.LEARNER),
        (["Learner"], Role.LEARNER),
        (["Instructor"], Role.TEACHER),
        (["TeachingAssistant"], Role.TEACHER),
        (["Administrator"], Role.TEACHER),
        (["Mentor"], Role.MENTOR),
        (["Instructor#PrimaryInstructor"], Role.TEACHER),
        ([LIS + "membership/Instructor#PrimaryInstructor"], Role.TEACHER),
        ([LIS + "membership/Instructor#TeachingAssistant"], Role.TEACHER),
        ([LIS + "membership/Learner#NonCreditLearner"], Role.LEARNER),
        ([LIS + "membership/Learner#Instructor"], Role.LEARNER),
        ([LIS + "membership/Mentor#Reviewer"], Role.MENTOR),
        ([CONTEXT + "Learner", CONTEXT + "Instructor"], Role.TEACHER),
        ([CONTEXT + "Learner", CONTEXT + "Mentor"], Role.MENTOR),
        # A member of staff who is enrolled as a student is a learner here.
        ([INSTITUTION + "Administrator", CONTEXT + "Learner"], Role.LEARNER),
        ([INSTITUTION + "Instructor", SYSTEM + "User", CONTEXT + "Learner"], Role.LEARNER),
        # An administrator who teaches this course is a teacher here.
        ([SYSTEM + "Administrator", CONTEXT + "Instructor"], Role.TEACHER),
        # A Canvas teaching assistant and a Canvas account admin are no learners only.
        (
            [
                LIS + "membership/Instructor#TeachingAssistant",
                CONTEXT + "Instructor",
                INSTITUTION + "Student",
                SYSTEM + "User",
            ],
            Role.TEACHER,
        ),
        ([INSTITUTION + "Administrator", SYSTEM + "User"], Role.ADMIN),
        ([INSTITUTION + "Instructor"], Role.TEACHER),
        ([INSTITUTION + "Faculty"], Role.TEACHER),
        ([INSTITUTION + "Student"], Role.LEARNER),
        ([INSTITUTION + "Mentor"], Role.MENTOR),
        ([INSTITUTION + "Guest"], Role.LEARNER),
        ([INSTITUTION + "Student", SYSTEM + "SysAdmin"], Role.LEARNER),
        ([SYSTEM + "Administrator"], Role.ADMIN),
        ([SYSTEM + "SysAdmin"], Role.ADMIN),
        ([SYSTEM + "AccountAdmin"], Role.ADMIN),
        ([SYSTEM + "User"], Role.LEARNER),
        (["https://example.org/roles#Instructor"], Role.LEARNER),
        (["https://evil.example.org/" + CONTEXT + "Administrator"], Role.LEARNER),
        ([LIS + "membershipx#Administrator"], Role.LEARNER),
        ([LIS + "membership"], Role.LEARNER),
        (["administrator"], Role.LEARNER),
        (["#", "/", "membership#"], Role.LEARNER),
    ],
)
def test_role_that_counts(roles: list[str], expected: Role) -> None:
    assert parse_roles(roles) is expected
    assert parse_roles(reversed(roles)) is expected
