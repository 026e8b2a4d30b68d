"""What this person already opened, and what they said of it: soft, and told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lti_tool.domain.history import Helped
from lti_tool.domain.placement import ModuleKey
from lti_tool.recommender.use.likeness import ANY
from lti_tool.recommender.use.told import DidNotHelpYou, HelpedYou, OpenedBefore, UseReason

DID_NOT_HELP = -0.15
"""What a module loses that did not help this person with a need like this one."""

DID_NOT_HELP_ELSE = -0.03
"""What it loses when that need was another one, or nothing tells how alike the two are."""

HELPED_PARTLY = -0.03
"""What a module loses that helped this person in part with a need like this one."""

ALREADY_OPENED = -0.02
"""What a module loses that this person opened without saying whether it helped."""


@dataclass(frozen=True, slots=True)
class Used:
    """A module as this person used it for one need; `helped` is None when they did not say."""

    helped: Helped | None
    likeness: str = ANY


@dataclass(frozen=True, slots=True)
class PersonalUse:
    """Everything that one person opened or judged, by module, oldest first.

    Shifts are on scores of which the best is about 1, and never leave a module out.
    """

    used: Mapping[ModuleKey, Sequence[Used]]

    def shift(self, key: ModuleKey, likeness: str = ANY) -> float:
        """What to add to a module's score for this person: 0 or less."""
        last = self._last(key, likeness)
        if last is None:
            return 0.0
        alike = likeness != ANY and last.likeness == likeness
        match last.helped:
            case Helped.YES:
                return 0.0
            case Helped.PARTLY:
                return HELPED_PARTLY if alike else 0.0
            case Helped.NO:
                return DID_NOT_HELP if alike else DID_NOT_HELP_ELSE
            case None:
                return ALREADY_OPENED

    def reason(self, key: ModuleKey, likeness: str = ANY) -> UseReason | None:
        """What to tell this person of a module that they know; None for one they do not."""
        last = self._last(key, likeness)
        if last is None:
            return None
        match last.helped:
            case Helped.YES:
                return HelpedYou()
            case Helped.NO:
                return DidNotHelpYou()
            case _:
                return OpenedBefore()

    def _last(self, key: ModuleKey, likeness: str) -> Used | None:
        """The last use for a need like this one, else for any; one that was judged goes first."""
        uses = self.used.get(key)
        if not uses:
            return None
        alike = [use for use in uses if likeness != ANY and use.likeness == likeness]
        among = alike or list(uses)
        judged = [use for use in among if use.helped is not None]
        return next(reversed(judged or among), None)


NOTHING_USED = PersonalUse({})
"""The use of a guest, or of somebody who comes for the first time."""
