"""What can be wrong with kept vectors."""

from __future__ import annotations

from lti_tool.errors import NeedleError


class VectorsRefused(NeedleError):
    """A file of vectors cannot be used; build it anew.

    `code` is `vectors-damaged` (also for one that is not there), `vectors-other` (of another
    model, edition or catalogue) or `vectors-folder` (the folder cannot be made).
    """

    code = "vectors-damaged"
