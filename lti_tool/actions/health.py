"""Whether a running tool is well."""

from __future__ import annotations

import sqlalchemy as sa

from lti_tool.actions.runtime import Runtime
from lti_tool.storage.database import reading
from xapi import outbox


def check(runtime: Runtime) -> dict[str, str | int]:
    """What a load balancer and an admin look at: `status` (ok or failing) and counts.

    A database that does not answer is `failing`; waiting statements are only counted, since
    an LRS that is down must not take the tool out of service.
    """
    try:
        with reading(runtime.engine) as connection:
            counts = outbox.counts(connection)
    except sa.exc.SQLAlchemyError:
        return {"status": "failing", "database": "does not answer"}
    return {
        "status": "ok",
        "database": "ok",
        "delivery": runtime.delivery_trouble() or "ok",
        "statements_waiting": counts.waiting,
        "statements_refused": counts.refused,
    }
