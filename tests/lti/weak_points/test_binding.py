"""What a launch answers: one login, of one browser, client and target, once."""

from __future__ import annotations

from werkzeug.test import TestResponse

from tests.acceptance.doors import OTHER_CLIENT, Door, NeedleDoor, refusal
from tests.lti import lms


def test_the_same_token_launches_once(plain: Door, needle: NeedleDoor) -> None:
    def launch_twice(door: Door) -> TestResponse:
        asked = door.log_in()
        token = lms.sign(door.message(asked))
        assert door.answer(asked, token).status_code == 200
        return door.answer(asked, token)

    assert launch_twice(plain).status_code == 200
    assert refusal(launch_twice(needle)) == "403 state-used"


def test_an_old_token_does_not_answer_a_new_state(plain: Door, needle: NeedleDoor) -> None:
    def launch_again(door: Door) -> TestResponse:
        first = door.log_in()
        token = lms.sign(door.message(first))
        assert door.answer(first, token).status_code == 200
        return door.answer(door.log_in(), token)

    assert launch_again(plain).status_code == 200
    assert refusal(launch_again(needle)) == "403 nonce"


def test_a_token_of_another_client_does_not_answer_this_ones_state(
    plain: Door, needle: NeedleDoor
) -> None:
    def launch_as_other(door: Door) -> TestResponse:
        asked = door.log_in(client_id=lms.CLIENT_ID)
        return door.answer(asked, lms.sign(door.message(asked, aud=OTHER_CLIENT)))

    assert launch_as_other(plain).status_code == 200
    assert refusal(launch_as_other(needle)) == "403 audience"


def test_a_launch_opens_the_target_that_its_login_named(plain: Door, needle: NeedleDoor) -> None:
    def launch_elsewhere(door: Door) -> TestResponse:
        asked = door.log_in()
        elsewhere = "https://needle.example.org/elsewhere"
        return door.answer(asked, lms.sign(door.message(asked, target_link_uri=elsewhere)))

    assert launch_elsewhere(plain).status_code == 200
    assert refusal(launch_elsewhere(needle)) == "403 target-changed"


def test_a_login_for_a_foreign_target_asks_for_no_launch_there(
    plain: Door, needle: NeedleDoor
) -> None:
    evil = "https://evil.example.org/steal"
    asked = lms.query(plain.first_word(target_link_uri=evil).headers["Location"])
    assert asked["redirect_uri"] == evil
    assert refusal(needle.first_word(target_link_uri=evil)) == "403 target-foreign"
    assert needle.log_in()["redirect_uri"] == "https://needle.example.org/lti/launch"
