"""The self-check of the command line and of the admin's page: this installation and its LMSs."""

from __future__ import annotations

from lti_tool.actions.indexing import look_at_search
from lti_tool.actions.runtime import Runtime
from lti_tool.lti.checking import Check, State, check_all


def look_at_everything(runtime: Runtime, organisation: str | None) -> list[Check]:
    """Look at everything of one organisation, or (None) of all; the LMSs come last."""
    found = check_all(
        runtime.engine,
        runtime.config,
        runtime.sealer,
        runtime.now,
        organisation=organisation,
    )
    # In a database that cannot be used there is nothing to search.
    if any(one.name == "database" and one.state is State.FAIL for one in found):
        return found
    search = [
        Check(
            name=one.name,
            state=State.OK if one.is_well else State.WARN,
            what=one.what,
            mend=one.mend,
        )
        for one in look_at_search(runtime.engine, runtime.indexes, organisation)
    ]
    own = [one for one in found if not one.about]
    return [*own, *search, *(one for one in found if one.about)]
