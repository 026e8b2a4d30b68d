"""A batch's exchange with its LRS: sent, and looked for where the answer leaves it open."""

from __future__ import annotations

import json

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
    """
    if not batch.members:
        return decide(Stored(), case, pace), 0
    outcome = client.post_statements([member.body for member in batch.members],
                                     [member.id for member in batch.members])
    if isinstance(outcome, Rejected) and (spoken := client.speaks_other_versions()):
        # Otherwise every statement that waits would be set aside, one by one.
        outcome = Barred(f"the LRS speaks xAPI {spoken} and not {client.version}: set its version",
                         status=400)
    decision = decide(outcome, case, pace)
    if not isinstance(decision, Probe):
        return decision, 1
    finding, looks = _look(client, batch)
    return decide_after_probe(finding, outcome, case, pace), 1 + looks


def _look(client: LrsClient, batch: Batch) -> tuple[Finding | Barred | Unavailable, int]:
    """What the LRS holds of the batch's first and last statement, and how often it was asked.

    An LRS stores a batch whole or not at all, and members are frozen in the order they
    were added: if both ends are there as sent, the batch is.
    """
    ends = {member.id: member for member in (batch.members[0], batch.members[-1])}
    for asked, member in enumerate(ends.values(), start=1):
        reading = client.get_statement(member.id)
        if isinstance(reading, Absent):
            return Finding.MISSING, asked
        if isinstance(reading, Barred | Unavailable):
            return reading, asked
        if not isinstance(reading, Found):
            return Unavailable(reading.words), asked
        if not is_same(reading.statement, json.loads(member.body)):
            return Finding.OTHER, asked
    return Finding.SAME, len(ends)
