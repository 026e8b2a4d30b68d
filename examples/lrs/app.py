"""The example LRS as a Flask application: the statements resource, and the page at `/`."""

from __future__ import annotations

import hmac
import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

import flask
from werkzeug.exceptions import HTTPException

from examples.lrs.checks import Statement, find_problem, is_uuid
from examples.lrs.store import ConflictError, Store
from examples.lrs.words import describe

VERSION = "1.0.3"
VERSION_HEADER = "X-Experience-API-Version"
SHOWN = 100
MOST_LISTED = 500
LARGEST_REQUEST = 5 * 1024 * 1024
QUERY = frozenset({"statementId", "voidedStatementId", "verb", "registration", "limit",
                   "ascending", "after", "before", "format", "attachments"})
POLICY = ("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
          "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")

pages = flask.Blueprint("pages", __name__)
xapi = flask.Blueprint("xapi", __name__, url_prefix="/xapi")


def create_app(
    user: str,
    password: str,
    path: Path | str | None = None,
    *,
    now: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> flask.Flask:
    """The example LRS. Programs sign in with `user` and `password`; the page at `/` is open.

    `path` names the SQLite file that keeps the statements, None keeps them in memory. Its
    `Store` is `app.extensions["store"]`; close it at the end.
    """
    app = flask.Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = LARGEST_REQUEST
    app.config["CREDENTIALS"] = (user, password)
    app.extensions["store"] = Store(Path(path) if path is not None else None, now)
    app.register_blueprint(pages)
    app.register_blueprint(xapi)
    app.after_request(_add_headers)
    return app


@pages.get("/")
def show() -> str:
    """The statements, newest first; `?need=` shows those of one registration."""
    need = flask.request.args.get("need", "")
    kept = _store().read(registration=need.lower() or None, limit=SHOWN)
    return flask.render_template(
        "statements.html", lines=[describe(one) for one in kept], need=need,
        total=_store().count(), shown=SHOWN,
    )


@pages.get("/rows")
def show_rows() -> str:
    """What arrived after a place, as the page's own rows, for its script."""
    need = flask.request.args.get("need", "")
    after = _whole_number("after", 0)
    kept = _store().read(after=after, registration=need.lower() or None, limit=SHOWN)
    return flask.render_template("rows.html", lines=[describe(one) for one in kept])


@xapi.get("/about")
def tell_about() -> flask.Response:
    """Which versions are spoken (xAPI part 3, 2.8)."""
    return flask.jsonify({"version": [VERSION]})


@xapi.before_request
def check_caller() -> None:
    """Basic authentication and the version header (part 3, 1.3 and 3.3)."""
    if flask.request.endpoint == "xapi.tell_about":
        return
    given = flask.request.authorization
    user, password = flask.current_app.config["CREDENTIALS"]
    right = given is not None and given.type == "basic" and _same(
        f"{given.username}:{given.password}", f"{user}:{password}")
    if not right:
        answer = flask.Response("the user or the password is wrong\n", 401)
        answer.headers["WWW-Authenticate"] = 'Basic realm="example LRS"'
        flask.abort(answer)
    if not flask.request.headers.get(VERSION_HEADER, "").startswith(("1.0", "2.0")):
        _refuse(400, f"{VERSION_HEADER} is missing, or names a version that is not spoken")


@xapi.post("/statements")
def take_statements() -> flask.Response:
    """Keep one statement or a batch, all or nothing (part 3, 2.1.2)."""
    value = _json_body()
    batch = value if isinstance(value, list) else [value]
    statements = [_checked(one) for one in batch]
    ids = [str(statement["id"]) for statement in statements]
    if len({one.lower() for one in ids}) != len(ids):
        _refuse(400, "an id occurs twice in the batch")
    _keep(statements)
    return flask.jsonify(ids)


@xapi.put("/statements")
def take_statement() -> flask.Response:
    """Keep one statement under the id of the address (part 3, 2.1.1)."""
    wanted = flask.request.args.get("statementId", "")
    value = _json_body()
    if not is_uuid(wanted):
        _refuse(400, "statementId must be a UUID")
    if isinstance(value, dict) and str(value.setdefault("id", wanted)).lower() != wanted.lower():
        _refuse(400, "the statement has another id than the address")
    _keep([_checked(value)])
    return flask.Response(status=204)


@xapi.get("/statements")
def give_statements() -> flask.Response:
    """One statement by its id, or a list (part 3, 2.1.3 and 2.1.4)."""
    arguments = flask.request.args
    unknown = sorted(set(arguments) - QUERY)
    if unknown:
        _refuse(400, "this example LRS knows no such parameter: " + unknown[0][:40])
    for name, voided in (("statementId", False), ("voidedStatementId", True)):
        if name not in arguments:
            continue
        found = _store().find(arguments[name], voided=voided)
        if found is None:
            _refuse(404, "there is no statement with this id")
        return flask.jsonify(found)
    return flask.jsonify(_list(arguments.get("ascending") == "true"))


def _list(ascending: bool) -> dict[str, object]:
    arguments = flask.request.args
    limit = min(_whole_number("limit", 0) or 100, MOST_LISTED)
    registration = arguments.get("registration")
    kept = _store().read(
        after=_whole_number("after", 0), before=_whole_number("before", 0) or None,
        verb=arguments.get("verb"), registration=registration and registration.lower(),
        oldest_first=ascending, limit=limit + 1,
    )
    more = ""
    if len(kept) > limit:
        place = {"after" if ascending else "before": kept[limit - 1].seq}
        same = {name: arguments[name] for name in ("verb", "registration", "ascending", "limit")
                if name in arguments}
        more = f"{flask.request.path}?{urlencode(same | place)}"
    return {"statements": [one.statement for one in kept[:limit]], "more": more}


def _json_body() -> object:
    try:
        value: object = json.loads(flask.request.get_data(), parse_constant=_no_number)
    except (ValueError, RecursionError):
        _refuse(400, "the body is not JSON")
    return value


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON")


def _checked(value: object) -> Statement:
    problem = find_problem(value)
    if problem is not None or not isinstance(value, dict):
        _refuse(400, problem or "a statement must be a JSON object")
    statement: Statement = {"id": str(uuid.uuid4()), **value}
    return statement


def _keep(statements: list[Statement]) -> None:
    try:
        _store().add(statements)
    except ConflictError as error:
        _refuse(409, str(error))


def _store() -> Store:
    store = flask.current_app.extensions["store"]
    assert isinstance(store, Store)
    return store


def _whole_number(name: str, otherwise: int) -> int:
    given = flask.request.args.get(name, "")
    if not given:
        return otherwise
    if not (given.isascii() and given.isdigit() and len(given) <= 15):
        _refuse(400, f"{name} must be a whole number")
    return int(given)


def _same(given: str, right: str) -> bool:
    return hmac.compare_digest(given.encode(), right.encode())


def _refuse(status: int, words: str) -> NoReturn:
    answer = flask.Response(words + "\n", status, mimetype="text/plain")
    raise HTTPException(response=answer)


def _add_headers(response: flask.Response) -> flask.Response:
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    if flask.request.path.startswith("/xapi/"):
        response.headers[VERSION_HEADER] = VERSION
        response.headers["X-Experience-API-Consistent-Through"] = datetime.now(UTC).isoformat()
    else:
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
    return response
