"""What a platform calls: /lti/login, /lti/launch and /lti/jwks.json."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.actions.entering import begin
from lti_tool.actions.launching import begin_session
from lti_tool.config import Config
from lti_tool.domain.launch import MessageType, ProvedBy
from lti_tool.errors import LaunchRefused
from lti_tool.lti.browser import BrowserCookie, read_browser
from lti_tool.lti.keys import tool_keys
from lti_tool.lti.launch import check_launch
from lti_tool.lti.login import (
    LoginStep,
    OpenInNewTab,
    Redirect,
    SetCookieAndRedirect,
    begin_login,
    continue_by_storage,
    continue_login,
)
from lti_tool.lti.platform_storage import (
    PlatformStorage,
    PutInStorage,
    find_storage,
    read_stored,
    storage_silent,
)
from lti_tool.storage.launch_states import Ticket
from lti_tool.web import need_pages, pages, placing_pages, review_pages
from lti_tool.web.limits import limited
from lti_tool.web.senders import check_own_page

views = Blueprint("lti", __name__, url_prefix="/lti")


def _per_minute(config: Config) -> int:
    return config.launches_per_minute


def _steps_per_minute(config: Config) -> int:
    """A login takes up to three steps of ours."""
    return 3 * config.launches_per_minute


@views.route("/login", methods=["GET", "POST"])
@limited("login", _per_minute)
def login() -> AnyResponse:
    """A platform begins a login (LTI security framework 1.0, 5.1.1.1)."""
    runtime = pages.current_runtime()
    sent = request.form if request.method == "POST" else request.args
    browser = read_browser(runtime.config, request.cookies)
    return _take(
        begin_login(runtime.engine, runtime.config, runtime.now(), sent.to_dict(), browser)
    )


@views.get("/login/<login_id>")
@limited("login-step", _steps_per_minute)
def go_on(login_id: str) -> AnyResponse:
    """The login goes on, now that it shows whether the browser keeps our cookie."""
    runtime = pages.current_runtime()
    step = continue_login(
        runtime.engine,
        runtime.config,
        runtime.now(),
        login_id,
        read_browser(runtime.config, request.cookies),
        tab=request.args.get("tab", ""),
    )
    return _take(step)


@views.post("/login/<login_id>")
@limited("login-step", _steps_per_minute)
def go_on_by_storage(login_id: str) -> Response:
    """The login goes on by what the platform stores: its page's script asks where to."""
    runtime = pages.current_runtime()
    check_own_page(runtime.config)
    step = continue_by_storage(
        runtime.engine,
        runtime.config,
        runtime.now(),
        login_id,
        request.form.get("browser", ""),
    )
    return jsonify({"location": step.location})


@views.post("/launch")
@limited("launch", _per_minute)
def launch() -> Response:
    """A platform's launch message: the page that it asks for is the answer to it."""
    runtime = pages.current_runtime()
    form = request.form.to_dict()
    browser = read_browser(runtime.config, request.cookies)
    try:
        ticket = check_launch(runtime.engine, runtime.config, runtime.now(), form, browser)
    except LaunchRefused as refusal:
        # The login may be proved by what the platform stores, whatever cookies came since.
        if refusal.code not in ("cookies-blocked", "browser-other"):
            raise
        storage = find_storage(runtime.engine, runtime.now(), form["state"])
        if storage is None:
            raise
        return _get_from_storage(storage, form)
    return _open(ticket)


@views.post("/launch/stored")
@limited("launch-stored", _per_minute)
def launch_stored() -> Response:
    """The same launch message, sent on by our page with what the platform had stored."""
    runtime = pages.current_runtime()
    check_own_page(runtime.config)
    form = request.form.to_dict()
    browser = read_stored(form.get("browser", ""))
    if browser is None:
        raise storage_silent(runtime.engine, form.get("state", ""))
    return _open(
        check_launch(
            runtime.engine,
            runtime.config,
            runtime.now(),
            form,
            browser,
            proved_by=ProvedBy.STORAGE,
        )
    )


@views.get("/jwks.json")
def jwks() -> Response:
    """The tool's public keys (RFC 7517)."""
    runtime = pages.current_runtime()
    return jsonify(tool_keys(runtime.engine, runtime.sealer, runtime.now()))


def _open(ticket: Ticket) -> Response:
    session = pages.use_session(begin_session(pages.current_runtime(), ticket))
    match session.message_type:
        case MessageType.DEEP_LINKING:
            return placing_pages.show_choices(session)
        case MessageType.SUBMISSION_REVIEW:
            return review_pages.show_review(session)
        case MessageType.RESOURCE_LINK:
            begin(pages.current_runtime(), session)
            return need_pages.show_start(session)


def _take(step: LoginStep) -> AnyResponse:
    match step:
        case Redirect(location):
            return redirect(location)
        case SetCookieAndRedirect(cookies, location):
            response = redirect(location)
            for cookie in cookies:
                _set_cookie(response, cookie)
            return response
        case PutInStorage():
            return _put_in_storage(step)
        case OpenInNewTab(url):
            pages.allow_framing(pages.ANYONE)
            return pages.show("lti/new_tab.html", url=url)


def _put_in_storage(step: PutInStorage) -> Response:
    pages.allow_framing(step.storage.framed_by)
    return _name_origin(
        pages.show(
            "lti/put.html",
            storage=step.storage,
            value=step.value,
            go_on=step.url,
            url=step.tab_url,
        )
    )


def _get_from_storage(storage: PlatformStorage, form: dict[str, str]) -> Response:
    pages.allow_framing(storage.framed_by)
    return _name_origin(
        pages.show(
            "lti/get.html", storage=storage, state=form["state"], id_token=form["id_token"]
        )
    )


def _name_origin(response: Response) -> Response:
    """Let the page's own requests say where they come from, which `check_own_page` asks."""
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _set_cookie(response: AnyResponse, cookie: BrowserCookie) -> None:
    response.set_cookie(
        cookie.name,
        cookie.value,
        max_age=cookie.max_age,
        path=cookie.path,
        secure=cookie.secure,
        httponly=True,
        samesite=cookie.samesite,
        partitioned=cookie.partitioned,
    )
