"""The people of the demonstration: one click signs in as any of them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The role a person has in every course, as LTI's context vocabulary calls it."""

    LEARNER = "Learner"
    INSTRUCTOR = "Instructor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account; `locale` is the language they chose for themselves."""

    id: int
    username: str
    given_name: str
    family_name: str
    role: Role
    locale: str
    idnumber: str
    about: str
    is_admin: bool = False

    @property
    def teaches(self) -> bool:
        """Whether they may add activities and see grades."""
        return self.role is Role.INSTRUCTOR

    @property
    def name(self) -> str:
        """Given and family name, as pages show it."""
        return f"{self.given_name} {self.family_name}"

    @property
    def email(self) -> str:
        """An address in a domain that can never exist (RFC 2606)."""
        return f"{self.username}@example.invalid"


PEOPLE = (
    Person(id=13, username="ana", given_name="Ana", family_name="Ferreira", role=Role.LEARNER,
           locale="en", idnumber="EMP-1001",
           about="Learner. Works in customer care; reads English."),
    Person(id=14, username="joost", given_name="Joost", family_name="de Wit", role=Role.LEARNER,
           locale="nl", idnumber="EMP-1002",
           about="Learner. Works in the warehouse office; has his language set to Dutch."),
    Person(id=15, username="tess", given_name="Tess", family_name="Lindqvist",
           role=Role.INSTRUCTOR, locale="en", idnumber="EMP-2001",
           about="Teacher. Looks after these three courses."),
    Person(id=17, username="mo", given_name="Mo", family_name="Haddad", role=Role.LEARNER,
           locale="en", idnumber="EMP-3001",
           about="Manager. Leads a team of six; to the LMS, a learner like any other."),
)
"""The people who are in every course."""

ADMIN = Person(id=2, username="ada", given_name="Ada", family_name="Admin",
               role=Role.INSTRUCTOR, locale="en", idnumber="", is_admin=True,
               about="Administrator of this site. Registers tools; is in no course.")

EVERYBODY = (*PEOPLE, ADMIN)


def find_person(person_id: object) -> Person | None:
    """The person with this account number, or None."""
    return next((person for person in EVERYBODY if person.id == person_id), None)
