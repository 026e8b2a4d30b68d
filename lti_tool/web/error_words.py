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

_NOT_DONE = Words(
    N_("That could not be done"),
    N_("Nothing was changed."),
    N_("Go back one page and look at what you entered."),
    detailed=True,
)

_ADMINS_ALONE = Words(
    N_("You may not do that here"),
    N_("It is for whoever looks after the LMS or runs the server."),
    N_("Ask them."),
    detailed=True,
)

_NO_INVITATION = Words(
    N_("This invitation does not work"),
    N_("It has ended, was taken back, or its address is not whole."),
    N_("Ask whoever runs Needle for a new one."),
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
    "storage-silent": Words(
        N_("Your LMS did not answer"),
        N_("It had kept something for Needle, to open safely, and did not give it back."),
        N_(
            "Go back to your course and open Needle again. If that does not help, use another "
            "browser."
        ),
        detailed=True,
    ),
    "too-many": Words(
        N_("Too many at once"),
        N_("Very many requests come from your network at this moment."),
        N_("Wait a minute, and try again."),
        detailed=True,
    ),
    "deployment-pending": Words(
        N_("Needle is not open here yet"),
        N_("Your administrator must approve Needle for this part of your LMS."),
        N_(
            "Show this page to whoever looks after your LMS. As soon as they have approved it, "
            "open Needle again from your course."
        ),
        detailed=True,
    ),
    "deep-linking-role": Words(
        N_("Only teachers place Needle in a course"),
        N_("For your LMS, you are no teacher of this course."),
        N_(
            "If you teach here, ask whoever looks after your LMS to give you that role. You can "
            "use Needle itself wherever your course has it."
        ),
        detailed=True,
    ),
    "deep-linking-type": Words(
        N_("Needle cannot be placed there"),
        N_("Your LMS asks for something else there than a link, such as a file or a picture."),
        N_("Add Needle to your course where it takes an activity or a link."),
        detailed=True,
    ),
    "review-role": Words(
        N_("Only teachers see what was handed in"),
        N_("For your LMS, you are no teacher of this course."),
        N_("If you teach here, ask whoever looks after your LMS to give you that role."),
        detailed=True,
    ),
    "deep-linking-return": Words(
        N_("Needle cannot be placed from here"),
        N_("Your LMS named an address for the links that is not its own, so nothing was sent."),
        N_("Show this page to whoever looks after your LMS."),
        detailed=True,
    ),
    "placing-not-asked": Words(
        N_("There is nothing to place here"),
        N_("This page was not opened to place a link."),
        N_("As a teacher, use your course's own button for adding an activity, and choose Needle."),
    ),
    "review-not-asked": Words(
        N_("There is nothing to see here"),
        N_("This page was not opened to look at somebody's work."),
        N_("As a teacher, open it from the grade book of your course."),
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
    "admin-over": Words(
        N_("You are not logged in as administrator"),
        N_("These pages are for whoever looks after Needle, and a login lasts eight hours."),
        N_(
            "Open Needle from your LMS, where you are its administrator, and press "
            "Administration; or ask for a link from the server."
        ),
        detailed=True,
    ),
    "admin-link-over": Words(
        N_("This link no longer works"),
        N_("It lets an administrator in once, within a quarter of an hour."),
        N_("Ask whoever runs the server for a new one."),
        detailed=True,
    ),
    "key-waiting": _NOT_DONE,
    "person-number": _NOT_DONE,
    "registration-unknown": _NOT_DONE,
    "admin-only": _ADMINS_ALONE,
    "admin-shared-keys": _ADMINS_ALONE,
    "admin-form": Words(
        N_("This page was too old"),
        N_("Nothing was changed."),
        N_("Go back, load the page again, and press the button there."),
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
    "invitation-unknown": _NO_INVITATION,
    "invitation-expired": _NO_INVITATION,
    "invitation-used": replace(_NO_INVITATION, what=N_("An LMS was registered with it already.")),
    "invitation-form": Words(
        N_("This page is too old"),
        N_("The registration was begun anew since, or somewhere else."),
        N_("Begin again in your LMS, with the same address."),
    ),
    "registration-under-way": Words(
        N_("Needle is being registered at this moment"),
        N_("The same form was sent twice, or by two people."),
        N_(
            "Wait a minute, then look into your LMS: Needle may be there already. If it is there "
            "but inactive, of a try that broke off, delete it there and begin again, with the "
            "same address."
        ),
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
