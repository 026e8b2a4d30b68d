"""The thread of a process that keeps indexes up to date while others answer."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from collections.abc import Callable

import sqlalchemy as sa

from lti_tool.actions.indexing.states import LOG

Stopped = Callable[[], bool]

LOOKS_SECONDS = 10.0
"""How soon it looks again; what a learner asks wakes it earlier."""

_NICE = 10
_STOP_SECONDS = 30.0


class Worker:
    """Does what is to be done, again and again, until it is stopped.

    `work` is handed what says whether to stop.
    """

    def __init__(self, work: Callable[[Stopped], object]) -> None:
        self._work = work
        self._stop = threading.Event()
        self._wake = threading.Event()
        self._thread = threading.Thread(target=self._run, name="indexing", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Look now: something has changed."""
        self._wake.set()

    def stop(self) -> None:
        """End it, after the step that it is in."""
        self._stop.set()
        self._wake.set()
        self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._work(self._stop.is_set)
            except (sa.exc.DBAPIError, sa.exc.TimeoutError, OSError) as error:
                LOG.warning("indexing waits, for something failed (%s)", type(error).__name__)
            except Exception:  # noqa: BLE001 - without this thread nothing would be followed again
                LOG.exception("indexing failed, and is tried again")
            self._wake.wait(LOOKS_SECONDS)
            self._wake.clear()


def lower_priority() -> None:
    """Let this thread have what processor time others leave, where the system can do that."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)
