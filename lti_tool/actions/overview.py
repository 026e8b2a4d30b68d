"""What an administrator sees first: what must be mended, the LMSs, LRSs, and refusals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lti_tool.actions.deployments import PendingDeployment, list_pending
from lti_tool.actions.platforms import list_platforms
from lti_tool.actions.refusals import last_refusals
from lti_tool.actions.runtime import Runtime
from lti_tool.domain.launch import Registration
from lti_tool.storage.database import reading
from lti_tool.storage.refusals import Refusal
from lti_tool.storage.seen import Seen, list_seen
from xapi.figures import LrsFigures, count_without_lrs, read_figures


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformOverview:
    """One LMS, and how it was met at its last launch (None: there was none)."""

    registration: Registration
    seen: Seen | None
    pending: Sequence[PendingDeployment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """An organisation's LMSs and LRSs, oldest first, and its last refusals, newest first.

    `without_lrs` counts the statements that are kept while it has no LRS.
    """

    platforms: Sequence[PlatformOverview]
    refusals: Sequence[Refusal]
    lrss: Sequence[LrsFigures]
    without_lrs: int

    @property
    def alerts(self) -> list[LrsFigures]:
        """The LRSs that somebody must look at."""
        return [one for one in self.lrss if one.needs_a_person]


def look_over(runtime: Runtime, organisation: str) -> Overview:
    """Everything that the first admin page shows; nothing of it is about a person."""
    pending = list_pending(runtime, organisation)
    with reading(runtime.engine) as connection:
        seen = list_seen(connection, organisation)
        lrss = read_figures(connection, runtime.now(), organisation=organisation)
        without = count_without_lrs(connection, organisation=organisation)
    return Overview(
        platforms=[
            PlatformOverview(
                registration=one,
                seen=seen.get(one.id),
                pending=[wait for wait in pending if wait.registration_id == one.id],
            )
            for one in list_platforms(runtime, organisation)
        ],
        refusals=last_refusals(runtime, organisation),
        lrss=lrss,
        without_lrs=without.get(organisation, 0),
    )
