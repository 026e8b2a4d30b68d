"""Every error of catalogue_sync.

CatalogueError
├── InvalidModule            a module's own values cannot be right
├── InvalidTable             a file is no table of modules that can be read back
├── InvalidSettings          a source's settings or secret are missing or wrong
├── UnknownSource            the catalogue has no source of that name
├── UnknownModule            the catalogue has no module of that key
├── SourceExists             the catalogue has a source of that name already
├── SyncOvertaken            another sync of the same source began meanwhile
├── SourceError              a source cannot be read now
│   ├── SourceUnreachable    no answer, or none in time
│   ├── AddressRefused       an address that may not be called from here
│   ├── AccessRefused        the source does not let this account read it at all
│   ├── RequestRefused       the source refused one request; others may do
│   └── InvalidAnswer        an answer that is not what such a source answers
└── PackageError             a file cannot be read as a package
    ├── UnsafePackage        a file that could do harm: refused unread
    ├── UnsupportedPackage   a file of a format that no reader here reads
    ├── InvalidXML           XML that is broken, or past a limit
    └── UnreadableContent    a file inside a module whose text cannot be read
        └── MissingLibrary   its reader is not installed
"""


class CatalogueError(Exception):
    """Root of the errors of catalogue_sync; the message says what, to what, and what next."""


class InvalidModule(CatalogueError, ValueError):
    """A module's values cannot be right; the message says which."""


class InvalidTable(CatalogueError, ValueError):
    """A file is no table of modules that can be read back; the message says what to do."""


class InvalidSettings(CatalogueError, ValueError):
    """A source's settings or secret are missing or wrong; the message says which."""


class UnknownSource(CatalogueError, LookupError):
    """The catalogue has no source of that name."""


class UnknownModule(CatalogueError, LookupError):
    """The catalogue has no module of that source and identifier."""


class SourceExists(CatalogueError):
    """The catalogue has a source of that name already."""


class SyncOvertaken(CatalogueError):
    """Another sync of the same source began meanwhile; this one stopped without harm."""


class SourceError(CatalogueError):
    """A source cannot be read now; what the catalogue holds of it is kept."""


class SourceUnreachable(SourceError):
    """A source gave no answer, or none in time."""


class AddressRefused(SourceError):
    """An address may not be called from here: it is not in the public internet."""


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


class UnreadableContent(PackageError):
    """The text of a file inside a module cannot be read; the message says why."""


class MissingLibrary(UnreadableContent):
    """The text of a file cannot be read because a library is not installed."""
