"""What a person reads when something went wrong: plain words for each code."""

from __future__ import annotations

import gettext
from dataclasses import dataclass, replace


def N_(message: str) -> str:  # noqa: N802 - the name that message extraction looks for
    """Mark a message that is translated later."""
    return message


@dataclass(frozen=True, slots=True)
class Words:
    """A page's title, what happened, and what to do next.

    `detailed` says that the error's own message belongs below, for the administrator.
    """

    title: str
    what: str
    mend: str
    detailed: bool = False

    def told_in(self, words: gettext.NullTranslations) -> Words:
        """The same in another language."""
        _ = words.gettext
        return replace(self, title=_(self.title), what=_(self.what), mend=_(self.mend))


_OPEN_AGAIN = N_("Go back to your course and open Needle again.")
_OPEN_OR_SHOW = N_(
    "Go back to your course and open Needle again. If that does not help, show this page to "
    "whoever looks after your LMS."
)

_TOO_LATE = Words(
    N_("This way in is used up"),
    N_("Each opening from your course works once, and for a few minutes."),
    _OPEN_AGAIN,
)

_NOT_FROM_COURSE = Words(
    N_("Open Needle from your course"),
    N_("This address does not work by itself, or as a bookmark."),
    _OPEN_OR_SHOW,
    detailed=True,
)

_BY_CODE = {
    "login-unknown": _TOO_LATE,
    "login-expired": _TOO_LATE,
    "login-used": _TOO_LATE,
    "state-unknown": _TOO_LATE,
    "state-expired": _TOO_LATE,
    "state-used": _TOO_LATE,
    "token-expired": replace(_TOO_LATE, mend=_OPEN_OR_SHOW, detailed=True),
    "login-incomplete": _NOT_FROM_COURSE,
    "launch-incomplete": _NOT_FROM_COURSE,
    "cookies-blocked": Words(
        N_("Your browser kept no cookie"),
        N_("Needle needs one cookie, only to open safely; after that it uses none."),
        N_(
            "Allow cookies for this site, or use another browser, and open Needle again from "
            "your course."
        ),
    ),
    "subject-missing": Words(
        N_("Needle does not know who you are"),
        N_("Your LMS did not say who opened it."),
        N_(
            "Log in to your LMS and open Needle again from your course. If that does not help, "
            "show this page to whoever looks after your LMS."
        ),
        detailed=True,
    ),
    "session-expired": Words(
        N_("This page has expired"),
        N_("You can no longer go on from here."),
        _OPEN_AGAIN,
    ),
    "opening-expired": Words(
        N_("This link has expired"),
        N_("It led to a module that was found for you a while ago."),
        N_("Go back to your course, open Needle, and say again what you need right now."),
    ),
    "opening-unknown": Words(
        N_("This link leads nowhere"),
        N_("Needle does not know this link, or no longer."),
        N_("Go back to your course, open Needle, and say again what you need right now."),
    ),
    "module-gone": Words(
        N_("This module is gone"),
        N_("It is no longer in your organisation's catalogue."),
        N_("Go back to your course, open Needle, and say again what you need right now."),
    ),
    "not-found": Words(
        N_("That is not here any more"),
        N_("What this page was about is no longer kept."),
        _OPEN_AGAIN,
    ),
    "form-broken": Words(
        N_("Needle could not read that"),
        N_("The form did not arrive whole."),
        _OPEN_AGAIN,
    ),
}

_LAUNCH = Words(
    N_("Needle could not open"),
    N_("Your LMS and Needle did not understand each other."),
    _OPEN_OR_SHOW,
    detailed=True,
)

_BY_STATUS = {
    404: Words(
        N_("There is no page here"),
        N_("The address is wrong, or the page has gone."),
        _OPEN_AGAIN,
    ),
    405: Words(
        N_("This page cannot be opened by itself"),
        N_("It is only reached from another page of Needle."),
        _OPEN_AGAIN,
    ),
    413: Words(
        N_("That is too much at once"),
        N_("Needle reads no more than a megabyte, and one or two sentences are enough."),
        N_("Go back one page: your words are still there to shorten."),
    ),
}

_BAD_REQUEST = Words(
    N_("Needle could not read that"),
    N_("Something in what was sent is not as it should be."),
    _OPEN_AGAIN,
)

_FAILED = Words(
    N_("Something went wrong on our side"),
    N_("It is nothing you did."),
    N_(
        "Try again in a minute. If it happens again, give the reference below to whoever "
        "looks after your LMS."
    ),
)


def words_for(code: str, status: int, *, launching: bool) -> Words:
    """The English words for an error's code; without words of its own, for its status.

    `launching` says that it happened on the way from the LMS.
    """
    if code in _BY_CODE:
        return _BY_CODE[code]
    if status >= 500:
        return _FAILED
    if launching:
        return _LAUNCH
    return _BY_STATUS.get(status, _BAD_REQUEST)
