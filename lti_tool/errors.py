"""Every error of lti_tool.

NeedleError                 code, plain words, what to do next
├── ConfigError             a setting is missing or wrong
│   └── sealing.SealedElsewhere   sealed with another NEEDLE_SECRET_KEY
├── InputError              what a person or a program sent cannot be used
├── NotFound                nothing is known under that identifier
├── NotAllowed              only an administrator may do that
├── SessionExpired          the launch that a page belongs to is over
├── OpeningExpired          a link to a module is too old
├── TooMany                 one address asked too often
├── MetricsRefused          the figures were asked for without their token
├── InvitationRefused       an invitation that cannot be used, or no more
├── RegistrationFailed      a platform could not register the tool
├── LaunchRefused           a login or launch that must not go on
├── recommender.index.UnusableIndex   an index on disk has to be built anew
└── ServiceRefused          a service of the platform did not do what it was asked
"""

from __future__ import annotations

import uuid


class NeedleError(Exception):
    """Root of the errors of lti_tool.

    `code` is stable and found in docs/errors.md; `status` is the HTTP status of a page that
    shows it; the message says what happened and to what, `mend` what to do next.
    """

    code = "needle"
    status = 500

    def __init__(self, message: str, *, mend: str = "", code: str | None = None) -> None:
        super().__init__(message)
        self.mend = mend
        if code is not None:
            self.code = code


class ConfigError(NeedleError):
    """A setting is missing or wrong."""

    code = "config"


class InputError(NeedleError):
    """What a person or a program sent cannot be used."""

    code = "input"
    status = 400


class NotFound(NeedleError):
    """Nothing is known under that identifier."""

    code = "not-found"
    status = 404


class NotAllowed(NeedleError):
    """What only an administrator may do, or may no longer; `code` says why."""

    code = "not-allowed"
    status = 403


class SessionExpired(NeedleError):
    """The launch that a page belongs to is over."""

    code = "session-expired"
    status = 401


class OpeningExpired(NeedleError):
    """A link to a module is too old."""

    code = "opening-expired"
    status = 410


class TooMany(NeedleError):
    """One address asked for the same thing too often."""

    code = "too-many"
    status = 429


class MetricsRefused(NeedleError):
    """The figures for monitoring were asked for without their token."""

    code = "metrics-token"
    status = 401


class InvitationRefused(NeedleError):
    """An invitation that cannot be used, or no more; `code` says why."""

    code = "invitation-unknown"
    status = 410

    def __init__(
        self, message: str, *, mend: str = "", code: str | None = None, status: int = 410
    ) -> None:
        super().__init__(message, mend=mend, code=code)
        self.status = status


class RegistrationFailed(NeedleError):
    """A platform could not register the tool.

    `step` is `reading` (its configuration), `registering` or `saving`; `answer` is what the
    platform said, cut, and empty when it said nothing.
    """

    code = "registration-failed"
    status = 400

    def __init__(
        self, message: str, *, step: str, mend: str = "", code: str | None = None, answer: str = ""
    ) -> None:
        super().__init__(message, mend=mend, code=code)
        self.step = step
        self.answer = answer


class LaunchRefused(NeedleError):
    """A login or launch that must not go on; `code` names the check that refused it.

    `registration_id` is the registration that it was at, once that is known.
    """

    code = "launch-refused"
    status = 403

    def __init__(
        self,
        message: str,
        *,
        mend: str = "",
        code: str | None = None,
        registration_id: uuid.UUID | None = None,
    ) -> None:
        super().__init__(message, mend=mend, code=code)
        self.registration_id = registration_id


class ServiceRefused(NeedleError):
    """A service of the platform did not do what it was asked.

    `answered` is the platform's HTTP status, None when there was none; `retry_after` the
    seconds after which the platform wants to be asked again, None when it did not say;
    `is_final` says that asking again, with nothing changed, would be answered the same.
    """

    code = "service-refused"
    status = 502

    def __init__(
        self,
        message: str,
        *,
        mend: str = "",
        code: str | None = None,
        answered: int | None = None,
        retry_after: float | None = None,
        is_final: bool = False,
    ) -> None:
        super().__init__(message, mend=mend, code=code)
        self.answered = answered
        self.retry_after = retry_after
        self.is_final = is_final
