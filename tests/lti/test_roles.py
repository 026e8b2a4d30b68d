"""Which role counts, case by case."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lti_tool.domain.launch import Role, Standing
from lti_tool.lti import claims
from lti_tool.lti.roles import parse_roles, parse_standing

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
CONTEXT = LIS + "membership#"
INSTITUTION = LIS + "institution/person#"
SYSTEM = LIS + "system/person#"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"


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
        # Canvas's student view, and Blackboard's student preview (LTI 1.3, A.2.4).
        ([CONTEXT + "Learner", TEST_USER], Role.LEARNER),
        ([TEST_USER], Role.LEARNER),
        # Who only looks on has no role in the course; a Canvas observer comes as a mentor.
        ([INSTITUTION + "Observer"], Role.LEARNER),
        ([LIS + "membership/Manager#Observer"], Role.LEARNER),
        ([CONTEXT + "Mentor", INSTITUTION + "Observer", SYSTEM + "User"], Role.MENTOR),
        # An older Canvas wrote the principal role in lower case.
        ([LIS + "membership/instructor#TeachingAssistant"], Role.TEACHER),
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
    assert parse_standing(roles).role is expected


@pytest.mark.parametrize(
    ("roles", "mentors", "expected"),
    [
        ([], [], Standing(role=Role.LEARNER)),
        # A Moodle administrator, as Moodle sends them.
        (
            [INSTITUTION + "Administrator", CONTEXT + "Instructor", SYSTEM + "Administrator"],
            [],
            Standing(role=Role.TEACHER, administers=True),
        ),
        # A Canvas account administrator without a role in the course.
        (
            [INSTITUTION + "Administrator", SYSTEM + "User"],
            [],
            Standing(role=Role.ADMIN, administers=True),
        ),
        (
            [SYSTEM + "SysAdmin", CONTEXT + "Learner"],
            [],
            Standing(role=Role.LEARNER, administers=True),
        ),
        ([SYSTEM + "AccountAdmin"], [], Standing(role=Role.ADMIN, administers=True)),
        # The team of one course administers no more than that.
        ([CONTEXT + "Administrator"], [], Standing(role=Role.TEACHER)),
        (["Administrator"], [], Standing(role=Role.TEACHER)),
        ([SYSTEM + "SysSupport", INSTITUTION + "Staff"], [], Standing(role=Role.LEARNER)),
        ([CONTEXT + "Mentor"], ["5", "7"], Standing(role=Role.MENTOR, mentors=("5", "7"))),
        (["Mentor"], ["5", "5", ""], Standing(role=Role.MENTOR, mentors=("5",))),
        ([CONTEXT + "Mentor"], [], Standing(role=Role.MENTOR)),
        ([CONTEXT + "Learner", "Mentor"], ["5"], Standing(role=Role.MENTOR, mentors=("5",))),
        # Who teaches and mentors here is both.
        ([CONTEXT + "Instructor", "Mentor"], ["5"], Standing(role=Role.TEACHER, mentors=("5",))),
        # The claim alone makes nobody a mentor, nor does a role elsewhere.
        ([CONTEXT + "Learner"], ["5"], Standing(role=Role.LEARNER)),
        ([CONTEXT + "Instructor"], ["5"], Standing(role=Role.TEACHER)),
        ([INSTITUTION + "Mentor"], ["5"], Standing(role=Role.MENTOR)),
    ],
)
def test_standing(roles: list[str], mentors: list[str], expected: Standing) -> None:
    assert parse_standing(roles, mentors) == expected
    assert parse_standing(reversed(roles), mentors) == expected


def test_standing_of_everybody_who_came_from_a_real_moodle(shared: Path) -> None:
    expected = {
        "Learner": Standing(role=Role.LEARNER),
        "Instructor": Standing(role=Role.TEACHER),
        "Administrator+Administrator+Instructor": Standing(role=Role.TEACHER, administers=True),
    }
    found = sorted((shared / "captures" / "moodle-4.5" / "lti").glob("*_launch_*.json"))
    assert len(found) > 10
    for path in found:
        body = json.loads(path.read_text("utf-8"))["payload"]
        assert parse_standing(body[claims.ROLES]) == expected[path.stem.split("_")[-1]], path.name
