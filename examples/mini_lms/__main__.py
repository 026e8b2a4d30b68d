"""Serve the mini LMS: `python -m examples.mini_lms --help`."""

from __future__ import annotations

import argparse
import os
import secrets
import signal
import socket
import sys

import waitress

from examples.mini_lms.app import create_app
from examples.mini_lms.errors import MiniLmsError, SettingsError
from examples.mini_lms.settings import Settings, Tool

TOKEN_VARIABLE = "MINI_LMS_WEB_SERVICE_TOKEN"
TOOL_OPTIONS = ("client_id", "tool_login_url", "tool_launch_url", "tool_jwks_url")


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; 0 at the end, 1 when it cannot start."""
    options = _parser().parse_args(arguments)
    try:
        settings = _settings(options)
        app = create_app(settings)
        listening = socket.create_server((options.host, options.port))
    except MiniLmsError as error:
        sys.stderr.write(f"The mini LMS cannot start: {error}\n")
        return 1
    except OSError as error:
        sys.stderr.write(f"The mini LMS cannot listen on {options.host}:{options.port} ({error}). "
                         "Choose another --port.\n")
        return 1
    server = waitress.create_server(app, sockets=[listening], threads=8)
    sys.stdout.write(_greeting(settings))
    sys.stdout.flush()
    # By hand: a shell that starts us in the background has Ctrl-C ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        server.run()
    except KeyboardInterrupt:
        sys.stdout.write("\n")
    finally:
        server.close()
    return 0


def _settings(options: argparse.Namespace) -> Settings:
    """The settings of the options; the token comes from the environment, else it is new."""
    public_url = options.public_url or f"http://{options.host}:{options.port}"
    tool = None
    given = [name for name in TOOL_OPTIONS if getattr(options, name)]
    missing = [name for name in TOOL_OPTIONS if name not in given]
    if given and missing:
        names = ", ".join("--" + name.replace("_", "-") for name in missing)
        raise SettingsError(f"a tool also needs {names}.")
    if given:
        tool = Tool(
            client_id=options.client_id,
            deployment_id=options.deployment_id,
            login_url=options.tool_login_url,
            redirect_urls=tuple(options.tool_launch_url),
            target_link_uri=options.tool_target or options.tool_launch_url[0],
            jwks_url=options.tool_jwks_url,
            name=options.tool_name,
            deep_linking_url=options.tool_deep_linking_url or "",
        )
    token = os.environ.get(TOKEN_VARIABLE) or secrets.token_hex(16)
    return Settings(public_url=public_url, tool=tool, web_service_token=token,
                    storage=options.storage, deep_linking_data=options.deep_linking_data,
                    absent=frozenset(options.absent),
                    self_enrolment=frozenset(options.self_enrolment))


def _greeting(settings: Settings) -> str:
    url = settings.public_url
    lines = [
        f"The mini LMS is at {url}",
        "",
        "What a tool needs to know of it:",
        f"  issuer             {url}",
        f"  authorization URL  {url}/lti/authorize",
        f"  token URL          {url}/lti/token",
        f"  key set URL        {url}/lti/jwks.json",
    ]
    if settings.tool:
        lines += [f"  client id          {settings.tool.client_id}",
                  f"  deployment id      {settings.tool.deployment_id}"]
    else:
        lines += ["", f"To register a tool by its registration URL: {url}/admin/tools"]
    if not os.environ.get(TOKEN_VARIABLE):
        lines += ["", f"Web-service token for this run: {settings.web_service_token}",
                  f"(set {TOKEN_VARIABLE} to choose it yourself)"]
    return "\n".join([*lines, "", "Ctrl-C ends it.", ""])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m examples.mini_lms",
        description="A small LTI 1.3 platform with three courses. For one machine: nobody has "
                    "a password.",
    )
    add = parser.add_argument
    add("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    add("--port", type=int, default=8410, help="port to listen on (default: %(default)s)")
    add("--public-url", help="how browsers reach it, and its issuer, such as "
                             "http://lms.localhost:8410 (default: http://HOST:PORT)")
    add("--client-id", help="the tool's client id")
    add("--deployment-id", default="1", help="the tool's deployment id (default: %(default)s)")
    add("--tool-login-url", help="the tool's OIDC login initiation URL")
    add("--tool-launch-url", action="append",
        help="a redirect URL of the tool, compared letter by letter; may be repeated")
    add("--tool-target", help="target link URI of the activities (default: the launch URL)")
    add("--tool-jwks-url", help="the tool's key set URL")
    add("--tool-name", default="External tool", help="the tool's name (default: %(default)s)")
    add("--tool-deep-linking-url",
        help="target link URI of deep linking (default: that of the activities)")
    add("--storage", action="store_true",
        help="keep tools' data in a frame and resize theirs (LTI postMessage storage)")
    add("--deep-linking-data", help="data that a deep-linking response must bring back")
    add("--absent", action="append", default=[], type=_absent, metavar="PERSON:COURSE",
        help="the numbers of somebody and of a course that they are not in; may be repeated")
    add("--self-enrolment", action="append", default=[], type=int, metavar="COURSE",
        help="the number of a course in which people enrol themselves; may be repeated")
    return parser


def _absent(text: str) -> tuple[int, int]:
    person, _, course = text.partition(":")
    return int(person), int(course)


if __name__ == "__main__":
    sys.exit(main())
