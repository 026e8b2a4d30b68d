"""Run the example LRS: `python -m examples.lrs --port 8402`."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys
from pathlib import Path

import waitress

from examples.lrs.app import create_app
from examples.lrs.store import Store

USER_VARIABLE = "EXAMPLE_LRS_USER"
PASSWORD_VARIABLE = "EXAMPLE_LRS_PASSWORD"


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 0 at the end, 1 when it cannot start."""
    options = _parser().parse_args(arguments)
    user = os.environ.get(USER_VARIABLE) or "needle"
    password = os.environ.get(PASSWORD_VARIABLE) or secrets.token_urlsafe(12)
    try:
        listening = socket.create_server((options.host, options.port))
    except (OSError, OverflowError) as error:
        sys.stderr.write(f"The example LRS cannot listen on {options.host}:{options.port} "
                         f"({error}). Choose another --port.\n")
        return 1
    app = create_app(user, password, options.path)
    server = waitress.create_server(app, sockets=[listening], threads=4)
    sys.stdout.write(_greeting(f"http://{options.host}:{listening.getsockname()[1]}", user,
                               password))
    sys.stdout.flush()
    # By hand: a shell that starts us in the background has Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        server.run()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        server.close()
        store = app.extensions["store"]
        assert isinstance(store, Store)
        store.close()
    return 0


def _greeting(url: str, user: str, password: str) -> str:
    lines = [
        "An example LRS, not a product: for one machine, for trying things.",
        f"  statements as they arrive  {url}/",
        f"  xAPI endpoint              {url}/xapi",
        f"  user                       {user}",
    ]
    if not os.environ.get(PASSWORD_VARIABLE):
        lines += [f"  password for this run      {password}",
                  f"  (set {PASSWORD_VARIABLE} to choose it yourself)"]
    return "\n".join([*lines, "Ctrl-C ends it.", ""])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m examples.lrs", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1",
                        help="address to listen on (default: %(default)s)")
    parser.add_argument("--port", type=int, default=8402,
                        help="port to listen on (default: %(default)s)")
    parser.add_argument("--path", type=Path,
                        help="SQLite file to keep statements in (default: in memory)")
    return parser


if __name__ == "__main__":
    sys.exit(main())
