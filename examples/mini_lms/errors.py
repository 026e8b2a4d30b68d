"""Everything the mini LMS can refuse.

MiniLmsError
├── ContentError          a course file cannot be what the LMS needs
├── SettingsError         a setting cannot be right
├── ClientRefused         an authorization request of an unknown tool: a page, never a redirect
├── AuthorizationRefused  an authorization request of our tool that is wrong: goes back to it
├── RegistrationRefused   a registration request: answered to the tool with a status and words
├── KeysUnreachable       the key set of a tool cannot be fetched
├── SignatureRefused      a token of a tool fails a check
├── ContentRefused        a deep-linking response cannot be taken: a page
├── ServiceDenied         a call of a service: answered with a status and JSON
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


class RegistrationRefused(MiniLmsError):
    """A registration request cannot be taken; `status` is the answer's."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


class KeysUnreachable(MiniLmsError):
    """The key set of a tool cannot be fetched or read; names the address."""


class SignatureRefused(MiniLmsError):
    """A token of a tool is not signed, or not made, as it must be; says what failed."""


class ContentRefused(MiniLmsError):
    """A deep-linking response cannot be taken; says what is wrong with it."""


class ServiceDenied(MiniLmsError):
    """A call of a service that is not allowed or cannot be; `status` is the answer's."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class WebServiceRefused(MiniLmsError):
    """A web-service call fails; the three texts are those Moodle answers with."""

    def __init__(self, exception: str, errorcode: str, message: str) -> None:
        super().__init__(message)
        self.exception = exception
        self.errorcode = errorcode
