"""What an organisation lets its statements carry; the default is the most private."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Identity = Literal["pseudonym", "account"]
"""How a learner is named: by 32 hexadecimal digits, or by the LMS's own account name."""

Setting = Literal["need_words", "practice", "evidence", "planned_time"]
"""What is let out only where an organisation says so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carries:
    """What statements may carry besides what every organisation's do.

    `need_words`: the words of a need. `practice`: that somebody practised. `evidence`: links
    to proof of what was applied at work, and that it was shared. `planned_time`: when
    somebody means to learn. A name, an e-mail address and the words of a goal are never
    carried, whatever is set.
    """

    identity: Identity = "pseudonym"
    need_words: bool = False
    practice: bool = False
    evidence: bool = False
    planned_time: bool = False

    def __post_init__(self) -> None:
        # A word that comes from a setting or a database is no Literal at run time.
        if self.identity not in ("pseudonym", "account"):
            raise ValueError(f"an identity is pseudonym or account, not {self.identity!r}")

    def allows(self, setting: Setting | None) -> bool:
        """Whether `setting` is on; what hangs on none of them is always allowed."""
        return setting is None or bool(getattr(self, setting))
