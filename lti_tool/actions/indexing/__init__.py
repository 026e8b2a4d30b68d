"""Search indexes in service: one an organisation, which follow the catalogue.

Words answer at once; vectors are read and made behind the learners' backs, and each state
replaces the one before in one step (docs/adr/0014).
"""

from lti_tool.actions.indexing.coverage import Coverage, cover
from lti_tool.actions.indexing.indexes import Indexes
from lti_tool.actions.indexing.settings import IndexSettings, index_settings
from lti_tool.actions.indexing.standing import Remark, look_at_search, tell_after_sync

__all__ = [
    "Coverage",
    "IndexSettings",
    "Indexes",
    "Remark",
    "cover",
    "index_settings",
    "look_at_search",
    "tell_after_sync",
]
