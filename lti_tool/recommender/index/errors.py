"""The error of an index that must be built anew."""

from __future__ import annotations

from lti_tool.errors import NeedleError


class UnusableIndex(NeedleError):
    """An index on disk is missing, damaged or of another edition; or one was followed already.

    The catalogue holds everything that an index does: build it anew.
    """

    code = "index-unusable"
