"""Administrators: links, sessions, and the standing that they and people themselves give."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace

import pytest

from lti_tool.actions.administering import (
    check_form,
    enter,
    find_link,
    leave,
    make_form_token,
    make_link,
    resume_admin,
    use_link,
)
from lti_tool.actions.own_data import forget
from lti_tool.actions.standing import (
    give_role,
    is_leading_people,
    list_holders,
    set_leads_people,
    take_role,
)
from lti_tool.errors import InputError, NotAllowed, NotFound
from lti_tool.storage.admins import Admin
from lti_tool.storage.organisations import list_organisations
from tests.actions.conftest import World


def token_of(url: str) -> str:
    return url.rpartition("/")[2]


def come_in(world: World) -> Admin:
    link = make_link(world.runtime, "northwind")
    return use_link(world.runtime, token_of(link.url), "nl")


def refused(do: Callable[[], object]) -> str:
    with pytest.raises(NotAllowed) as caught:
        do()
    return caught.value.code


def test_link_opens_one_session_of_its_organisation(world: World) -> None:
    link = make_link(world.runtime, "northwind")
    assert link.url.startswith("https://needle.example.org/admin/link/")
    assert link.url not in repr(link)
    assert find_link(world.runtime, token_of(link.url)).organisation == "northwind"
    admin = use_link(world.runtime, token_of(link.url), "nl")
    assert resume_admin(world.runtime, admin.token).organisation == "northwind"
    assert refused(lambda: use_link(world.runtime, token_of(link.url), "")) == "admin-link-over"


def test_a_link_is_no_session_and_a_session_no_link(world: World) -> None:
    link = make_link(world.runtime, "northwind")
    assert refused(lambda: resume_admin(world.runtime, token_of(link.url))) == "admin-over"
    admin = come_in(world)
    assert refused(lambda: use_link(world.runtime, admin.token, "")) == "admin-link-over"


def test_of_two_that_use_a_link_at_once_one_comes_in(world: World) -> None:
    token = token_of(make_link(world.runtime, "northwind").url)
    barrier = threading.Barrier(2)
    ends: list[str] = []

    def use() -> None:
        barrier.wait(5)
        try:
            use_link(world.runtime, token, "")
            ends.append("in")
        except NotAllowed as error:
            ends.append(error.code)

    threads = [threading.Thread(target=use) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(ends) == ["admin-link-over", "in"]


def test_link_is_for_an_organisation_that_is_there(world: World) -> None:
    with pytest.raises(NotFound) as caught:
        make_link(world.runtime, "northwnd")
    assert "northwind" in caught.value.mend
    with world.runtime.engine.begin() as connection:
        assert list_organisations(connection) == ["northwind"]


@pytest.mark.parametrize("token", ["", "x", "\0", "é" * 50, "\udcff"])
def test_what_is_no_token_of_ours_is_refused(world: World, token: str) -> None:
    assert refused(lambda: resume_admin(world.runtime, token)) == "admin-over"
    assert refused(lambda: use_link(world.runtime, token, "")) == "admin-link-over"


def test_only_who_administers_the_lms_enters_from_a_launch(world: World) -> None:
    session = world.session()
    assert refused(lambda: enter(world.runtime, session)) == "admin-only"
    admin = enter(world.runtime, replace(session, administers=True))
    assert resume_admin(world.runtime, admin.token).language == "en"


def test_forms_of_one_session_are_not_those_of_another(world: World) -> None:
    one, other = come_in(world), come_in(world)
    check_form(one, make_form_token(one))
    for token in (make_form_token(other), one.token, "", "\udcff"):
        assert refused(lambda token=token: check_form(one, token)) == "admin-form"  # type: ignore[misc]


def test_who_left_is_out_and_others_stay(world: World) -> None:
    one, other = come_in(world), come_in(world)
    leave(world.runtime, one)
    assert refused(lambda: resume_admin(world.runtime, one.token)) == "admin-over"
    assert resume_admin(world.runtime, other.token)


def test_leading_people_is_the_persons_own_word_and_a_guest_has_none(world: World) -> None:
    session, guest = world.session("13"), world.session(None)
    assert not is_leading_people(world.runtime, session)
    set_leads_people(world.runtime, session, True)
    set_leads_people(world.runtime, guest, True)
    assert is_leading_people(world.runtime, world.session("13"))
    assert not is_leading_people(world.runtime, world.session("14"))
    assert not is_leading_people(world.runtime, guest)
    set_leads_people(world.runtime, session, False)
    assert not is_leading_people(world.runtime, session)


def test_role_is_given_before_the_first_visit_and_goes_with_the_person(world: World) -> None:
    registration = world.registration
    give_role(world.runtime, "northwind", registration.id, "77")
    give_role(world.runtime, "northwind", registration.id, "77")
    assert list_holders(world.runtime, "northwind") == [(registration.id, "77")]
    forget(world.runtime, world.session("77"))
    assert list_holders(world.runtime, "northwind") == []


def test_role_is_not_given_or_taken_through_another_organisation(world: World) -> None:
    registration = world.registration
    give_role(world.runtime, "northwind", registration.id, "77")
    for change in (give_role, take_role):
        with pytest.raises(NotFound):
            change(world.runtime, "southwind", registration.id, "77")
    assert list_holders(world.runtime, "southwind") == []
    take_role(world.runtime, "northwind", registration.id, "nobody")
    take_role(world.runtime, "northwind", registration.id, "77")
    assert list_holders(world.runtime, "northwind") == []


@pytest.mark.parametrize("number", ["", "x" * 256, "4\n2", "\0"])
def test_number_that_cannot_be_is_refused(world: World, number: str) -> None:
    with pytest.raises(InputError) as caught:
        give_role(world.runtime, "northwind", world.registration.id, number)
    assert caught.value.code == "person-number"
