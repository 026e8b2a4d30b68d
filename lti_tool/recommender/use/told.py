"""What is told of use: by many people, and by this person."""

from __future__ import annotations

import gettext
from dataclasses import dataclass
from typing import assert_never


@dataclass(frozen=True, slots=True)
class HelpedMost:
    """Of ten people or more who said, it helped most; `alike`: with a need like this one."""

    alike: bool


@dataclass(frozen=True, slots=True)
class OpenedBefore:
    """This person has opened it before."""


@dataclass(frozen=True, slots=True)
class HelpedYou:
    """This person said before that it helped."""


@dataclass(frozen=True, slots=True)
class DidNotHelpYou:
    """This person said before that it did not help."""


UseReason = HelpedMost | OpenedBefore | HelpedYou | DidNotHelpYou


def tell_use(reason: UseReason, translator: gettext.NullTranslations) -> str:
    """The reason in one plain sentence, in the translator's language."""
    _ = translator.gettext
    match reason:
        case HelpedMost(alike=True):
            return _("It helped most people here who had a need like this and told us.")
        case HelpedMost():
            return _("It helped most people here who used it and told us.")
        case OpenedBefore():
            return _("You opened it before.")
        case HelpedYou():
            return _("It helped you before.")
        case DidNotHelpYou():
            return _("You said before that it did not help you.")
        case _:
            assert_never(reason)
