"""What a platform calls: /lti/login, /lti/launch and /lti/jwks.json."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool.actions.launching import begin_session
from lti_tool.lti.browser import BrowserCookie, read_browser
from lti_tool.lti.keys import tool_keys
from lti_tool.lti.launch import accept_launch
from lti_tool.lti.login import (
    LoginStep,
    OpenInNewTab,
    Redirect,
    SetCookieAndRedirect,
    begin_login,
    continue_login,
)
from lti_tool.web import need_pages, pages

views = Blueprint("lti", __name__, url_prefix="/lti")


@views.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """A platform begins a login (LTI security framework 1.0, 5.1.1.1)."""
    runtime = pages.current_runtime()
    sent = request.form if request.method == "POST" else request.args
    browser = read_browser(request.cookies)
    return _take(
        begin_login(runtime.engine, runtime.config, runtime.now(), sent.to_dict(), browser)
    )


@views.get("/login/<login_id>")
def go_on(login_id: str) -> AnyResponse:
    """The login goes on, now that it shows whether the browser keeps our cookie."""
    runtime = pages.current_runtime()
    step = continue_login(
        runtime.engine,
        runtime.config,
        runtime.now(),
        login_id,
        read_browser(request.cookies),
        tab=request.args.get("tab", ""),
    )
    return _take(step)


@views.post("/launch")
def launch() -> Response:
    """A platform's launch message: the need page is the answer to it."""
    runtime = pages.current_runtime()
    browser = read_browser(request.cookies)
    accepted = accept_launch(
        runtime.engine, runtime.config, runtime.now(), request.form.to_dict(), browser
    )
    return need_pages.show_start(pages.use_session(begin_session(runtime, accepted)))


@views.get("/jwks.json")
def jwks() -> Response:
    """The tool's public keys (RFC 7517)."""
    runtime = pages.current_runtime()
    return jsonify(tool_keys(runtime.engine, runtime.sealer, runtime.now()))


def _take(step: LoginStep) -> AnyResponse:
    match step:
        case Redirect(location):
            return redirect(location)
        case SetCookieAndRedirect(cookies, location):
            response = redirect(location)
            for cookie in cookies:
                _set_cookie(response, cookie)
            return response
        case OpenInNewTab(url):
            pages.allow_framing(pages.ANYONE)
            return pages.show("lti/new_tab.html", url=url)


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
