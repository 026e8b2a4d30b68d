"""Try Needle without an LMS: `make demo`, or `python -m examples.demo`."""

from __future__ import annotations

import argparse
import contextlib
import json
import shutil
import signal
import sys
from pathlib import Path

from examples.stack import Ports, Stack, StackError, fresh_folder

FOLDER = Path(".demo")

LMS = ("--storage", "--absent", "17:3", "--absent", "17:4", "--self-enrolment", "4")
"""Mo, number 17, is in one of the three courses, and can enrol himself in one of the others."""

READY = """
Ready. Open this in a browser:

    {lms}

Choose who you are, open a course, then the activity "What do you need right now?".
Type a need of your own, or this one:

    meeting in 20 minutes with someone whose work got worse, how do I put it?

Tess, the teacher, can place Needle in a course. {lms}/lab sends bad launches.
Mo is in one of the three courses: his answers say what he can open, and what he must enrol for
(ask as Mo: slides for tomorrow, I am nervous).

Needle's administration opens once, within 15 minutes, at

    {admin}

Another way in, from another terminal, in this folder:

    export NEEDLE_DATABASE_URL={database} NEEDLE_PUBLIC_URL={tool}
    {needle} admin-link

There, “Add an LMS” makes an address; Ada pastes it at {lms}/admin/tools,
and presses Activate once it is registered.

What was recorded arrives here within a second or two:  {lrs}

Everything runs on this machine only. Ctrl-C ends it, and nothing is kept.
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the demonstration until Ctrl-C; 0 then, 1 when it cannot start or go on."""
    parser = argparse.ArgumentParser(prog="python -m examples.demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8410,
                        help="the LMS's port; Needle and the LRS take the next two")
    base = parser.parse_args(arguments).port
    # Set by hand: a shell that starts us in the background has both ignored.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)
    try:
        ports = Ports.from_base(base)
        # Before the folder is emptied: a demonstration on these ports may be using it.
        ports.require_free()
        folder = fresh_folder(FOLDER / str(base))
        try:
            # On another site than the LMS, as in real life.
            with Stack(folder, ports, tool_host="localhost", lms=LMS, say=print) as stack:
                _tell(stack)
                stack.wait_for_interrupt()
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            with contextlib.suppress(OSError):
                FOLDER.rmdir()
    except KeyboardInterrupt:
        print("\nStopped; nothing is left running, and nothing is kept.")
        return 0
    except StackError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    return 0


def _tell(stack: Stack) -> None:
    link = stack.needle("admin-link", "--json")
    needle = Path(sys.executable).with_name("needle")
    words = READY.format(
        lms=stack.lms_url,
        lrs=stack.lrs_url,
        tool=stack.tool_url,
        admin=json.loads(link)["url"],
        database=stack.environment()["NEEDLE_DATABASE_URL"],
        needle=needle if needle.exists() else f"{sys.executable} -m lti_tool.cli",
    )
    print(words, flush=True)


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
