"""Which modules a person can open: the LMS is asked in which courses they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import sqlalchemy as sa

from catalogue_sync.errors import CatalogueError
from catalogue_sync.sources import KnowsEnrolment, open_stored
from catalogue_sync.transport.fetching import origin_of
from lti_tool.actions.enrolments import NOTHING_KNOWN, Enrolment
from lti_tool.actions.launching import details, registration_of
from lti_tool.actions.runtime import Runtime
from lti_tool.actions.sources import catalogue_of, surroundings_of
from lti_tool.domain.launch import Registration, Session
from lti_tool.errors import NeedleError
from lti_tool.recommender import Context
from lti_tool.storage.database import reading
from lti_tool.storage.people import subject_of

MOST_WAIT = 1.5
"""Seconds that an answer is held up for an LMS that has not yet told a person's courses."""

LOOK_SECONDS = 10.0
"""Seconds that an LMS has to tell them; what comes too late for one answer serves the next."""


def begin(runtime: Runtime, session: Session) -> None:
    """Begin to ask for a person's courses, so that they are known when a need is asked."""
    if runtime.enrolments.known_home(session.registration_id) == frozenset():
        return
    enrolment_of(runtime, session, wait=0)


def enrolment_of(runtime: Runtime, session: Session, *, wait: float = MOST_WAIT) -> Enrolment:
    """What is known of the person's courses within `wait` seconds; of a guest nothing is."""
    if session.person_id is None:
        return NOTHING_KNOWN
    key = (session.organisation, session.registration_id, session.person_id)
    return runtime.enrolments.find(key, lambda: _look(runtime, session), wait=wait)


def course_here(runtime: Runtime, session: Session) -> str | None:
    """The launch's course under the name that a source of that LMS has for it."""
    own = details(runtime, session).own_names
    return session.course_id if own is None else own.course


def entering(runtime: Runtime, session: Session, *, wait: float = MOST_WAIT) -> Context:
    """What decides whether the person can open a module, and nothing else of the need."""
    known = enrolment_of(runtime, session, wait=wait)
    return Context(
        course_id=course_here(runtime, session),
        courses=known.courses,
        home=known.home,
        enters_all=session.administers,
        now=runtime.now(),
    )


def home_sources(runtime: Runtime, session: Session) -> frozenset[str]:
    """The sources that read the LMS of the launch and can tell a person's courses."""

    def find() -> frozenset[str]:
        registration = registration_of(runtime, session)
        catalogue = catalogue_of(runtime, session.organisation)
        names = (stored.name for stored in catalogue.sources())
        return frozenset(
            name for name in names if _open(runtime, registration, name) is not None
        )

    return runtime.enrolments.home(session.registration_id, find)


def _look(runtime: Runtime, session: Session) -> Iterator[Enrolment]:
    """Ask each source of the launch's LMS; yields after each what is known by then."""
    try:
        known = Enrolment(home=home_sources(runtime, session))
        yield known
        person = _name_of_person(runtime, session) if known.home else None
        registration = registration_of(runtime, session) if person else None
    except (sa.exc.SQLAlchemyError, NeedleError):
        yield Enrolment(trouble=True)
        return
    if person is None or registration is None:
        return
    for name in sorted(known.home):
        source = _open(runtime, registration, name)
        try:
            courses = None if source is None else source.courses_of(person)
        except CatalogueError:
            # The page says that it could not be checked; an administrator learns why from
            # `needle source check`.
            courses = None
        if courses is None or not _is_whole(runtime, session, courses):
            known = replace(known, trouble=True)
        else:
            known = replace(known, courses={**known.courses, name: courses})
        yield known


def _is_whole(runtime: Runtime, session: Session, courses: frozenset[str]) -> bool:
    """Whether an answer can be believed: the person is at least in the course they come from.

    An account that may not see everybody's courses gets a shorter list, and no word about it
    (Moodle, without moodle/course:viewparticipants); from that, doors would be locked that
    are open.
    """
    here = course_here(runtime, session)
    return here is None or session.administers or here in courses


def _name_of_person(runtime: Runtime, session: Session) -> str | None:
    """What the LMS's own interface calls the person; None where no launch told it."""
    own = details(runtime, session).own_names
    if own is not None:
        return own.person
    if session.person_id is None:
        return None
    with reading(runtime.engine) as connection:
        return subject_of(connection, session.registration_id, session.person_id)


def _open(runtime: Runtime, registration: Registration, name: str) -> KnowsEnrolment | None:
    """The source of that name, if it reads the LMS of the registration and knows enrolment."""
    surroundings = surroundings_of(runtime)
    # One try, for there is somebody who waits.
    limits = replace(surroundings.limits, seconds=LOOK_SECONDS, tries=1)
    catalogue = catalogue_of(runtime, registration.organisation)
    try:
        source = open_stored(catalogue, name, replace(surroundings, limits=limits))
    except (CatalogueError, NeedleError):
        # `needle source check` and the next sync say what is wrong with it.
        return None
    if isinstance(source, KnowsEnrolment) and is_site_of(registration, source.site):
        return source
    return None


def is_site_of(registration: Registration, site: str) -> bool:
    """Whether a source's site is the LMS of a registration.

    An issuer on the site's own host is the address of a whole LMS, so its folder must be the
    same: two of them on one host have different people under the same numbers. Elsewhere (a
    hosted Canvas) the host that people's browsers see decides.
    """
    at = origin_of(site)
    if not all(at):
        return False
    if origin_of(registration.issuer) == at:
        return _folder(registration.issuer) == _folder(site)
    return at in (origin_of(registration.origin), origin_of(registration.authorization_url))


def _folder(url: str) -> str:
    return urlsplit(url).path.strip("/")
