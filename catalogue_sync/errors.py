"""Every error of catalogue_sync.

CatalogueError
├── InvalidModule            a module's own values cannot be right
├── InvalidSettings          a source's settings or secret are missing or wrong
├── UnknownSource            the catalogue has no source of that name
├── SourceExists             the catalogue has a source of that name already
├── SyncOvertaken            another sync of the same source began meanwhile
├── SourceError              a source cannot be read now
│   ├── SourceUnreachable    no answer, or none in time
│   ├── AccessRefused        the source does not let this account read it at all
│   ├── RequestRefused       the source refused one request; others may do
│   └── InvalidAnswer        an answer that is not what such a source answers
└── PackageError             a file cannot be read as a package
    ├── UnsafePackage        a file that could do harm: refused unread
    ├── UnsupportedPackage   a file of a format that no reader here reads
    └── InvalidXML           XML that is broken, or past a limit
"""


class CatalogueError(Exception):
    """Root of the errors of catalogue_sync; the message says what, to what, and what next."""


class InvalidModule(CatalogueError, ValueError):
    """A module's values cannot be right; the message says which."""


class InvalidSettings(CatalogueError, ValueError):
    """A source's settings or secret are missing or wrong; the message says which."""


class UnknownSource(CatalogueError, LookupError):
    """The catalogue has no source of that name."""


class SourceExists(CatalogueError):
    """The catalogue has a source of that name already."""


class SyncOvertaken(CatalogueError):
    """Another sync of the same source began meanwhile; this one stopped without harm."""


class SourceError(CatalogueError):
    """A source cannot be read now; what the catalogue holds of it is kept."""


class SourceUnreachable(SourceError):
    """A source gave no answer, or none in time."""


class AccessRefused(SourceError):
    """A source does not let this account read it: a wrong secret, or a missing permission."""


class RequestRefused(SourceError):
    """A source refused one request; `code` is its own word for the reason."""

    def __init__(self, message: str, *, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class InvalidAnswer(SourceError):
    """A source answered something that such a source does not answer."""


class PackageError(CatalogueError):
    """A file cannot be read as a package; the message names the file."""


class UnsafePackage(PackageError):
    """A file that could do harm is refused unread."""


class UnsupportedPackage(PackageError):
    """A file has a format that no reader here reads."""


class InvalidXML(PackageError):
    """XML is broken or past a limit; the message names file, line and column."""
