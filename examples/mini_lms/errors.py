"""Everything the mini LMS can refuse.

MiniLmsError
├── ContentError          a course file cannot be what the LMS needs
├── SettingsError         a setting cannot be right
├── ClientRefused         an authorization request of an unknown tool: a page, never a redirect
├── AuthorizationRefused  an authorization request of our tool that is wrong: goes back to it
└── WebServiceRefused     a web-service call: answered with HTTP 200, as Moodle does
"""

from __future__ import annotations


class MiniLmsError(Exception):
    """The root of all errors of the mini LMS."""


class ContentError(MiniLmsError):
    """A course file is missing or says something that cannot be; names the file."""


class SettingsError(MiniLmsError):
    """A setting cannot be right; names it and says what it should look like."""


class ClientRefused(MiniLmsError):
    """The client or its redirect_uri is not registered, so nothing may be sent to it."""


class AuthorizationRefused(MiniLmsError):
    """An authorization request of a registered tool fails a check.

    `error` is a code of RFC 6749 section 4.1.2.1 or OpenID Connect Core section 3.1.2.6;
    the message is its description. `redirect_uri` is registered; `state` may be empty.
    """

    def __init__(self, error: str, description: str, *, redirect_uri: str, state: str) -> None:
        super().__init__(description)
        self.error = error
        self.redirect_uri = redirect_uri
        self.state = state


class WebServiceRefused(MiniLmsError):
    """A web-service call fails; the three texts are those Moodle answers with."""

    def __init__(self, exception: str, errorcode: str, message: str) -> None:
        super().__init__(message)
        self.exception = exception
        self.errorcode = errorcode
