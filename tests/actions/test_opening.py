"""Opening, helping, and a person's own data."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest

from lti_tool.actions.asking import ask, last_asked
from lti_tool.actions.helping import tell_helped
from lti_tool.actions.launching import end_session, resume_session
from lti_tool.actions.opening import open_module
from lti_tool.actions.own_data import export, forget
from lti_tool.domain.history import Asked, Helped
from lti_tool.domain.launch import Session
from lti_tool.domain.need import Need
from lti_tool.errors import InputError, NotFound, OpeningExpired, SessionExpired
from tests.actions.conftest import World


@pytest.fixture
def session(world: World) -> Session:
    return world.session()


@pytest.fixture
def asked(world: World, session: Session) -> Asked:
    return ask(world.runtime, session, Need(text="feedback to my boss"), "f")


def actors(world: World) -> set[tuple[str, str]]:
    accounts = [statement["actor"]["account"] for statement in world.statements()]  # type: ignore[index]
    return {(account["homePage"], account["name"]) for account in accounts}


def test_opening_gives_the_address_in_the_lms_and_is_recorded_once(
    world: World, asked: Asked
) -> None:
    url = open_module(world.runtime, asked.items[0].id)
    assert url == asked.items[0].module.open_url
    assert open_module(world.runtime, asked.items[0].id) == url
    assert len(world.statements()) == 3
    assert world.statements()[-1]["object"]["id"] == url  # type: ignore[index]


def test_a_module_opened_many_times_at_once_is_recorded_once(world: World, asked: Asked) -> None:
    threads = [
        threading.Thread(target=open_module, args=(world.runtime, asked.items[0].id))
        for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(world.statements()) == 3


def test_a_link_that_is_unknown_too_old_or_gone_says_so(world: World, asked: Asked) -> None:
    with pytest.raises(NotFound):
        open_module(world.runtime, uuid.uuid4())
    world.source.modules = [
        m for m in world.source.modules if m.identifier != asked.items[1].module.identifier
    ]
    world.sync()
    with pytest.raises(NotFound, match="no longer"):
        open_module(world.runtime, asked.items[1].id)
    world.clock.move(days=31)
    with pytest.raises(OpeningExpired):
        open_module(world.runtime, asked.items[0].id)
    assert len(world.statements()) == 2


def test_whether_it_helped_is_kept_and_recorded_and_may_be_changed(
    world: World, session: Session, asked: Asked
) -> None:
    item = asked.items[0]
    open_module(world.runtime, item.id)
    for answer in (Helped.PARTLY, Helped.PARTLY, Helped.YES):
        tell_helped(world.runtime, session, item.id, answer, " asked\nfirst ")
    last = last_asked(world.runtime, session)
    assert last is not None
    assert last.opened[0].helped is Helped.YES
    assert last.opened[0].done_differently == "asked first"
    scores = [s["result"]["score"]["scaled"] for s in world.statements() if "result" in s]  # type: ignore[index]
    assert scores == [0.5, 1.0]
    assert "asked first" not in str(world.statements())


def test_nobody_can_judge_for_another(world: World, asked: Asked) -> None:
    with pytest.raises(NotFound):
        tell_helped(world.runtime, world.session("14"), asked.items[0].id, Helped.NO, "")


def test_a_line_that_is_too_long_is_refused_with_its_length(
    world: World, session: Session, asked: Asked
) -> None:
    with pytest.raises(InputError, match="501"):
        tell_helped(world.runtime, session, asked.items[0].id, Helped.YES, "x" * 501)


def test_people_are_pseudonyms_that_differ_by_organisation_key_and_hide_the_subject(
    world: World, asked: Asked
) -> None:
    open_module(world.runtime, asked.items[0].id)
    people = {(home, name) for home, name in actors(world) if name != "needle"}
    ((home, name),) = people
    assert home == "https://needle.example.org"
    assert len(name) == 32
    assert name != "13"
    ask(world.runtime, world.session("14"), Need(text="feedback"), "g")
    assert len({name for _, name in actors(world)}) == 3


def test_account_identity_is_the_platforms_own_user(make_world: Callable[..., World]) -> None:
    world = make_world(lrs_identity="account")
    ask(world.runtime, world.session(), Need(text="feedback"), "f")
    assert ("https://lms.example.org", "13") in actors(world)


def test_an_e_mail_address_is_never_an_actor(make_world: Callable[..., World]) -> None:
    world = make_world(lrs_identity="account")
    ask(world.runtime, world.session("ana@example.invalid"), Need(text="feedback"), "f")
    assert len(world.statements()) == 2
    assert "ana@" not in str(world.statements())


def test_a_session_ends_by_itself_or_by_hand(world: World, session: Session) -> None:
    assert resume_session(world.runtime, session.token).person_id == session.person_id
    end_session(world.runtime, session)
    with pytest.raises(SessionExpired):
        resume_session(world.runtime, session.token)
    other = world.session()
    world.clock.move(minutes=world.runtime.config.session_minutes + 1)
    with pytest.raises(SessionExpired):
        resume_session(world.runtime, other.token)
    with pytest.raises(SessionExpired):
        resume_session(world.runtime, "\ud800 not a token")


def test_a_person_can_take_everything_along_and_have_it_deleted(
    world: World, session: Session, asked: Asked
) -> None:
    open_module(world.runtime, asked.items[0].id)
    tell_helped(world.runtime, session, asked.items[0].id, Helped.YES, "asked first")
    kept = export(world.runtime, session)
    assert kept["lms_user"] == "13"
    (need,) = kept["needs"]  # type: ignore[misc]
    assert need["need"] == "feedback to my boss"
    assert set(need) == {
        "need", "asked_at", "minutes", "purpose", "about_someone_led", "language", "course_id",
        "likeness", "recommended",
    }  # fmt: skip
    assert need["recommended"][0]["helped"] == "yes"
    assert need["recommended"][0]["done_differently"] == "asked first"
    forget(world.runtime, session)
    with pytest.raises(SessionExpired):
        resume_session(world.runtime, session.token)
    again = world.session()
    assert again.person_id != session.person_id
    assert last_asked(world.runtime, again) is None
    nothing: dict[str, object] = {"needs": [], "placed": [], "points": [], "leads_people": False}
    anew = export(world.runtime, again)
    (name,) = anew.pop("learning_records")  # type: ignore[misc, attr-defined]
    assert anew == {"lms_user": "13", **nothing}
    assert name not in kept["learning_records"]  # type: ignore[operator]
    with pytest.raises(NotFound):
        open_module(world.runtime, asked.items[0].id)


def test_what_was_deleted_is_not_in_the_files_of_an_embedded_database(
    world: World, session: Session
) -> None:
    if world.runtime.engine.dialect.name != "sqlite":
        return
    ask(world.runtime, session, Need(text="quokka zyzzyva"), "f")
    file = Path(str(world.runtime.engine.url.database))
    files = [file, file.with_name(file.name + "-wal")]
    assert any(b"quokka" in each.read_bytes() for each in files if each.exists())
    forget(world.runtime, session)
    assert not any(b"quokka" in each.read_bytes() for each in files if each.exists())
