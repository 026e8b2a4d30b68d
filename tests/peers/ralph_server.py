"""Ralph's own application, served on the port given: `python ralph_server.py PORT`.

Run by tests/peers/ralph.py with Ralph's settings in the environment. Its file backend takes
one POST and then fails for ever unless its default operation is APPEND, which no setting of
its own can say.
"""

from __future__ import annotations

import sys

import uvicorn
from ralph.api import app
from ralph.backends.data.base import BaseOperationType
from ralph.backends.lrs.fs import FSLRSBackend

if __name__ == "__main__":
    FSLRSBackend.default_operation_type = BaseOperationType.APPEND
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
