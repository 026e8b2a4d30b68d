"""Every error of xapi.

XapiError
├── InvalidStatement     a statement, or a value for one, cannot be right
├── PolicyError          a statement carries what may not leave
├── StatementConflict    another statement has this identifier already
├── UnknownStatement     the organisation's outbox holds no statement with this identifier
├── NotRefused           what is for refused statements was asked of one that is not
├── UnknownLrs           the organisation has no LRS of this name
├── WrongIsolation       the caller's transaction does not see what others commit
├── OutboxBusy           somebody's transaction that adds statements stays open
└── InvalidLrs           an LRS's address, version or name cannot be right

What an LRS answers is never an exception: it is an outcome (see lrs.py), because every
answer of an LRS, the worst included, has a known next step (see decision.py).
"""


class XapiError(Exception):
    """Root of the errors of xapi."""


class InvalidStatement(XapiError, ValueError):
    """A statement, or a value for one, cannot be right; the message says which."""


class PolicyError(XapiError):
    """A statement carries what may not leave; `path` is the first such field, never its value."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


class StatementConflict(XapiError):
    """The outbox holds another statement under this identifier."""


class UnknownStatement(XapiError):
    """The organisation's outbox holds no statement with this identifier."""


class NotRefused(XapiError):
    """What is for refused statements was asked of one that no LRS has refused."""


class UnknownLrs(XapiError):
    """The organisation has no LRS of this name."""


class WrongIsolation(XapiError):
    """The caller's transaction, on PostgreSQL, does not see what others commit meanwhile."""


class OutboxBusy(XapiError):
    """A transaction that adds statements stays open: an LRS cannot be added or removed yet."""


class InvalidLrs(XapiError, ValueError):
    """An LRS's address, version, name or user cannot be right; the message says which."""
