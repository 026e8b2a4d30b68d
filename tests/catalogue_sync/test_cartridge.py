"""Common Cartridges, real ones and ones made here: what is found, and what is set aside."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync import read_package
from catalogue_sync.catalogue import Catalogue
from catalogue_sync.errors import (
    InvalidSettings,
    InvalidXML,
    PackageError,
    UnsafePackage,
    UnsupportedPackage,
)
from catalogue_sync.module import Basis, Duration, Kind, Module, Withheld
from catalogue_sync.packages.common_cartridge import read_cartridge
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Refused
from catalogue_sync.sources import open_source
from catalogue_sync.sync import sync
from tests.catalogue_sync.cartridges import item, manifest, resource, standards, web_link, write
from tests.catalogue_sync.sources import NOW

VERSIONS = ("1p0", "1p1", "1p2", "1p3", "1p4")


def read(path: Path, open_with: str | None = None) -> tuple[list[Module], list[Refused]]:
    refused: list[Refused] = []
    modules = list(read_package(path, open_with=open_with, on_refused=refused.append))
    return modules, refused


def course(tmp_path: Path) -> Path:
    """Two sections: pages, a link, a discussion, a test; one page hidden."""
    items = item("s1", "Before", inner=(
        item("i1", "Prepare &amp; plan", "r1") + item("i2", "Read this", "r2")
    )) + item("s2", "After", inner=(
        item("i3", "Talk about it", "r3") + item("i4", "Check yourself", "r4")
        + item("i5", "Not yet", "r5", more=' isvisible="false"')
    ))  # fmt: skip
    resources = (
        resource("r1", "pages/prepare%20it.html") + resource("r2", "link.xml", "imswl_xmlv1p3")
        + resource("r3", "topic.xml", "imsdt_xmlv1p3")
        + resource("r4", "quiz.xml", "imsqti_xmlv1p2/imscc_xmlv1p3/assessment")
        + resource("r5", "later.html")
    )  # fmt: skip
    return write(
        tmp_path / "course.imscc",
        {
            "imsmanifest.xml": manifest(items, resources, title="Conversations"),
            "pages/prepare it.html": "<html><head><title>x</title></head><body><h1>Prepare</h1>"
            + "<p>Think first.</p>" * 200 + "</body></html>",
            "link.xml": web_link("A link", "https://example.invalid/read"),
            "topic.xml": "<topic><title>T</title><text texttype='text/html'>"
            "&lt;p&gt;What did you &lt;b&gt;try&lt;/b&gt;?&lt;/p&gt;</text></topic>",
            "quiz.xml": "<questestinterop><assessment ident='q' title='Q'/></questestinterop>",
            "later.html": "<p>Takes about 12 minutes.</p>",
        },
    )  # fmt: skip


def test_a_cartridge_gives_its_modules_in_the_order_of_its_organization(tmp_path: Path) -> None:
    modules, refused = read(course(tmp_path))

    assert refused == []
    assert [(m.identifier, m.title, m.kind, m.section) for m in modules] == [
        ("i1", "Prepare & plan", Kind.ARTICLE, "Before"),
        ("i2", "Read this", Kind.ARTICLE, "Before"),
        ("i3", "Talk about it", Kind.COMMUNITY, "After"),
        ("i4", "Check yourself", Kind.QUIZ, "After"),
        ("i5", "Not yet", Kind.ARTICLE, "After"),
    ]
    assert {(m.course, m.course_id, m.language) for m in modules} == {
        ("Conversations", "man1", "en")
    }


def test_the_text_of_a_page_is_read_and_its_minutes_estimated(tmp_path: Path) -> None:
    modules, _ = read(course(tmp_path))

    assert modules[0].text.startswith("Prepare\nThink first.\n")
    assert modules[0].duration == Duration(2.0, Basis.ESTIMATED)
    assert modules[2].description == "What did you try?"
    assert modules[3].duration is None
    assert modules[4].duration == Duration(12.0, Basis.DECLARED)


def test_what_a_learner_cannot_open_is_not_counted_among_the_siblings(tmp_path: Path) -> None:
    modules, _ = read(course(tmp_path))

    assert [(m.position, m.siblings, m.visible) for m in modules] == [
        (1, 4, True), (2, 4, True), (3, 4, True), (4, 4, True), (None, None, False),
    ]  # fmt: skip


def test_a_web_link_opens_its_own_address_and_the_rest_the_pattern(tmp_path: Path) -> None:
    pattern = "https://lms.example/{identifier}?file={href}&name={title}"
    modules, _ = read(course(tmp_path), open_with=pattern)

    assert modules[0].open_url == (
        "https://lms.example/i1?file=pages/prepare%2520it.html&name=Prepare%20%26%20plan"
    )
    assert modules[1].open_url == "https://example.invalid/read"


def test_without_a_pattern_only_web_links_can_be_opened(tmp_path: Path) -> None:
    modules, _ = read(course(tmp_path))

    assert [m.open_url for m in modules] == [None, "https://example.invalid/read", None, None, None]


def test_a_pattern_that_needs_a_file_gives_none_to_a_resource_without_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i1", "One", "r1"), '<resource identifier="r1" type="webcontent"/>')})  # fmt: skip

    assert read(path, "https://lms.example/{href}")[0][0].open_url is None
    assert read(path, "https://lms.example/{identifier}")[0][0].open_url is not None


@pytest.mark.parametrize(
    "pattern",
    ["{identifier}", "ftp://x/{href}", "javascript:{title}", "https://x/{name}", "https:///"],
)
def test_a_pattern_that_is_no_address_is_refused(tmp_path: Path, pattern: str) -> None:
    with pytest.raises(InvalidSettings, match="open_with"):
        list(read_package(course(tmp_path), open_with=pattern))


@pytest.mark.parametrize("url", ["javascript:alert(1)", "file:///etc/passwd", "//x.example", ""])
def test_a_web_link_to_no_web_address_cannot_be_opened(tmp_path: Path, url: str) -> None:
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "L", "r"), resource("r", "l.xml", "imswl_xmlv1p1")),
        "l.xml": web_link("L", url),
    })  # fmt: skip
    assert [m.open_url for m in read(path)[0]] == [None]


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_of_the_format_is_read(tmp_path: Path, version: str) -> None:
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i", "One", "r"), resource("r", "a.html"), version=version, title="C")})  # fmt: skip

    modules, refused = read(path)
    assert [(m.title, m.course) for m in modules] == [("One", "C")]
    assert refused == []


def test_a_prefixed_manifest_is_read_like_any_other(tmp_path: Path) -> None:
    path = tmp_path / "imsmanifest.xml"
    path.write_text(
        '<cp:manifest identifier="m" xmlns:cp="http://www.imsglobal.org/xsd/imsccv1p2/imscp_v1p1">'
        '<cp:organizations><cp:organization identifier="o"><cp:item identifier="root">'
        '<cp:item identifier="i" identifierref="r"><cp:title>One</cp:title></cp:item></cp:item>'
        "</cp:organization></cp:organizations><cp:resources>"
        '<cp:resource identifier="r" type="webcontent" href="a.html"/></cp:resources></cp:manifest>'
    )
    assert [m.title for m in read(path)[0]] == ["One"]


@pytest.mark.parametrize(
    ("file", "found", "set_aside"),
    [
        ("canvas_cc_fixture.imscc", 1, 0),
        ("canvas_cc_gem_course_ccviewer.imscc", 3, 0),
        ("cc10_pyslet_sample1.imsmanifest.xml", 0, 5),
        ("cc11_pyslet_sample1.imsmanifest.xml", 0, 5),
        ("cc13_canvas_course1_ccviewer.imsmanifest.xml", 9, 1),
    ],
)
def test_real_cartridges_give_what_was_counted_by_hand(
    shared: Path, file: str, found: int, set_aside: int
) -> None:
    modules, refused = read(shared / "samples" / file)

    assert (len(modules), len(refused)) == (found, set_aside)


def test_a_canvas_export_without_organization_gives_its_assignments(shared: Path) -> None:
    modules, _ = read(shared / "samples" / "canvas_cc_fixture.imscc")

    assert modules[0].title == "Create a Rails site"
    assert modules[0].kind is Kind.ASSIGNMENT
    assert modules[0].course == "Beginning Ruby on Rails"
    assert "rails new" in modules[0].text
    assert modules[0].duration is None


def test_an_item_that_leads_nowhere_is_set_aside_with_its_place(shared: Path) -> None:
    path = shared / "samples" / "cc13_canvas_course1_ccviewer.imsmanifest.xml"
    modules, refused = read(path)

    assert refused[0].place == f"{path.name}: item idc1d64e13995c74b24959e8e309d0cba"
    assert "i2a43afb3f81390abba3db9c894444d1d" in refused[0].reason
    assert modules[-1].title == "The First Measured Century: 1930-1960 (60:00)"
    assert modules[-1].duration == Duration(60.0, Basis.DECLARED)
    assert {m.section for m in modules} == {"First Module"}


def test_what_a_canvas_export_has_not_published_is_not_visible(tmp_path: Path) -> None:
    items = item("m", "M", inner="".join(item(f"i{n}", f"T{n}", "r") for n in (1, 2, 3)))
    meta = (
        '<modules xmlns="http://canvas.instructure.com/xsd/cccv1p0"><module identifier="m">'
        "<workflow_state>active</workflow_state><items>"
        '<item identifier="i1"><workflow_state>active</workflow_state></item>'
        '<item identifier="i2"><workflow_state>unpublished</workflow_state></item>'
        "</items></module></modules>"
    )
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(items, resource("r", "a.html")),
        "course_settings/module_meta.xml": meta,
    })  # fmt: skip
    assert [(m.identifier, m.visible) for m in read(path)[0]] == [
        ("i1", True), ("i2", False), ("i3", True),
    ]  # fmt: skip


def test_what_is_for_teachers_only_is_not_visible(tmp_path: Path) -> None:
    role = (
        "<metadata><lom><educational><intendedEndUserRole><value>{}</value>"
        "</intendedEndUserRole></educational></lom></metadata>"
    )
    resources = resource("r1", "a.html", inner=role.format("Instructor")) + resource(
        "r2", "b.html", inner=role.format("Learner")
    )
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i1", "A", "r1") + item("i2", "B", "r2"), resources)})  # fmt: skip
    assert [m.visible for m in read(path)[0]] == [False, True]


def test_a_question_bank_is_no_module(tmp_path: Path) -> None:
    kind = "imsqti_xmlv1p2/imscc_xmlv1p3/question-bank"
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i", "Bank", "r"), resource("r", "q.xml", kind))})  # fmt: skip
    assert read(path) == ([], [])


def test_a_bad_file_in_a_cartridge_is_set_aside_and_the_rest_is_kept(tmp_path: Path) -> None:
    resources = resource("r1", "a.xml", "imsdt_xmlv1p1") + resource("r2", "b.html")
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i1", "A", "r1") + item("i2", "B", "r2"), resources),
        "a.xml": "<topic><title>broken", "b.html": "<p>fine</p>",
    })  # fmt: skip
    modules, refused = read(path)

    assert [m.title for m in modules] == ["A", "B"]
    assert [one.place for one in refused] == ["a.imscc: a.xml"]
    assert "XML is broken" in refused[0].reason


def test_an_identifier_that_comes_twice_is_set_aside_the_second_time(tmp_path: Path) -> None:
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i", "A", "r") + item("i", "B", "r"), resource("r", "a.html"))})  # fmt: skip
    modules, refused = read(path)

    assert [m.title for m in modules] == ["A"]
    assert "same identifier" in refused[0].reason


def test_values_that_cannot_be_right_are_set_aside(tmp_path: Path) -> None:
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i" * 600, "A", "r") + item("ok", "B", "r"), resource("r", "a.html"))})  # fmt: skip
    modules, refused = read(path)

    assert [m.title for m in modules] == ["B"]
    assert "identifier has 600 characters" in refused[0].reason


@pytest.mark.parametrize("name", [
    "scorm12_rustici_RuntimeBasicCalls.imsmanifest.xml",
    "scorm2004_3e_rustici_RuntimeBasicCalls.imsmanifest.xml",
    "scorm2004_4e_ADL_CM-03b.imsmanifest.xml",
])  # fmt: skip
def test_a_scorm_package_is_named_as_what_it_is(shared: Path, name: str) -> None:
    with pytest.raises(UnsupportedPackage, match="SCORM"):
        list(read_cartridge(shared / "samples" / name, source="s"))


def test_a_file_that_is_not_a_zip_is_a_clear_error(shared: Path) -> None:
    with pytest.raises(PackageError, match=r"cmi5_not-a-zip_catapult\.zip is not a zip file"):
        read(shared / "samples" / "cmi5_not-a-zip_catapult.zip")


def test_a_file_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(PackageError, match=r"absent\.imscc cannot be opened: No such file"):
        read(tmp_path / "absent.imscc")


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"readme.txt": "x"}, UnsupportedPackage),
        ({"imsmanifest.xml": "<html/>"}, UnsupportedPackage),
        ({"imsmanifest.xml": "<manifest>"}, InvalidXML),
        ({"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a "b">]><manifest/>'}, InvalidXML),
        ({"imsmanifest.xml": "<manifest/>", "../x": "x"}, UnsafePackage),
    ],
)
def test_a_zip_that_is_no_cartridge_is_a_named_error(
    tmp_path: Path, files: dict[str, str | bytes], error: type[PackageError]
) -> None:
    path = write(tmp_path / "strange.zip", files)

    with pytest.raises(error, match=r"strange\.zip"):
        read(path)


def test_a_bare_manifest_with_nothing_in_it_gives_nothing(tmp_path: Path) -> None:
    path = tmp_path / "imsmanifest.xml"
    path.write_text("<manifest/>")

    assert read(path) == ([], [])


def test_a_cartridge_is_synced_and_a_second_time_unchanged(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    settings = {"path": str(course(tmp_path)), "open_with": "https://lms.example/{identifier}"}
    catalogue.add_source("book", "cartridge", settings)
    source = open_source("cartridge", "book", settings)

    assert sync(source, catalogue, now=NOW).summary() == (
        "5 added, 0 changed, 0 unchanged, 0 removed, 0 refused",
    )
    assert catalogue.count(recommendable=True) == 4
    assert sync(source, catalogue, now=NOW).nothing_changed
    assert source.check() == ()


def test_modules_without_an_address_are_warned_of(catalogue: Catalogue, tmp_path: Path) -> None:
    settings = {"path": str(course(tmp_path)), "language": "nl"}
    catalogue.add_source("book", "cartridge", settings)
    source = open_source("cartridge", "book", settings)

    report = sync(source, catalogue, now=NOW)
    assert "4 of 5 modules have no address to open" in report.warnings[0]
    assert report.warnings == source.check()
    assert {m.language for m in catalogue.modules()} == {"en"}


def test_the_language_of_the_settings_is_for_a_cartridge_that_says_none(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = tmp_path / "imsmanifest.xml"
    path.write_text(manifest(item("i", "A", "r"), resource("r", "a.html")).replace(
        "<l:language>en</l:language>", ""))  # fmt: skip
    settings = {"path": str(path), "language": "nl"}
    catalogue.add_source("book", "cartridge", settings)

    sync(open_source("cartridge", "book", settings), catalogue, now=NOW)
    assert [m.language for m in catalogue.modules()] == ["nl"]


def test_a_cartridge_that_cannot_be_read_leaves_the_catalogue_as_it_was(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    path = course(tmp_path)
    settings = {"path": str(path)}
    catalogue.add_source("book", "cartridge", settings)
    source = open_source("cartridge", "book", settings)
    sync(source, catalogue, now=NOW)
    path.write_bytes(b"half a download")

    with pytest.raises(PackageError, match="not a zip file"):
        sync(source, catalogue, now=NOW)
    assert catalogue.count() == 5


def test_a_damaged_cartridge_is_read_or_refused_by_name_whatever_the_damage(
    tmp_path: Path,
) -> None:
    whole = course(tmp_path).read_bytes()
    damaged = tmp_path / "damaged.imscc"
    chance = random.Random(11)
    refusals: list[str] = []
    for _ in range(300):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 3, 10))):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(1, 40)] = chance.randbytes(chance.randrange(40))
        damaged.write_bytes(data)
        try:
            read(damaged)
        except PackageError as error:
            refusals.append(str(error))
    assert len(refusals) > 100
    assert all("damaged.imscc" in refusal for refusal in refusals)


def test_an_entry_whose_own_header_lies_is_a_named_error(tmp_path: Path) -> None:
    path = course(tmp_path)
    data = bytearray(path.read_bytes())
    data[30] = 0xB6  # the first letter of the first entry's name in its local header
    data[7] |= 0x08  # which says that names are UTF-8
    path.write_bytes(data)

    with pytest.raises(PackageError, match=r"course\.imscc: 'imsmanifest\.xml' cannot be unpacked"):
        read(path)


REAL = {
    "canvas_cc_fixture.imscc": (
        [("Create a Rails site", Kind.ASSIGNMENT, None)], 0, "Beginning Ruby on Rails",
    ),
    "canvas_cc_gem_course_ccviewer.imscc": (
        [
            ("Course with Known Submission Type", Kind.ASSIGNMENT, None),
            ("Course with Unknown Submission Type", Kind.ASSIGNMENT, None),
            ("Course with Missing Submission Type", Kind.ASSIGNMENT, None),
        ],
        0, "Canvas CC Gem Course",
    ),
    "cc10_pyslet_sample1.imsmanifest.xml": ([], 5, None),
    "cc11_pyslet_sample1.imsmanifest.xml": ([], 5, None),
    "cc13_canvas_course1_ccviewer.imsmanifest.xml": (
        [
            ("First Module Assignment 1", Kind.ASSIGNMENT, None),
            ("First Module Quiz 1", Kind.QUIZ, None),
            ("First Module Wiki Page 1", Kind.ARTICLE, None),
            ("First Module Discussion 1", Kind.COMMUNITY, None),
            ("First Module External URL 1", Kind.ARTICLE, None),
            ("Sample Document", Kind.ARTICLE, None),
            ("photo.jpg", Kind.ARTICLE, None),
            ("Assignment with internal links", Kind.ASSIGNMENT, None),
            ("The First Measured Century: 1930-1960 (60:00)", Kind.ARTICLE, 60.0),
        ],
        1, "COURSE-for-modules-testing",
    ),
}  # fmt: skip


@pytest.mark.parametrize("file", REAL)
def test_real_cartridges_give_what_was_written_down_by_hand(shared: Path, file: str) -> None:
    expected, set_aside, title = REAL[file]
    modules, refused = read(shared / "samples" / file)

    assert [(m.title, m.kind, m.duration and m.duration.minutes) for m in modules] == expected
    assert len(refused) == set_aside
    assert {m.course for m in modules} <= {title}
    assert all(m.visible and m.siblings == len(expected) for m in modules)


@pytest.mark.parametrize(
    ("more", "role", "found"),
    [
        ("", "", None),
        (' isvisible="false"', "", Withheld.HIDDEN),
        (' isvisible="FALSE"', "Learner", Withheld.HIDDEN),
        (' isvisible="true"', "Instructor", Withheld.FOR_TEACHERS),
        ("", "Mentor", Withheld.FOR_TEACHERS),
        ("", "Student", None),
    ],
    ids=["plain", "hidden", "hidden-in-capitals", "instructor", "mentor", "student"],
)
def test_the_reason_why_an_item_is_withheld_is_told(
    tmp_path: Path, more: str, role: str, found: Withheld | None
) -> None:
    lom = (
        f"<metadata><lom><educational><intendedEndUserRole><value>{role}</value>"
        "</intendedEndUserRole></educational></lom></metadata>"
    )
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i", "A", "r", more=more), resource("r", "a.html", inner=lom))})  # fmt: skip
    assert [m.withheld for m in read(path)[0]] == [found]


def test_what_is_in_a_hidden_section_is_hidden(tmp_path: Path) -> None:
    section = item("s", "S", inner=item("i", "A", "r"), more=' isvisible="false"')
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        section, resource("r", "a.html"))})  # fmt: skip
    assert [m.withheld for m in read(path)[0]] == [Withheld.HIDDEN]


def test_the_standards_of_a_resource_and_its_item_are_its_skills(tmp_path: Path) -> None:
    first, second = "7E80697A-7440-11DF-93FA-01FD9CFF4B22", "mine-1"
    aligned = resource("r", "a.html", inner=standards(first, second, first))
    entry = item("i", "A", "r", inner=standards("mine-2"))
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(entry, aligned)})

    assert [m.skills for m in read(path)[0]] == [("mine-2", first.lower(), second)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_manifest_may_begin_with_a_byte_order_mark(tmp_path: Path, encoding: str) -> None:
    text = manifest(item("i", "Één", "r"), resource("r", "a.html"))
    data = text.replace("UTF-8", encoding.upper().replace("-SIG", "")).encode(encoding)
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": data})

    assert [m.title for m in read(path)[0]] == ["Één"]


@pytest.mark.parametrize(
    ("href", "name"),
    [
        ("a%20b.html", "a b.html"),
        ("a%20b.html", "a%20b.html"),
        ("a b.html", "a b.html"),
        ("./a.html", "a.html"),
        ("x/../a.html", "a.html"),
        ("a.html?page=2#part", "a.html"),
        ("gids%20%C3%A9.html", "gids é.html"),
    ],
    ids=["decoded", "as-it-is", "space", "dot", "up-and-down", "query", "accent"],
)
def test_a_file_is_found_however_its_name_is_written(tmp_path: Path, href: str, name: str) -> None:
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "A", "r"), resource("r", href)),
        name: "<p>found</p>",
    })  # fmt: skip
    assert [m.text for m in read(path)[0]] == ["found"]


def test_a_base_stands_before_the_files_of_its_resources(tmp_path: Path) -> None:
    made = resource("r", "a.html").replace("<resource ", '<resource xml:base="two/" ')
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "A", "r"), made).replace(
            "<resources>", '<resources xml:base="one/">'),
        "one/two/a.html": "<p>found</p>",
    })  # fmt: skip
    assert [m.text for m in read(path)[0]] == ["found"]


def test_a_file_outside_the_package_is_never_read(tmp_path: Path) -> None:
    (tmp_path / "secret.html").write_text("<p>secret</p>")
    made = resource("r", "../secret.html") + resource("r2", str(tmp_path / "secret.html"))
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "A", "r") + item("j", "B", "r2"), made)})  # fmt: skip

    assert [m.text for m in read(path)[0]] == ["", ""]


def test_a_thin_cartridge_of_links_is_read(tmp_path: Path) -> None:
    tool = (
        '<cartridge_basiclti_link xmlns="http://www.imsglobal.org/xsd/imslticc_v1p3"'
        ' xmlns:blti="http://www.imsglobal.org/xsd/imsbasiclti_v1p0"><blti:title>Tool</blti:title>'
        "<blti:description>Practise it.</blti:description>"
        "<blti:launch_url>https://tool.example/launch</blti:launch_url></cartridge_basiclti_link>"
    )
    thin = manifest(
        item("i", "Link", "r") + item("j", "Tool", "t"),
        resource("r", "l.xml", "imswl_xmlv1p3") + resource("t", "t.xml", "imsbasiclti_xmlv1p3"),
    ).replace("IMS Common Cartridge", "IMS Thin Common Cartridge")
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": thin, "l.xml": web_link("L", " HTTPS://a.example/b c "), "t.xml": tool,
    })  # fmt: skip
    link, made = read(path)[0]

    assert (link.kind, link.open_url) == (Kind.ARTICLE, "https://a.example/b%20c")
    assert (made.kind, made.open_url, made.description) == (Kind.LESSON, None, "Practise it.")


@pytest.mark.parametrize(
    ("href", "kind"),
    [("film.MP4", Kind.VIDEO), ("talk.mp3", Kind.LESSON), ("photo.jpg", Kind.ARTICLE)],
)
def test_what_a_file_is_to_a_learner_is_told_by_its_name(
    tmp_path: Path, href: str, kind: Kind
) -> None:
    path = write(tmp_path / "a.imscc", {"imsmanifest.xml": manifest(
        item("i", "A", "r"), resource("r", href))})  # fmt: skip
    assert [m.kind for m in read(path)[0]] == [kind]


def test_the_time_limit_of_a_test_is_declared(tmp_path: Path) -> None:
    field = (
        "<qtimetadatafield><fieldlabel>{}</fieldlabel><fieldentry>{}</fieldentry>"
        "</qtimetadatafield>"
    )
    quiz = (
        "<questestinterop><assessment title='Q'><qtimetadata>" + field.format("cc_profile", "x")
        + field.format("qmd_timelimit", "40") + "</qtimetadata></assessment></questestinterop>"
    )  # fmt: skip
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "A", "r"), resource(
            "r", "q.xml", "imsqti_xmlv1p2/imscc_xmlv1p3/assessment")),
        "q.xml": quiz,
    })  # fmt: skip
    assert [m.duration for m in read(path)[0]] == [Duration(40.0, Basis.DECLARED)]


def test_the_words_of_a_subtitle_file_are_those_of_its_film(tmp_path: Path) -> None:
    film = resource("r", "film.mp4", inner='<file href="film.vtt"/>')
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest(item("i", "A", "r"), film), "film.mp4": b"\0" * 9,
        "film.vtt": "WEBVTT\n\n00:00.000 --> 03:20.000\n" + "Ask first. " * 15,
    })  # fmt: skip
    module = read(path)[0][0]

    assert module.kind is Kind.VIDEO
    assert module.text.startswith("Ask first. Ask first.")
    assert module.duration is not None
    assert module.duration.minutes == pytest.approx(10 / 3, abs=0.5)


def test_without_contents_nothing_inside_a_cartridge_is_read(tmp_path: Path) -> None:
    found = list(read_cartridge(course(tmp_path), source="s", contents=False))

    assert [m.text for m in found if isinstance(m, Module)] == [""] * 5
    assert [m.description for m in found if isinstance(m, Module)][2] == "What did you try?"


@pytest.mark.parametrize("name", sorted(REAL))
def test_real_cartridges_that_are_damaged_give_only_named_errors(
    shared: Path, tmp_path: Path, name: str
) -> None:
    whole = (shared / "samples" / name).read_bytes()
    path = tmp_path / name
    chance = random.Random(name)
    errors: list[str] = []
    for _ in range(100):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 2, 6))):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(1, 20)] = chance.randbytes(chance.randrange(20))
        path.write_bytes(data)
        try:
            list(read_cartridge(path, source="s"))
        except PackageError as error:
            errors.append(str(error))
    assert errors
    assert all(name in error for error in errors)


_WORDS = st.sampled_from(["", "i", "r1", "r2", "a.html", "../x", "{", "é", "x" * 600, "http://"])


@st.composite
def _manifests(draw: st.DrawFn) -> str:
    """Elements of a manifest, nested and named without any order."""
    names = st.sampled_from([
        "item", "title", "resource", "file", "metadata", "lom", "general", "organization",
        "organizations", "resources", "dependency", "string", "rights",
        "curriculumStandardsMetadataSet", "educational", "typicalLearningTime", "duration",
    ])  # fmt: skip
    keys = st.sampled_from(["identifier", "identifierref", "href", "type", "isvisible", "base"])

    def element(depth: int) -> str:
        name = draw(names)
        told = "".join(f' {key}="{draw(_WORDS)}"' for key in draw(st.sets(keys, max_size=4)))
        inner = "".join(element(depth - 1) for _ in range(draw(st.integers(0, 3)) if depth else 0))
        return f"<{name}{told}>{draw(_WORDS)}{inner}</{name}>"

    parts = (element(4) for _ in range(draw(st.integers(0, 3))))
    items = "".join(item(draw(_WORDS), draw(_WORDS), draw(_WORDS)) for _ in range(3))
    return manifest(items + "".join(parts), element(3) + resource("r1", draw(_WORDS)))


@settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
@given(_manifests(), _WORDS)
def test_any_manifest_gives_modules_or_named_errors(
    tmp_path: Path, made: str, content: str
) -> None:
    files = {"imsmanifest.xml": made, "a.html": content, "i.xml": content}
    path = write(tmp_path / "a.imscc", dict(files))
    pattern = OpenWith("https://x.example/{href}")
    errors: list[str] = []
    try:
        found = list(read_cartridge(path, source="s", open_with=pattern))
        identifiers = [one.identifier for one in found if isinstance(one, Module)]
        assert len(identifiers) == len(set(identifiers))
    except PackageError as error:
        errors.append(str(error))
    assert all("a.imscc" in error for error in errors)


def test_without_an_organization_only_what_has_a_title_is_counted(tmp_path: Path) -> None:
    titled = "<html><head><title>{0}</title></head><body>{0}</body></html>"
    role = (
        "<metadata><lom><educational><intendedEndUserRole><value>Instructor</value>"
        "</intendedEndUserRole></educational></lom></metadata>"
    )
    made = (
        resource("r1", "photo.jpg") + resource("r2", "one.html")
        + resource("r3", "notes.html", inner=role) + resource("r4", "two.html")
    )  # fmt: skip
    path = write(tmp_path / "a.imscc", {
        "imsmanifest.xml": manifest("", made), "one.html": titled.format("One"),
        "notes.html": titled.format("Notes"), "two.html": titled.format("Two"),
    })  # fmt: skip
    modules, refused = read(path)

    assert [(m.title, m.position, m.siblings, m.withheld) for m in modules] == [
        ("One", 1, 2, None), ("Notes", None, None, Withheld.FOR_TEACHERS), ("Two", 2, 2, None),
    ]  # fmt: skip
    assert [one.place for one in refused] == ["a.imscc: resource r1"]
