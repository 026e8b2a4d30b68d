"""What is said of an LRS on the admin's page."""

from __future__ import annotations

from datetime import timedelta

from babel.dates import format_timedelta

from lti_tool.web import pages
from lti_tool.web.shelf_words import number
from xapi import figures
from xapi.figures import LrsFigures


def lrs_state(state: str) -> str:
    """How delivery to an LRS stands, in words."""
    _ = pages.words().gettext
    return {
        figures.OK: _("takes statements"),
        figures.PAUSED: _("paused until somebody mends it"),
        figures.IN_TROUBLE: _("does not answer as it should; it is tried again"),
        figures.OFF: _("switched off; statements are kept for it"),
    }[state]


def counted_words(count: int) -> str:
    """A number that was counted up to `figures.MOST_COUNTED`."""
    counted = number(count)
    if count >= figures.MOST_COUNTED:
        return pages.words().gettext("%(number)s or more") % {"number": counted}
    return counted


def waiting_words(lrs: LrsFigures) -> str:
    """How many statements wait for an LRS, and for how long the oldest does."""
    words = pages.words()
    counted = counted_words(lrs.waiting)
    waited = format_timedelta(
        timedelta(seconds=lrs.oldest_seconds or 0.0), locale=pages.current_language()
    )
    return words.ngettext(
        "%(number)s statement waits, the oldest for %(time)s.",
        "%(number)s statements wait, the oldest for %(time)s.",
        lrs.waiting,
    ) % {"number": counted, "time": waited}
