"""The shelf's pages: figures, the table out and back in; for administrators alone."""

from __future__ import annotations

import csv
import io
import threading
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.module import Withheld
from lti_tool.actions.shelving import FRESH, Shelves
from lti_tool.web import shelf_views
from tests.web.test_admin_views import Admin, foreign
from tests.web.walker import Page
from tests.web.world import World, talk_modules

OpenWorld = Callable[..., World]


@pytest.fixture
def admin(open_tool: OpenWorld) -> Admin:
    bad = replace(
        talk_modules()[0], identifier="bad", title="Quiz <3>", description="", duration=None
    )
    hidden = replace(talk_modules()[1], identifier="hidden", withheld=Withheld.HIDDEN)
    admin = Admin(open_tool(modules=(*talk_modules(), bad, hidden)))
    admin.come_in()
    return admin


def table_of(admin: Admin) -> list[list[str]]:
    answer = admin.client.get("/admin/shelf/table")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="shelf.csv"'
    text = answer.get_data().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def as_file(rows: list[list[str]]) -> bytes:
    to = io.StringIO()
    csv.writer(to).writerows(rows)
    return to.getvalue().encode()


def send(
    admin: Admin, data: bytes, do: str = "mend", name: str = "shelf.csv", **fields: str
) -> Page:
    form = next(one for one in admin.get("/admin/shelf").forms if one.action == "/admin/shelf")
    sent: dict[str, object] = dict(form.fields) | {"do": do, **fields}
    sent["table"] = (io.BytesIO(data), name)
    answer = admin.client.post("/admin/shelf", data=sent, content_type="multipart/form-data")
    # The client keeps a large body in a file.
    answer.request.environ["wsgi.input"].close()
    return Page(answer)


def title(admin: Admin) -> str:
    entry = Catalogue(admin.world.runtime.engine, "northwind").find("shelf", "bad")
    assert entry is not None
    return entry.module.title


def test_the_page_tells_figures_and_what_to_mend_first(admin: Admin) -> None:
    page = admin.get("/admin/shelf")
    assert "8 modules can be recommended. 7 of them (88%) have what counts" in page.text
    assert "One more is kept, but shown to nobody." in page.text
    assert "Mend this one first" in page.text
    assert "Quiz <3>" in page.text
    assert "Quiz <3>" not in page.html
    assert "it lacks any words about it; it lacks minutes" in page.text


def wait_for_everyday(admin: Admin) -> None:
    admin.get("/admin/shelf")
    for thread in threading.enumerate():
        if thread.name == "shelf":
            thread.join(20)


def test_the_page_tells_which_everyday_needs_have_an_answer(admin: Admin) -> None:
    wait_for_everyday(admin)
    page = admin.get("/admin/shelf")
    assert "Needle asked your catalogue 60 needs of working life:" in page.text
    assert "That is as far as Needle can tell" in page.text
    assert "No answer (" in page.text
    assert "how do I lift something heavy without hurting my back" in page.text


def test_everyday_needs_are_tried_anew_when_the_catalogue_has_changed(admin: Admin) -> None:
    runtime, shelves = admin.world.runtime, Shelves()

    def titles() -> set[str]:
        shelves.look(runtime, "northwind")
        for thread in threading.enumerate():
            if thread.name == "shelf":
                thread.join(20)
        answered = shelves.look(runtime, "northwind").everyday["en"]
        assert len(answered) == 60
        return {one.module.title for one in answered if one.module is not None}

    title = "Lift something heavy without hurting your back"
    assert title not in titles()
    new = replace(talk_modules()[0], identifier="lifting", title=title)
    admin.world.fill((*talk_modules(), new))
    assert title in titles()


def test_the_page_is_an_administrators_alone(admin: Admin) -> None:
    stranger = Admin(admin.world)
    for path in ("/admin/shelf", "/admin/shelf/table"):
        assert stranger.client.get(path).status_code == 403
    assert stranger.client.post("/admin/shelf", data={"do": "mend"}).status_code == 403
    assert admin.get("/admin/shelf").response.headers["Content-Security-Policy"].endswith(
        "frame-ancestors 'none'"
    )


def test_each_organisation_sees_its_own_shelf(admin: Admin) -> None:
    foreign(admin.world)
    admin.get("/admin/shelf")
    other = Admin(admin.world)
    other.come_in("southwind")
    page = other.get("/admin/shelf")
    assert "There is no module yet." in page.text
    assert "Quiz" not in page.html
    assert [len(row) for row in table_of(other)] == [17]


def test_a_table_goes_out_and_comes_back(admin: Admin) -> None:
    rows = table_of(admin)
    column = rows[0].index("title")
    assert [row[column] for row in rows[1:]] == ["Quiz <3>"]
    rows[1][column] = "Saying <b>no</b>"

    tried = send(admin, as_file(rows), do="try")
    assert "One module would be mended. Nothing was written." in tried.text
    assert title(admin) == "Quiz <3>"
    done = send(admin, as_file(rows))
    assert "One module is mended." in done.text
    assert "Row 2, Quiz <3> title was “Quiz <3>”, now “Saying <b>no</b>”" in done.text
    assert title(admin) == "Saying <b>no</b>"
    assert "<b>" not in done.html
    assert "Quiz" not in admin.get("/admin/shelf").text


def test_refused_rows_are_told_by_their_number(admin: Admin) -> None:
    rows = table_of(admin)
    rows[1][rows[0].index("minutes")] = "soon"
    page = send(admin, as_file(rows))
    assert "One row was refused." in page.text
    assert "Row 2, Quiz <3> Minutes is 'soon'" in page.text


@pytest.mark.parametrize(
    ("data", "words"),
    [
        pytest.param(b"", "The table is empty;", id="empty"),
        pytest.param(b"a,b\n1,2\n", "The first row lacks the column source", id="another"),
        pytest.param(b"PK\x03\x04...", "save it as CSV", id="workbook"),
    ],
)
def test_what_is_no_table_is_told_on_the_page(admin: Admin, data: bytes, words: str) -> None:
    page = send(admin, data)
    assert page.status == 400
    assert words in page.text
    assert "Mend this one first" in page.text


def test_a_form_without_a_file_says_that_none_came(admin: Admin) -> None:
    page = send(admin, b"", name="")
    assert page.status == 400
    assert "No table came." in page.text


def test_a_table_that_changes_nothing_is_no_success(admin: Admin) -> None:
    page = send(admin, as_file(table_of(admin)))
    assert "Nothing was changed. One row says nothing new." in page.text
    assert 'class="box"' in page.html
    assert "told" not in page.html.partition("</h1>")[2].partition("</div>")[0]


def test_numbers_are_written_one_way_and_shares_add_up(open_tool: OpenWorld) -> None:
    pieces = talk_modules()
    many = [replace(pieces[n % 7], identifier=str(n), duration=None) for n in range(1_100)]
    admin = Admin(open_tool(modules=tuple(many[:865] + [
        replace(one, duration=pieces[0].duration) for one in many[865:]
    ])))  # fmt: skip
    admin.come_in()
    text = admin.get("/admin/shelf").text
    assert "1,100 modules can be recommended. 235 of them (21%) have" in text
    assert "unknown 865 79% estimated 235 21%" in text
    assert "1100" not in text
    dutch = Page(admin.client.get("/admin/shelf", headers={"Accept-Language": "nl"})).text
    assert "1.100 modules kunnen worden aanbevolen." in dutch
    assert "1.100 modules delen hun titel" in dutch


def test_a_form_of_another_session_changes_nothing(admin: Admin) -> None:
    rows = table_of(admin)
    rows[1][rows[0].index("title")] = "Saying no"
    assert send(admin, as_file(rows), admin_token="0" * 64).status == 403
    assert title(admin) == "Quiz <3>"


def test_a_table_may_be_larger_than_other_forms_and_not_endless(admin: Admin) -> None:
    rows = table_of(admin)
    large = as_file([*rows, *([["", "", "x" * 1_000]] * 4_000)])
    assert 3 * 2**20 < len(large) < shelf_views.MOST_BYTES
    assert send(admin, large).status == 200
    assert send(admin, b"x" * (shelf_views.MOST_BYTES + 1)).status == 413


def test_the_page_speaks_dutch(admin: Admin) -> None:
    answer = admin.client.get("/admin/shelf", headers={"Accept-Language": "nl"})
    page = Page(answer)
    assert "8 modules kunnen worden aanbevolen." in page.text
    assert "Engels" in page.text


def test_figures_are_counted_once_for_each_version_of_the_catalogue(admin: Admin) -> None:
    runtime, shelves = admin.world.runtime, Shelves()
    first = shelves.look(runtime, "northwind").shelf
    assert first is not None
    assert shelves.look(runtime, "northwind").shelf is first
    admin.world.fill(talk_modules()[:3])
    second = shelves.look(runtime, "northwind").shelf
    assert second is not None
    assert second.shown == 3
    admin.world.pass_time(FRESH)
    assert shelves.look(runtime, "northwind").shelf is not second


def test_whoever_comes_while_it_is_counted_is_shown_the_figures_before(admin: Admin) -> None:
    runtime, shelves, may_go_on = admin.world.runtime, Shelves(seconds=0.05), threading.Event()

    def hold(*_: object) -> None:
        if threading.current_thread().name == "shelf":
            assert may_go_on.wait(10)

    sa.event.listen(runtime.engine, "before_cursor_execute", hold)
    assert shelves.look(runtime, "northwind").shelf is None
    may_go_on.set()
    shelves.seconds = 10.0
    before = shelves.look(runtime, "northwind")
    assert (before.shelf is not None, before.is_old) == (True, False)

    may_go_on.clear()
    shelves.seconds = 0.05
    admin.world.fill(talk_modules()[:3])
    old = shelves.look(runtime, "northwind")
    assert (old.shelf is before.shelf, old.is_old) == (True, True)
    may_go_on.set()
    shelves.seconds = 10.0
    new = shelves.look(runtime, "northwind")
    assert (new.shelf is not None and new.shelf.shown, new.is_old) == (3, False)


def test_a_database_in_trouble_is_asked_again_by_the_next_who_comes(admin: Admin) -> None:
    runtime, shelves, troubles = admin.world.runtime, Shelves(), [1]

    def fail(*_: object) -> None:
        if threading.current_thread().name == "shelf" and troubles.pop():
            raise sa.exc.OperationalError("select", {}, Exception("gone"))

    sa.event.listen(runtime.engine, "before_cursor_execute", fail)
    assert shelves.look(runtime, "northwind").shelf is None
    sa.event.remove(runtime.engine, "before_cursor_execute", fail)
    assert shelves.look(runtime, "northwind").shelf is not None
