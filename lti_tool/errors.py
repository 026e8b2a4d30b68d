"""Every error of lti_tool.

NeedleError                 code, plain words, what to do next
├── ConfigError             a setting is missing or wrong
│   └── sealing.SealedElsewhere   sealed with another NEEDLE_SECRET_KEY
├── InputError              what a person or a program sent cannot be used
├── NotFound                nothing is known under that identifier
├── SessionExpired          the launch that a page belongs to is over
├── OpeningExpired          a link to a module is too old
└── LaunchRefused           a login or launch that must not go on
"""


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


class SessionExpired(NeedleError):
    """The launch that a page belongs to is over."""

    code = "session-expired"
    status = 401


class OpeningExpired(NeedleError):
    """A link to a module is too old."""

    code = "opening-expired"
    status = 410


class LaunchRefused(NeedleError):
    """A login or launch that must not go on; `code` names the check that refused it."""

    code = "launch-refused"
    status = 403
