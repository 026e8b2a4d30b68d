"""Random sequences of everything that can go wrong with statements on their way."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from tests.xapi.samples import Clock
from tests.xapi.stepping import Stepping
from tests.xapi.test_delivery import FAULTS
from tests.xapi.torture.model import Place, World

ORGANISATIONS = st.sampled_from(["northwind", "contoso"])
MODES = st.sampled_from(["conflict", "no_content", "new_ids", "all_ids", "ralph"])
VOIDING = st.sampled_from(["void", "forbid"])
# Those that hang cost seconds each, and have tests of their own.
QUICK = sorted(name for name in FAULTS if "hang" not in name)
MOST_LRSS = 5
ANY_PLACE = st.integers(0, MOST_LRSS - 1)
MOST_KILLS = 2
"""Of workers in a process of their own, in one sequence: each costs a quarter of a second."""


class Trouble(RuleBasedStateMachine):
    """One sequence; at its end everything is made well, delivered and compared."""

    def __init__(self, store: sa.Engine, worker: Stepping, totals: dict[str, int]) -> None:
        super().__init__()
        self.world = World(store, Clock())
        self.world.empty()
        self.worker = worker
        self.totals = totals
        self.kills = 0

    @initialize(on_known=MODES, other=MODES, voiding=VOIDING)
    def begin(self, on_known: str, other: str, voiding: str) -> None:
        self.world.put("northwind", "main", on_known=on_known, voiding=voiding)
        self.world.put("contoso", "main", on_known=other, voiding="void")
        self.world.add(12, "northwind")
        self.world.add(7, "contoso")

    def place(self, number: int) -> Place:
        return self.world.places[number % len(self.world.places)]

    @rule(number=st.sampled_from([1, 4, 7, 23]), organisation=ORGANISATIONS)
    def add(self, number: int, organisation: str) -> None:
        self.world.add(number, organisation)

    @rule(organisation=ORGANISATIONS, large=st.booleans())
    def add_a_bad_one(self, organisation: str, large: bool) -> None:
        self.world.add_bad(organisation, large=large)

    @rule(number=ANY_PLACE, name=st.sampled_from(QUICK))
    def let_the_next_request_fail(self, number: int, name: str) -> None:
        self.place(number).server.fail_next(*FAULTS[name])

    @rule(number=ANY_PLACE, name=st.sampled_from(QUICK), added=st.sampled_from([1, 6, 11]))
    def fail_while_delivering(self, number: int, name: str, added: int) -> None:
        place = self.place(number)
        self.world.add(added, place.organisation)
        place.server.fail_next(*FAULTS[name])
        self.world.deliver()

    @rule(number=ANY_PLACE, times=st.integers(1, 6))
    def show_late(self, number: int, times: int) -> None:
        self.place(number).server.unseen = times

    @rule(number=ANY_PLACE)
    def go_away_or_come_back(self, number: int) -> None:
        place = self.place(number)
        if place.away:
            place.server.start()
        else:
            place.server.stop()
        place.away = not place.away

    @rule(seconds=st.sampled_from([1, 30, 100, 400, 86400, -30, -3600, -86400]))
    def change_the_clock(self, seconds: int) -> None:
        self.world.clock.go(seconds)

    @rule()
    def deliver(self) -> None:
        self.world.deliver()

    @rule()
    def deliver_minutes_later(self) -> None:
        self.world.clock.go(301)
        self.world.deliver()

    @rule()
    def deliver_with_two_workers(self) -> None:
        self.world.deliver_twice_at_once()

    @rule(number=ANY_PLACE)
    def claim_and_die(self, number: int) -> None:
        self.world.claim_and_die(self.place(number))

    @precondition(lambda self: self.kills < MOST_KILLS)
    @rule(step=st.integers(1, 80))
    def kill_a_worker(self, step: int) -> None:
        self.kills += 1
        self.worker.run(step, self.world.clock())

    @precondition(lambda self: len(self.world.places) < MOST_LRSS)
    @rule(organisation=ORGANISATIONS, on_known=MODES, voiding=VOIDING)
    def add_an_lrs(self, organisation: str, on_known: str, voiding: str) -> None:
        self._put(organisation, on_known, voiding)

    def _put(self, organisation: str, on_known: str, voiding: str) -> None:
        name = f"number {len(self.world.places)}"
        self.world.put(organisation, name, on_known=on_known, voiding=voiding)

    @rule(number=ANY_PLACE)
    def switch_off(self, number: int) -> None:
        self.world.switch_off(self.place(number))

    @rule(number=ANY_PLACE)
    def set_up_again(self, number: int) -> None:
        self.world.mend(self.place(number))

    @rule(number=ANY_PLACE)
    def change_the_password_over_there(self, number: int) -> None:
        server = self.place(number).server
        server.password += "!"

    @rule(number=ANY_PLACE, times=st.sampled_from([1, 3, 8, 30]))
    def restore_an_old_copy(self, number: int, times: int) -> None:
        self.world.restore(self.place(number), times)

    @rule(number=ANY_PLACE, data=st.data())
    def let_another_take_an_id(self, number: int, data: st.DataObject) -> None:
        place = self.place(number)
        new = self.world.add(3, place.organisation)
        self.world.occupy(place, new[data.draw(st.integers(0, 2))])

    @precondition(lambda self: any(not one.forgotten for one in self.world.added))
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        left = [one for one in self.world.added if not one.forgotten]
        chosen = data.draw(st.lists(st.integers(0, len(left) - 1), min_size=1, max_size=4,
                                    unique=True))
        self.world.forget([left[place] for place in chosen])

    @precondition(lambda self: len(self.world.places) < MOST_LRSS)
    @rule(organisation=ORGANISATIONS)
    def forget_what_arrived_and_add_an_lrs(self, organisation: str) -> None:
        """The new one must get nothing of them, and nothing that voids them elsewhere."""
        new = self.world.add(2, organisation)
        self.world.deliver()
        self.world.forget(new)
        self._put(organisation, "conflict", "void")

    @rule(organisation=ORGANISATIONS)
    def requeue(self, organisation: str) -> None:
        self.world.requeue(organisation)

    def teardown(self) -> None:
        try:
            self.world.heal()
            self.world.check()
        finally:
            self.world.close()
        self._note(sequences=1, statements=len(self.world.added), kills=self.kills,
                   requests=sum(len(one.server.requests) for one in self.world.places))

    def _note(self, **figures: Any) -> None:
        for name, figure in figures.items():
            self.totals[name] = self.totals.get(name, 0) + figure
