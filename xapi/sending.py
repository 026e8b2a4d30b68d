"""A batch's exchange with its LRS: sent, and looked for where the answer leaves it open."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace

from xapi.batches import Batch
from xapi.decision import Case, Decision, Finding, Pace, Probe, decide, decide_after_probe
from xapi.equivalence import is_same
from xapi.lrs import LrsClient
from xapi.outcomes import Absent, Barred, Found, Rejected, Stored, Unavailable


def send_batch(
    client: LrsClient, batch: Batch, case: Case, pace: Pace
) -> tuple[Decision, int]:
    """What the LRS's answer to a batch leads to, never a `Probe`; and how many requests it took.

    A batch without members, all of which were forgotten, is not sent and counts as stored.
    So does a member whose body was let go of, which was delivered before.
    """
    batch = replace(batch, members=tuple(one for one in batch.members if one.body))
    if not batch.members:
        return decide(Stored(), case, pace), 0
    outcome = client.post_statements([member.body for member in batch.members],
                                     [member.id for member in batch.members])
    asked = 1
    if isinstance(outcome, Rejected):
        asked += not client.has_told_versions
        # Otherwise every statement that waits would be set aside, one by one.
        if spoken := client.speaks_other_versions():
            outcome = Barred(f"the LRS speaks xAPI {spoken} and not {client.version}: set its "
                             "version", status=400)
    decision = decide(outcome, case, pace)
    if not isinstance(decision, Probe):
        return decision, asked
    finding, looks = _look(client, batch)
    return decide_after_probe(finding, outcome, case, pace), asked + looks


def _look(client: LrsClient, batch: Batch) -> tuple[Finding | Barred | Unavailable, int]:
    """What the LRS holds of the batch's first and last statement, and how often it was asked.

    An LRS stores a batch whole or not at all, and members are frozen in the order they
    were added: if both ends are there as sent, the batch is. A statement that was voided
    since is there too.
    """
    ends = {member.id: member for member in (batch.members[0], batch.members[-1])}
    asked = 0
    for member in ends.values():
        reading = client.get_statement(member.id)
        asked += 1
        if isinstance(reading, Absent):
            reading = _look_behind(client, member.id)
            asked += 1
        if isinstance(reading, Absent):
            return Finding.MISSING, asked
        if isinstance(reading, Barred | Unavailable):
            return reading, asked
        if not isinstance(reading, Found):
            return Unavailable(reading.words), asked
        if not is_same(reading.statement, json.loads(member.body)):
            return Finding.OTHER, asked
    return Finding.SAME, asked


def _look_behind(client: LrsClient, identifier: uuid.UUID) -> Found | Absent | Unavailable:
    """The statement if the LRS has it as a voided one, which it no longer shows.

    Not every LRS knows how to be asked for it, and those answer all kinds of things.
    """
    reading = client.get_voided(identifier)
    if isinstance(reading, Found):
        return reading
    if isinstance(reading, Unavailable) and reading.status is None:
        return reading
    return Absent()
