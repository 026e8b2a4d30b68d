"""Exports of Canvas: what stands beside the manifest decides what is shown, and when."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from catalogue_sync.errors import InvalidXML
from catalogue_sync.module import Basis, Duration, Kind, Module, Withheld
from catalogue_sync.packages.common_cartridge import read_cartridge
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Refused
from tests.catalogue_sync.cartridges import (
    canvas_item,
    canvas_module,
    canvas_modules,
    canvas_settings,
    item,
    manifest,
    resource,
    write,
)

SPRING = datetime(2030, 3, 1, 8, 0, tzinfo=UTC)
SUMMER = datetime(2030, 6, 1, 22, 0, tzinfo=UTC)


def read(path: Path) -> tuple[dict[str, Module], list[Refused]]:
    found = list(
        read_cartridge(path, source="s", open_with=OpenWith("https://lms.example/{identifier}"))
    )
    modules = {one.identifier: one for one in found if isinstance(one, Module)}
    return modules, [one for one in found if isinstance(one, Refused)]


def export(tmp_path: Path, files: dict[str, str | bytes], *, numbers: str = "123") -> Path:
    """An export whose items i1, i2 … lead to the pages r1, r2 …"""
    items = item("m", "M", inner="".join(item(f"i{n}", f"T{n}", f"r{n}") for n in numbers))
    pages = "".join(resource(f"r{n}", f"wiki_content/{n}.html") for n in numbers)
    made: dict[str, str | bytes] = {
        "imsmanifest.xml": manifest(items, pages).replace("<l:language>en</l:language>", ""),
        **{f"wiki_content/{n}.html": "<p>words</p>" for n in numbers},
    }
    return write(tmp_path / "a.imscc", made | files)


def pages(*states: str) -> str:
    return "".join(
        canvas_item(f"i{n}", "WikiPage", f"T{n}", reference=f"r{n}", state=state)
        for n, state in enumerate(states, start=1)
    )


def withheld(path: Path) -> list[Withheld | None]:
    return [one.withheld for one in read(path)[0].values()]


def test_an_item_that_is_not_published_is_not_shown(tmp_path: Path) -> None:
    meta = canvas_modules(canvas_module("One", pages("active", "unpublished", "published")))
    path = export(tmp_path, {"course_settings/module_meta.xml": meta})

    assert withheld(path) == [None, Withheld.UNPUBLISHED, None]
    assert [(m.position, m.siblings) for m in read(path)[0].values()] == [
        (1, 2), (None, None), (2, 2),
    ]  # fmt: skip


def test_nothing_of_a_module_that_is_not_published_is_shown(tmp_path: Path) -> None:
    meta = canvas_modules(canvas_module("One", pages("active"), state="unpublished"))
    path = export(tmp_path, {"course_settings/module_meta.xml": meta})

    assert withheld(path) == [Withheld.UNPUBLISHED, None, None]


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ("<prerequisites><prerequisite type='context_module'><title>x</title></prerequisite>"
         "</prerequisites>", [Withheld.RESTRICTED] * 3),
        ("<prerequisites/>", [None] * 3),
        ("<locked>true</locked>", [Withheld.RESTRICTED] * 3),
        ("<locked>false</locked>", [None] * 3),
        ("<require_sequential_progress>true</require_sequential_progress><completionRequirements>"
         "<completionRequirement type='must_view'><identifierref>i2</identifierref>"
         "</completionRequirement></completionRequirements>", [None, None, Withheld.RESTRICTED]),
        ("<require_sequential_progress>true</require_sequential_progress>", [None] * 3),
        ("<require_sequential_progress>false</require_sequential_progress><completionRequirements>"
         "<completionRequirement type='must_view'><identifierref>i1</identifierref>"
         "</completionRequirement></completionRequirements>", [None] * 3),
    ],
    ids=["prerequisite", "no-prerequisite", "locked", "not-locked", "in-order", "order-of-nothing",
         "any-order"],
)  # fmt: skip
def test_what_waits_for_something_else_is_restricted(
    tmp_path: Path, more: str, found: list[Withheld | None]
) -> None:
    meta = canvas_modules(canvas_module("One", pages("active", "active", "active"), more=more))

    assert withheld(export(tmp_path, {"course_settings/module_meta.xml": meta})) == found


def test_the_time_from_which_a_module_is_open_is_that_of_its_items(tmp_path: Path) -> None:
    more = "<unlock_at>2030-03-01T08:00:00</unlock_at><locked>true</locked>"
    meta = canvas_modules(canvas_module("One", pages("active"), more=more))
    modules, _ = read(export(tmp_path, {"course_settings/module_meta.xml": meta}))

    assert (modules["i1"].starts, modules["i1"].withheld) == (SPRING, None)
    assert modules["i2"].starts is None


def test_a_text_header_is_the_section_of_what_follows_it(tmp_path: Path) -> None:
    header = "ContextModuleSubHeader"
    listed = (
        canvas_item("i1", "WikiPage", "T1", reference="r1")
        + canvas_item("h1", header, "Listening", indent=1)
        + canvas_item("i2", "WikiPage", "T2", reference="r2", indent=2)
        + canvas_item("i3", "WikiPage", "T3", reference="r3", indent=1)
        + canvas_item("i4", "WikiPage", "T4", reference="r4", indent=0)
    )
    meta = canvas_modules(canvas_module("Talking", listed))
    path = export(tmp_path, {"course_settings/module_meta.xml": meta}, numbers="1234")

    assert [m.section for m in read(path)[0].values()] == [
        "Talking", "Listening", "Listening", "Talking",
    ]  # fmt: skip


def test_links_and_tools_that_have_no_resource_are_modules(tmp_path: Path) -> None:
    items = "".join(
        item(name, f"T {name}", f"gone-{name}") for name in ("url", "film", "tool", "x")
    )
    listed = (
        canvas_item("url", "ExternalUrl", "U", reference="gone-url", url="https://a.example/p?q=1")
        + canvas_item("film", "ExternalUrl", "F", reference="gone-film", url="https://youtu.be/x")
        + canvas_item("tool", "ContextExternalTool", "T", reference="gone-tool",
                      url="https://tool.example/launch")
    )  # fmt: skip
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(items),
        "course_settings/module_meta.xml": canvas_modules(canvas_module("One", listed)),
    })  # fmt: skip
    modules, refused = read(path)

    assert {(m.identifier, m.kind, m.open_url) for m in modules.values()} == {
        ("url", Kind.ARTICLE, "https://a.example/p?q=1"),
        ("film", Kind.VIDEO, "https://youtu.be/x"),
        ("tool", Kind.LESSON, "https://lms.example/tool"),
    }
    assert [one.identifier for one in refused] == ["x"]


def test_the_items_of_modules_stand_in_for_a_manifest_that_lists_none(tmp_path: Path) -> None:
    listed = canvas_item("b", "WikiPage", "Second first", reference="r2") + canvas_item(
        "a", "WikiPage", "First last", reference="r1")  # fmt: skip
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest("", resource("r1", "1.html") + resource("r2", "2.html")),
        "1.html": "<p>one</p>", "2.html": "<p>two</p>",
        "course_settings/module_meta.xml": canvas_modules(canvas_module("One", listed)),
    })  # fmt: skip
    assert [(m.identifier, m.title, m.text, m.position) for m in read(path)[0].values()] == [
        ("b", "Second first", "two", 1), ("a", "First last", "one", 2),
    ]  # fmt: skip


def test_the_course_settings_tell_language_title_and_licence(tmp_path: Path) -> None:
    told = "<title>From the settings</title><locale>nl</locale><license>cc_by_sa</license>"
    path = export(tmp_path, {
        "course_settings/course_settings.xml": canvas_settings("course", told)})  # fmt: skip
    module = read(path)[0]["i1"]

    assert (module.course, module.language, module.licence) == (
        "From the settings", "nl", "CC BY-SA",
    )  # fmt: skip


def test_course_settings_that_are_broken_cost_only_what_they_tell(tmp_path: Path) -> None:
    path = export(tmp_path, {"course_settings/course_settings.xml": "<course><title>"})
    modules, refused = read(path)

    assert len(modules) == 3
    assert [one.place for one in refused] == ["a.imscc: course_settings/course_settings.xml"]


@pytest.mark.parametrize("name", ["module_meta.xml", "files_meta.xml"])
def test_without_the_list_of_what_is_published_nothing_is_read(tmp_path: Path, name: str) -> None:
    path = export(tmp_path, {f"course_settings/{name}": "<modules><module>"})

    with pytest.raises(InvalidXML, match=name):
        read(path)


def test_a_page_says_itself_that_it_is_not_published(tmp_path: Path) -> None:
    page = '<html><head><title>T</title><meta name="workflow_state" content="{}"/></head></html>'
    path = export(tmp_path, {
        "wiki_content/1.html": page.format("unpublished"),
        "wiki_content/2.html": page.format("active"),
    })  # fmt: skip

    assert withheld(path) == [Withheld.UNPUBLISHED, None, None]


def test_a_file_is_locked_hidden_or_open_for_a_time(tmp_path: Path) -> None:
    listed = (
        '<files><file identifier="r1"><locked>true</locked></file><file identifier="r2">'
        '<hidden>true</hidden></file><file identifier="r3"><unlock_at>2030-03-01T08:00:00'
        "</unlock_at><lock_at>2030-06-01T22:00:00Z</lock_at></file></files>"
    )
    path = export(tmp_path, {"course_settings/files_meta.xml": canvas_settings("fileMeta", listed)})

    assert withheld(path) == [Withheld.UNPUBLISHED, Withheld.HIDDEN, None]
    last = read(path)[0]["i3"]
    assert (last.starts, last.ends) == (SPRING, SUMMER)


def assignment(tmp_path: Path, inner: str) -> Path:
    page = resource("r", "r/task.html", inner='<file href="r/assignment_settings.xml"/>')
    return write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "T", "r"), page),
        "r/task.html": "<p>Do this.</p>",
        "r/assignment_settings.xml": canvas_settings("assignment", inner),
    })  # fmt: skip


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<workflow_state>published</workflow_state>", None),
        ("<workflow_state>unpublished</workflow_state>", Withheld.UNPUBLISHED),
        ("<only_visible_to_overrides>true</only_visible_to_overrides>", Withheld.RESTRICTED),
        ("<title>T</title>", None),
    ],
    ids=["published", "unpublished", "for-some", "older"],
)
def test_an_assignment_says_whether_it_is_published(
    tmp_path: Path, inner: str, found: Withheld | None
) -> None:
    module = read(assignment(tmp_path, inner))[0]["i"]

    assert (module.kind, module.withheld, module.text) == (Kind.ASSIGNMENT, found, "Do this.")


def test_an_assignment_is_open_until_it_is_locked_and_not_until_it_is_due(tmp_path: Path) -> None:
    times = (
        "<due_at>2030-04-01T00:00:00</due_at><lock_at>2030-06-01T22:00:00</lock_at>"
        "<unlock_at>2030-03-01T08:00:00</unlock_at>"
    )
    module = read(assignment(tmp_path, times))[0]["i"]

    assert (module.starts, module.ends) == (SPRING, SUMMER)
    assert read(assignment(tmp_path, "<due_at>2030-04-01T00:00:00</due_at>"))[0]["i"].ends is None


def test_settings_that_cannot_be_read_keep_the_module_as_it_was(tmp_path: Path) -> None:
    path = assignment(tmp_path, "<workflow_state>")
    modules, refused = read(path)

    assert modules == {}
    assert [(one.identifier, "assignment_settings.xml" in one.reason) for one in refused] == [
        ("i", True)
    ]


def quiz(tmp_path: Path, inner: str) -> Module:
    listed = '<dependency identifierref="meta"/>'
    test = resource("r", "r/assessment_qti.xml", "imsqti_xmlv1p2/imscc_xmlv1p1/assessment", listed)
    meta = resource("meta", "r/assessment_meta.xml", "associatedcontent/imscc_xmlv1p1/x")
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "T", "r"), test + meta),
        "r/assessment_qti.xml": "<questestinterop><assessment title='Q'/></questestinterop>",
        "r/assessment_meta.xml": canvas_settings("quiz", inner),
    })  # fmt: skip
    return read(path)[0]["i"]


def test_the_time_limit_of_a_quiz_is_declared_in_minutes(tmp_path: Path) -> None:
    told = "<description>&lt;p&gt;Ten questions&lt;/p&gt;</description><time_limit>25</time_limit>"
    module = quiz(tmp_path, told)

    assert (module.kind, module.description) == (Kind.QUIZ, "Ten questions")
    assert module.duration == Duration(25.0, Basis.DECLARED)
    assert quiz(tmp_path, "<time_limit/>").duration is None


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<available>true</available>", None),
        ("<available>false</available>", Withheld.UNPUBLISHED),
        ("<access_code>sesame</access_code>", Withheld.RESTRICTED),
        ("<access_code/>", None),
        ("<assignment identifier='a'><workflow_state>unpublished</workflow_state></assignment>",
         Withheld.UNPUBLISHED),
    ],
    ids=["open", "closed", "with-a-code", "without-a-code", "by-its-assignment"],
)  # fmt: skip
def test_a_quiz_says_whether_it_can_be_taken(
    tmp_path: Path, inner: str, found: Withheld | None
) -> None:
    assert quiz(tmp_path, inner).withheld is found


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<workflow_state>active</workflow_state><type>topic</type>", [None]),
        ("<workflow_state>locked</workflow_state>", [None]),
        ("<workflow_state>unpublished</workflow_state>", [Withheld.UNPUBLISHED]),
        ("<type>announcement</type>", []),
    ],
    ids=["active", "locked-for-answers", "unpublished", "announcement"],
)
def test_a_discussion_says_what_it_is(
    tmp_path: Path, inner: str, found: list[Withheld | None]
) -> None:
    listed = '<dependency identifierref="meta"/>'
    topic = resource("r", "r.xml", "imsdt_xmlv1p1", listed)
    meta = resource("meta", "meta.xml", "associatedcontent/imscc_xmlv1p1/x")
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "T", "r"), topic + meta),
        "r.xml": "<topic><title>T</title><text texttype='text/plain'>a &lt; b</text></topic>",
        "meta.xml": canvas_settings("topicMeta", inner),
    })  # fmt: skip
    modules = list(read(path)[0].values())

    assert [m.withheld for m in modules] == found
    assert all(m.description == "a < b" for m in modules)
