"""Whether a running tool is well."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from lti_tool.actions.runtime import Runtime
from lti_tool.storage.database import reading
from xapi.figures import PAUSED, LrsFigures, read_figures


def check(runtime: Runtime) -> dict[str, str | int]:
    """What a load balancer and an admin look at: `status` (ok or failing) and counts.

    A database that does not answer is `failing`; waiting statements are only counted (up to
    `xapi.figures.MOST_COUNTED` for each LRS), and a paused LRS is only told, since an LRS
    that is down must not take the tool out of service. Anybody may read this: it holds none
    of an LRS's words.
    """
    try:
        with reading(runtime.engine) as connection:
            found = read_figures(connection, runtime.now())
    except sa.exc.SQLAlchemyError:
        return {"status": "failing", "database": "does not answer"}
    return {
        "status": "ok",
        "database": "ok",
        "delivery": runtime.delivery_trouble() or _tell_paused(found) or "ok",
        "statements_waiting": sum(one.waiting for one in found),
        "statements_refused": sum(one.set_aside for one in found),
    }


def _tell_paused(found: Sequence[LrsFigures]) -> str:
    return "; ".join(
        f"LRS {one.lrs} is paused: somebody must mend what the administration page says"
        for one in found
        if one.state == PAUSED
    )
