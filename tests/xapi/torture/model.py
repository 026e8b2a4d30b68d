"""What a random sequence did: the LRSs, and what must be at each of them at the end."""

from __future__ import annotations

import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from tests.servers.lrs import ScriptableLrs
from tests.xapi.samples import NEEDLE, Cipher, Clock, as_json, ask, set_lrs
from tests.xapi.test_faults_away import enlarge
from xapi import batches, forgetting, lrs_rows, outbox, refused, schema
from xapi.decision import Pace
from xapi.delivery import deliver_once

PACE = Pace(connect=2.0, read=2.0, batch_statements=5)
PASSWORD = "pässwörd"
MOST_BYTES = 60_000
PASSES = 150


@dataclass
class Added:
    """One statement that was added, and what an LRS must do with it."""

    id: str
    organisation: str
    registration: uuid.UUID
    body: dict[str, Any]
    good: bool
    forgotten: bool = False


@dataclass
class Place:
    """One LRS of an organisation."""

    organisation: str
    name: str
    server: ScriptableLrs
    row: int
    away: bool = False
    others: set[str] = field(default_factory=set)
    """Ids under which it holds a statement of somebody else."""
    restored: set[str] = field(default_factory=set)
    """What it has, and the database, from an old copy, once did not know that it has."""


@dataclass
class World:
    """A database, its LRSs and all that was done to them."""

    store: sa.Engine
    clock: Clock
    places: list[Place] = field(default_factory=list)
    added: list[Added] = field(default_factory=list)

    def empty(self) -> None:
        """Forget what an earlier sequence left in the database."""
        with self.store.begin() as connection:
            for name in ("xapi_delivery", "xapi_batch", "xapi_tally", "xapi_forgotten",
                         "xapi_statement", "xapi_lrs"):
                connection.execute(sa.text(f"DELETE FROM {name}"))

    def put(self, organisation: str, name: str, *, on_known: str, voiding: str) -> None:
        """Give an organisation an LRS more."""
        like_ralph = on_known == "ralph"
        server = ScriptableLrs(password=PASSWORD, on_known=on_known, ralph=like_ralph)
        server.start()
        server.most_bytes = MOST_BYTES
        if not like_ralph:
            server.voiding = voiding
        server.refused_ids = {one.id for one in self.added if not one.good}
        row = set_lrs(self.store, server, organisation, name=name).id
        self.places.append(Place(organisation, name, server, row))

    def add(self, number: int, organisation: str) -> list[Added]:
        """Add good statements, in one transaction."""
        new: list[Added] = []
        with self.store.begin() as connection:
            for _ in range(number):
                statement = ask()
                body = as_json(statement)
                outbox.add(connection, statement, organisation=organisation)
                new.append(Added(body["id"], organisation,
                                 uuid.UUID(body["context"]["registration"]), body, good=True))
        self.added += new
        return new

    def add_bad(self, organisation: str, *, large: bool) -> None:
        """Add one that every LRS refuses, for what it says or for its size."""
        (bad,) = self.add(1, organisation)
        bad.good = False
        if large:
            enlarge(self.store, bad.id, MOST_BYTES + 1)
            return
        for place in self.places:
            place.server.refused_ids.add(bad.id)

    def deliver(self) -> None:
        """A worker's pass."""
        deliver_once(self.store, Cipher(), clock=self.clock, pace=PACE, draw=lambda: 1.0)

    def deliver_twice_at_once(self) -> None:
        """The passes of two workers, side by side."""
        with ThreadPoolExecutor(2) as threads:
            for done in [threads.submit(self.deliver) for _ in range(2)]:
                done.result(60)

    def claim_and_die(self, place: Place) -> None:
        """A worker that ends between its claim and its request."""
        with self.store.begin() as connection:
            batches.claim(connection, place.row, self.clock(), PACE)

    def restore(self, place: Place, number: int) -> None:
        """An old copy of the database: it does not know of the last that were delivered."""
        sent = schema.delivery
        newest = (
            sa.select(sent.c.statement)
            .where(sent.c.lrs == place.row, sent.c.state == schema.State.DELIVERED)
            .order_by(sent.c.statement.desc()).limit(number)
        )
        with self.store.begin() as connection:
            chosen = connection.execute(newest).scalars().all()
            place.restored |= {str(one) for one in connection.execute(
                sa.select(schema.statement.c.id)
                .where(schema.statement.c.seq.in_(chosen))).scalars()}
            connection.execute(
                sa.update(sent).where(sent.c.lrs == place.row, sent.c.statement.in_(chosen))
                .values(state=schema.State.WAITING, settled_at=None))

    def occupy(self, place: Place, one: Added) -> None:
        """Another statement comes to that LRS under the id of this one, if it is not there."""
        if one.id not in place.server.statements and one.good:
            place.server.statements[one.id] = as_json(ask()) | {"id": one.id}
            place.others.add(one.id)

    def forget(self, chosen: list[Added]) -> None:
        """Forget the people of these statements."""
        with self.store.begin() as connection:
            outbox.forget(connection, [one.registration for one in chosen], tool=NEEDLE,
                          now=self.clock())
        for one in chosen:
            one.forgotten = True

    def requeue(self, organisation: str) -> None:
        """Try what was refused once more."""
        with self.store.begin() as connection:
            refused.requeue(connection, organisation)

    def switch_off(self, place: Place) -> None:
        with self.store.begin() as connection:
            lrs_rows.switch_off(connection, organisation=place.organisation, name=place.name)

    def mend(self, place: Place) -> None:
        """Set the LRS up anew, with the password it has now; that switches it on."""
        set_lrs(self.store, place.server, place.organisation, name=place.name)

    def heal(self) -> None:
        """Make everything well and deliver until nothing waits, and no batch is left.

        One whose every statement was forgotten may still have to come later.
        """
        for place in self.places:
            place.server.forget_faults()
            if place.away:
                place.server.start()
            self.mend(place)
        for _ in range(PASSES):
            self.deliver()
            with self.store.connect() as connection:
                batches = sa.select(sa.func.count()).select_from(schema.batch)
                if outbox.counts(connection).waiting == 0 == connection.scalar(batches):
                    return
            self.clock.go(400)
        with self.store.connect() as connection:
            raise AssertionError(f"{outbox.counts(connection)} after {PASSES} passes")

    def close(self) -> None:
        for place in self.places:
            place.server.stop()

    def check(self) -> None:
        """Each LRS has exactly what it must have, and the outbox knows it."""
        with self.store.connect() as connection:
            assert connection.scalar(
                sa.select(sa.func.count()).select_from(schema.batch)) == 0
            for place in self.places:
                self._check_place(connection, place)

    def _check_place(self, connection: sa.Connection, place: Place) -> None:
        mine = [one for one in self.added if one.organisation == place.organisation]
        held = place.server.statements
        voiding = {key: one["object"]["id"] for key, one in held.items()
                   if one["object"].get("objectType") == "StatementRef"}
        good = {one.id for one in mine if one.good and not one.forgotten} - place.others
        gone = {one.id for one in mine if one.forgotten}
        known = set(held) - set(voiding) - place.others
        assert known - gone == good
        assert not {one.id for one in mine if not one.good} & known
        for one in mine:
            if one.id in good:
                assert {name: held[one.id][name] for name in one.body} == one.body
        listed = {str(one.id): one for one in forgetting.listed(connection, place.organisation)
                  if one.lrs == place.name}
        # What was restored from an old copy, and forgotten before it was sent again, is not
        # known to be there.
        sure = known & gone - place.restored
        assert sure <= set(listed) <= gone
        # A voiding statement is for the LRS that had its target, and sent once.
        assert set(voiding.values()) <= set(listed)
        assert len(set(voiding.values())) == len(voiding)
        if place.server.voiding == "void":
            assert sure <= set(voiding.values())
        lines = [one for one in outbox.list_statements(connection, place.organisation,
                                                       limit=1_000_000) if one.lrs == place.name]
        states = [(str(one.id), one.state) for one in lines if one.verb != "voided"]
        assert sorted(states) == sorted(
            (one.id, schema.State.DELIVERED if one.id in good else schema.State.REFUSED)
            for one in mine if not one.forgotten)
