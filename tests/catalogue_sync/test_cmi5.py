"""cmi5 courses, made here and real: order, sections, languages, objectives, addresses."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from catalogue_sync.errors import InvalidXML, UnsupportedPackage
from catalogue_sync.module import Basis, Duration, Kind, Module
from catalogue_sync.packages.cmi5 import read_cmi5
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Refused
from tests.catalogue_sync.cartridges import write
from tests.catalogue_sync.packages_made import au, block, cmi5, langstrings, page

WEB = "https://content.example/"


def read(
    path: Path, pattern: str | None = None, *, language: str | None = None, contents: bool = True
) -> tuple[list[Module], list[Refused]]:
    records = list(read_cmi5(
        path, source="s", open_with=OpenWith(pattern) if pattern else None, language=language,
        contents=contents))  # fmt: skip
    modules = [one for one in records if isinstance(one, Module)]
    return modules, [one for one in records if isinstance(one, Refused)]


def bare(tmp_path: Path, inner: str) -> Path:
    path = tmp_path / "cmi5.xml"
    path.write_text(cmi5(inner))
    return path


def test_units_and_blocks_keep_their_order(tmp_path: Path) -> None:
    inner = (
        au(1, WEB) + block("A", au(2, WEB) + block("B", au(3, WEB)) + au(4, WEB)) + au(5, WEB)
        + block("C", au(6, WEB))
    )  # fmt: skip
    modules, refused = read(bare(tmp_path, inner))

    assert refused == []
    assert [(m.title, m.section, m.position, m.siblings) for m in modules] == [
        ("Unit 1", None, 1, 6), ("Unit 2", "Block A", 2, 6), ("Unit 3", "Block B", 3, 6),
        ("Unit 4", "Block A", 4, 6), ("Unit 5", None, 5, 6), ("Unit 6", "Block C", 6, 6),
    ]  # fmt: skip
    assert {(m.course, m.course_id) for m in modules} == {
        ("Difficult conversations", "https://courses.example/1")
    }


@pytest.mark.parametrize(
    ("wanted", "title", "tag"),
    [("de", "Eins", "de-DE"), ("de-DE", "Eins", "de-DE"), ("fr", "One", "en-US"),
     (None, "One", "en-US"), ("nl-BE", "Een", "nl"), ("en", "One", "en-US")],
)  # fmt: skip
def test_the_wanted_language_is_chosen_else_english(
    tmp_path: Path, wanted: str | None, title: str, tag: str
) -> None:
    words = langstrings("title", de_DE="Eins", nl="Een", en_US="One")
    modules, _ = read(bare(tmp_path, au(1, WEB, title=words)), language=wanted)

    assert [(m.title, m.language) for m in modules] == [(title, tag)]


def test_without_english_or_the_wanted_language_the_first_is_taken(tmp_path: Path) -> None:
    words = langstrings("title", es="Uno", pt="Um")

    assert read(bare(tmp_path, au(1, WEB, title=words)), language="nl")[0][0].title == "Uno"


def test_objectives_of_a_unit_and_of_its_blocks_are_its_skills(tmp_path: Path) -> None:
    def objective(number: int) -> str:
        words = langstrings("title", en=f"Skill {number}")
        return f'<objective id="o{number}">{words}</objective>'

    def refer(*numbers: int) -> str:
        named = "".join(f'<objective idref="o{number}"/>' for number in numbers)
        return f"<objectives>{named}</objectives>"

    inner = f"<objectives>{objective(1)}{objective(2)}</objectives>" + block(
        "A", au(1, WEB, inner=refer(2, 1, 9)) + au(2, WEB), before=refer(1)
    )
    modules, _ = read(bare(tmp_path, inner + au(3, WEB)))

    assert [m.skills for m in modules] == [("Skill 1", "Skill 2"), ("Skill 1",), ()]


@pytest.mark.parametrize(
    ("activity_type", "kind"),
    [
        ("http://adlnet.gov/expapi/activities/assessment", Kind.QUIZ),
        ("http://adlnet.gov/expapi/activities/simulation/", Kind.PRACTICE),
        ("https://w3id.org/xapi/video/activity-type/video", Kind.VIDEO),
        ("http://adlnet.gov/expapi/activities/lesson", Kind.LESSON),
        ("urn:something:else", Kind.LESSON),
        ("", Kind.LESSON),
    ],
)
def test_the_activity_type_says_the_kind(tmp_path: Path, activity_type: str, kind: Kind) -> None:
    inner = au(1, WEB, more=f'activityType="{activity_type}"')

    assert [m.kind for m in read(bare(tmp_path, inner))[0]] == [kind]


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("\n  https://content.example/a  \n", "https://content.example/a"),
        ("HTTP://content.example/a?b=1#c", "http://content.example/a?b=1#c"),
        ("https://content.example/a b", "https://content.example/a%20b"),
        ("index.html?pages=1", None),
    ],
)
def test_a_full_address_is_opened_as_it_is(tmp_path: Path, url: str, opened: str | None) -> None:
    modules, refused = read(bare(tmp_path, au(1, url)))

    assert [m.open_url for m in modules] == [opened]
    assert refused == []


def test_the_pattern_comes_before_a_full_address(tmp_path: Path) -> None:
    modules, _ = read(bare(tmp_path, au(1, WEB)), "https://lms.example/au?id={identifier}")

    assert modules[0].open_url == (
        "https://lms.example/au?id=https%3A%2F%2Fcourses.example%2Fau%2F1"
    )


@pytest.mark.parametrize(
    "url",
    ["http://example.com index.html", "http://[::1", "app://start", "javascript:alert(1)",
     "//example.com/x", "../up.html", "", "http:///x", "http://x:99999/", "data:text/html,x"],
)  # fmt: skip
def test_a_bad_address_leaves_the_unit_without_one_and_is_told(tmp_path: Path, url: str) -> None:
    modules, refused = read(bare(tmp_path, au(1, url)), "https://lms.example/{identifier}")

    assert [(m.title, m.open_url) for m in modules] == [("Unit 1", None)]
    assert [one.place for one in refused] == ["cmi5.xml: au https://courses.example/au/1"]
    assert "it has no address" in refused[0].reason


def test_a_relative_address_is_a_file_of_the_package(tmp_path: Path) -> None:
    path = write(tmp_path / "course.zip", {
        "cmi5.xml": cmi5(au(1, "start%20here.html?page=1") + au(2, "gone.html")),
        "start here.html": page(460),
    })  # fmt: skip
    modules, refused = read(path, "https://content.example/{href}")

    assert [m.open_url for m in modules] == [
        "https://content.example/start%20here.html?page=1", None
    ]  # fmt: skip
    assert [one.place for one in refused] == ["course.zip: au https://courses.example/au/2"]
    assert modules[0].duration == Duration(2.0, Basis.ESTIMATED)
    assert modules[0].text.startswith("word word")
    assert modules[1].duration is None


def test_an_assessment_is_not_estimated_by_its_words(tmp_path: Path) -> None:
    kind = 'activityType="http://adlnet.gov/expapi/activities/assessment"'
    path = write(tmp_path / "c.zip", {"cmi5.xml": cmi5(au(1, "q.html", more=kind)),
                                      "q.html": page(900)})  # fmt: skip

    assert read(path)[0][0].duration is None


def test_one_page_for_several_units_says_nothing_of_one(tmp_path: Path) -> None:
    inner = au(1, "index.html?pages=1") + au(2, "index.html?pages=2")
    path = write(tmp_path / "c.zip", {"cmi5.xml": cmi5(inner), "index.html": page(900)})

    assert [(m.text, m.duration) for m in read(path)[0]] == [("", None), ("", None)]


def test_the_only_unit_of_a_package_has_the_words_of_all_its_pages(tmp_path: Path) -> None:
    path = write(tmp_path / "c.zip", {
        "cmi5.xml": cmi5(au(1, "index.html")), "index.html": page(body="<div id=app></div>"),
        "lessons/one.html": page(230, title="One"), "lessons/two.html": page(230, title="Two"),
        "lib/done.html": page(body="<p>You may close this.</p>"),
    })  # fmt: skip
    [module], refused = read(path)

    assert refused == []
    assert [passage.place for passage in module.passages] == ["One", "Two"]
    assert "close this" not in module.text
    assert module.duration == Duration(2.0, Basis.ESTIMATED)
    assert read(path, contents=False)[0][0].text == ""


def test_of_two_units_with_one_id_the_first_counts(tmp_path: Path) -> None:
    modules, refused = read(bare(tmp_path, au(1, WEB) + block("A", au(1, WEB + "2"))))

    assert [(m.open_url, m.siblings) for m in modules] == [(WEB, 1)]
    assert [(one.reason, one.identifier) for one in refused] == [
        ("an au before it has the same id", None)
    ]


@pytest.mark.parametrize(
    ("unit", "reason", "identifier"),
    [
        (f"<au><url>{WEB}</url></au>", "it has no id", None),
        (f'<au id="i"><title/><url>{WEB}</url></au>', "it has no title", "i"),
        (f'<au id="{"i" * 600}">{langstrings("title", en="T")}<url>{WEB}</url></au>',
         "600 characters", None),
    ],
)  # fmt: skip
def test_a_unit_that_cannot_be_right_is_set_aside_and_the_rest_kept(
    tmp_path: Path, unit: str, reason: str, identifier: str | None
) -> None:
    modules, refused = read(bare(tmp_path, unit + au(2, WEB)))

    assert [m.title for m in modules] == ["Unit 2"]
    assert len(refused) == 1
    assert reason in refused[0].reason
    assert refused[0].identifier == identifier


@pytest.mark.parametrize(
    ("files", "error", "reason"),
    [
        ({"c/cmi5.xml": cmi5(""), "c/x": ""}, UnsupportedPackage, "pack what is in that folder"),
        ({"cmi5.xml": "<course/>"}, UnsupportedPackage, "<course>"),
        ({"cmi5.xml": cmi5("<au>")}, InvalidXML, "cmi5.xml"),
        ({"cmi5.xml": "<!DOCTYPE x [<!ENTITY a 'b'>]><courseStructure/>"}, InvalidXML, "entity"),
    ],
)
def test_a_file_that_is_no_course_is_a_named_error(
    tmp_path: Path, files: dict[str, str | bytes], error: type[Exception], reason: str
) -> None:
    path = write(tmp_path / "strange.zip", files)

    with pytest.raises(error, match=rf"strange\.zip.*{reason}"):
        read(path)


def test_thousands_of_objectives_and_units_take_no_longer_than_their_number(
    tmp_path: Path,
) -> None:
    numbers = range(8_000)
    objectives = "".join(
        f'<objective id="o{n}">{langstrings("title", en=f"Skill {n}")}</objective>' for n in numbers
    )
    named = "".join(f'<objective idref="o{n}"/>' for n in numbers)
    units = "".join(au(n, WEB) for n in numbers)
    inner = f"<objectives>{objectives}</objectives>" + block(
        "A", units, before=f"<objectives>{named}</objectives>"
    )
    began = time.process_time()
    modules, _ = read(bare(tmp_path, inner))

    assert (len(modules), len(modules[-1].skills)) == (8_000, 200)
    assert time.process_time() - began < 15
