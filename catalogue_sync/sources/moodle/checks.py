"""What an administrator of a Moodle has to mend before a sync gives all it could."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from catalogue_sync.errors import InvalidSettings, RequestRefused
from catalogue_sync.sources.answer import Answer, as_number, mappings
from catalogue_sync.sources.moodle import enrolment as moodle_enrolment
from catalogue_sync.sources.moodle.activities import DETAIL_FUNCTIONS
from catalogue_sync.sources.moodle.competencies import OF_ACTIVITY, OF_COURSE, Competencies
from catalogue_sync.sources.moodle.course import Activity, Course
from catalogue_sync.sources.moodle.findings import Findings
from catalogue_sync.sources.moodle.pages import PageReader
from catalogue_sync.sources.moodle.reading import NO_COURSES, Choices
from catalogue_sync.sources.moodle.service import MoodleService, site_address
from catalogue_sync.sources.moodle.site import Site, course_answers, read_site

ADVISED = ("page", "book", "url", "quiz", "scorm", "resource", "h5pactivity", "lesson")
"""The kinds of activity whose details are asked for before any course is looked at."""

COURSES_LOOKED_AT = 20
"""The courses whose pages are compared with their details."""

PEOPLE_ASKED_ABOUT = 3

# Kinds that a role has to be given: unlike pages, links and files, Moodle does not let everybody
# who is signed in see them by default.
_ROLE_NEEDED = ("assign", "h5pactivity", "quiz", "workshop")

_FUNCTIONS = "under Site administration > Server > Web services > External services > Functions"
_ROLES = "under Site administration > Users > Permissions > Define roles"


def check_site(service: MoodleService, choices: Choices) -> Iterator[str]:
    """One sentence for each thing to mend; nothing of the site is changed.

    Raises `AccessRefused` when the token or a needed function is missing, `SourceError`.
    """
    site = read_site(service)
    answers = course_answers(service, site)
    yield from _of_address(service, site)
    yield from _of_account(site, answers)
    if not answers:
        yield NO_COURSES
    yield from _of_functions(service, site, choices)
    yield from _of_enrolment(service, site, answers)
    if answers:
        yield from _of_pages(service, site, choices, [Course.from_answer(a) for a in answers])


def _of_address(service: MoodleService, site: Site) -> Iterator[str]:
    try:
        address = site_address(site.address)
    except InvalidSettings:
        address = site.address[:300]
    if address and address != service.url:
        yield (
            f"the site calls itself {address}, not {service.url}: links and files have that "
            "address. Give it as url"
        )


def _of_account(site: Site, answers: Sequence[Answer]) -> Iterator[str]:
    if site.is_administrator:
        yield (
            "the token belongs to a site administrator, who may change everything and sees what "
            "learners do not: make a token for an account of its own with a role that only reads"
        )
    hidden = sum(as_number(one.get("visible", 1)) != 1 for one in answers)
    if hidden:
        yield (
            f"the account sees {hidden} hidden courses, which are read for nothing: take "
            f"moodle/course:viewhiddencourses from its role {_ROLES}"
        )


def _of_functions(service: MoodleService, site: Site, choices: Choices) -> Iterator[str]:
    wanted = [f for kind in ADVISED if (f := DETAIL_FUNCTIONS[kind]) not in site.offered]
    wanted = [f for f in wanted if not any(DETAIL_FUNCTIONS.get(k) == f for k in choices.left_out)]
    if wanted:
        yield (
            f"the token's service lacks {', '.join(wanted)}: add them {_FUNCTIONS}, or those kinds "
            "of activity come without description"
        )
    competencies = Competencies(service, site.info, site.offered)
    if competencies.are_on and not competencies.are_offered:
        yield (
            f"the site uses competencies, and the token's service lacks {OF_COURSE} or "
            f"{OF_ACTIVITY}: add both {_FUNCTIONS}, or activities come without their skills"
        )
    if choices.contents and not site.may_download:
        yield (
            "the token's service may not fetch files, so books, files and packages are not opened: "
            "tick 'Can download files' under External services > Edit > Show more, or set "
            "contents to no"
        )


def _of_enrolment(
    service: MoodleService, site: Site, answers: Sequence[Answer]
) -> Iterator[str]:
    """Whether the account may know who is in a course: it is asked of those who teach there."""
    if moodle_enrolment.FUNCTION not in site.offered:
        yield (
            f"the token's service lacks {moodle_enrolment.FUNCTION}: add it {_FUNCTIONS}, or "
            "nobody knows which courses a learner is in"
        )
        return
    taught = [
        (str(as_number(one.get("id"))), str(as_number(contact.get("id"))))
        for one in answers
        for contact in mappings(one.get("contacts"))[:1]
    ]
    try:
        known = [
            course in moodle_enrolment.courses_of(service, person)
            for course, person in taught[:PEOPLE_ASKED_ABOUT]
        ]
    except RequestRefused as error:
        yield f"{error}. Nobody knows then which courses a learner is in"
        return
    if known and not any(known):
        yield (
            "the account is not told in which courses people are: give its role "
            f"moodle/course:viewparticipants {_ROLES}"
        )


def _of_pages(
    service: MoodleService, site: Site, choices: Choices, courses: Sequence[Course]
) -> Iterator[str]:
    """What the pages of some courses, compared with the details of their activities, tell."""
    reader = PageReader(service, site.offered, choices.left_out)
    findings = {course.identifier: Findings() for course in courses}
    pages: dict[Course, tuple[Activity, ...]] = {}
    unreadable: list[str] = []
    for course in courses[:COURSES_LOOKED_AT]:
        try:
            pages[course] = reader.activities(course, findings[course.identifier])
        except RequestRefused as error:
            if error.code == "accessexception":
                raise
            unreadable.append(course.name)
    if unreadable:
        yield (
            f"{len(unreadable)} courses cannot be read ({', '.join(unreadable[:5])}): give the "
            f"account's role moodle/course:view for them {_ROLES}"
        )
    yield from _of_permissions(pages, choices)
    reader.details(pages, findings)
    yield from _summed(findings.values())


def _of_permissions(
    pages: dict[Course, tuple[Activity, ...]], choices: Choices
) -> Iterator[str]:
    activities = [one for page in pages.values() for one in page]
    hidden = sum(as_number(one.answer.get("visible", 1)) != 1 for one in activities)
    if hidden:
        yield (
            f"the account sees {hidden} hidden activities, which are read for nothing: take "
            f"moodle/course:viewhiddenactivities from its role {_ROLES}"
        )
    if activities and not {one.modname for one in activities} & set(_ROLE_NEEDED):
        wanted = [f"mod/{kind}:view" for kind in _ROLE_NEEDED if kind not in choices.left_out]
        yield (
            f"{len(pages)} courses were looked at, and the account sees no quiz, assignment, "
            f"workshop or H5P in them: if learners do, give its role {', '.join(wanted)} {_ROLES}"
        )


def _summed(findings: Iterable[Findings]) -> Iterator[str]:
    counts: dict[str, int] = {}
    for remark in (one for several in findings for one in several.warnings):
        counts[remark.words] = counts.get(remark.words, 0) + remark.count
    for words, count in counts.items():
        yield words.replace("{count}", str(count))
