"""What the catalogue is worth, and mending it by a table: /admin/shelf."""

from __future__ import annotations

import io
from typing import cast

from flask import Blueprint, Response, current_app, request
from werkzeug.wrappers import Response as AnyResponse

from catalogue_sync.errors import InvalidTable
from lti_tool.actions import shelving
from lti_tool.storage.admins import Admin
from lti_tool.web import admin_pages, pages, shelf_words
from lti_tool.web.everyday_pages import everyday_of
from lti_tool.web.limits import limited

views = Blueprint("shelf", __name__, url_prefix="/admin/shelf")
views.add_app_template_global(shelf_words.lack_words, "lack_words")
views.add_app_template_global(shelf_words.share_of, "share_of")
views.add_app_template_global(shelf_words.estimate_words, "estimate_words")
views.add_app_template_filter(shelf_words.number, "number")
views.add_app_template_filter(shelf_words.as_message, "message")

MOST_ROWS = 2_000
"""Modules in the table that a browser gets; `needle shelf --csv` writes them all."""

MOST_BYTES = 16 * 2**20
"""Of a table that a browser sends back."""

TABLES_PER_MINUTE = 10
"""Each reads or writes many modules, and holds a thread meanwhile."""

MOST_TOLD = 100
"""Rows that the page names."""


@views.get("")
def show_shelf() -> Response:
    """The figures, and the modules to mend first."""
    return _show(admin_pages.resume())


@views.get("/table")
@limited("shelf", lambda _config: TABLES_PER_MINUTE)
def give_table() -> AnyResponse:
    """The modules that lack something as a table for a spreadsheet."""
    admin = admin_pages.resume()
    runtime = pages.current_runtime()
    shelf = _shelves().look(runtime, admin.organisation).shelf
    if shelf is None:
        return admin_pages.go_to("shelf.show_shelf")
    table = io.StringIO()
    shelving.write_lacking(runtime, admin.organisation, shelf, table, most=MOST_ROWS)
    pages.allow_framing("")
    answer = Response(table.getvalue(), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="shelf.csv"'
    return answer


@views.post("")
@limited("shelf", lambda _config: TABLES_PER_MINUTE)
def take_table() -> Response:
    """Take a table back; what a person changed in it is kept, row by row."""
    request.max_content_length = MOST_BYTES
    admin = admin_pages.resume_form()
    data = _sent_table()
    dry_run = request.form.get("do") == "try"
    if data is None:
        return _show(admin, missing=True)
    runtime = pages.current_runtime()
    try:
        mending = shelving.mend_shelf(runtime, admin.organisation, data, dry_run=dry_run)
    except InvalidTable as error:
        return _show(admin, problem=str(error))
    return admin_pages.show(
        "shelf/mended.html", mending=mending, dry_run=dry_run, most=MOST_TOLD
    )


def _sent_table() -> bytes | None:
    """What was sent; None when no file was chosen."""
    sent = request.files.get("table")
    if sent is None:
        return None
    try:
        return bytes(sent.read()) if sent.filename else None
    finally:
        sent.close()


def _show(admin: Admin, *, missing: bool = False, problem: str = "") -> Response:
    counted = _shelves().look(pages.current_runtime(), admin.organisation)
    answer = admin_pages.show(
        "shelf/shelf.html",
        counted=counted,
        tables=shelf_words.tables_of(counted.shelf) if counted.shelf is not None else [],
        everyday=everyday_of(counted.everyday.get(pages.current_language(), ())),
        most=MOST_ROWS,
        missing=missing,
        problem=problem,
    )
    if missing or problem:
        answer.status_code = 400
    return answer


def _shelves() -> shelving.Shelves:
    return cast(shelving.Shelves, current_app.extensions["needle_shelves"])
