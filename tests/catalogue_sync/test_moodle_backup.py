"""Moodle backups: what is read of a course, what is withheld, and whom nothing is read of."""

from __future__ import annotations

import json
import random
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync.errors import InvalidXML, PackageError, UnsafePackage, UnsupportedPackage
from catalogue_sync.limits import Limits
from catalogue_sync.module import Access, Basis, Duration, Kind, Module, Withheld
from catalogue_sync.packages.moodle_availability import Availability, availability_from
from catalogue_sync.packages.moodle_backup import read_backup
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.records import Refused
from tests.catalogue_sync.backups import Backup, enrolment, html
from tests.catalogue_sync.cartridges import write

PATTERN = "https://lms.example/mod/{kind}/view.php?id={identifier}"
START, END = datetime(2030, 3, 1, tzinfo=UTC), datetime(2030, 6, 1, tzinfo=UTC)
FROM, UNTIL = int(START.timestamp()), int(END.timestamp())


def read(path: Path) -> tuple[list[Module], list[Refused]]:
    found = list(read_backup(path, source="s", open_with=OpenWith(PATTERN)))
    modules = [one for one in found if isinstance(one, Module)]
    return modules, [one for one in found if isinstance(one, Refused)]


def course() -> Backup:
    """Two sections: a page, a link, a label, a quiz; a book, a hidden page, a forum for news."""
    made = Backup()
    made.section(1, 12, 11, 13, 14, name="Before &amp;amp; after")
    made.section(2, 21, 22, 23)
    words = "<h2>Prepare</h2>" + "<p>Think first, @@PLUGINFILE@@/x.png then ask.</p>" * 60
    made.activity(11, "page", html("intro", "<p>What to &amp; how</p>") + html("content", words)
                  + "<timemodified>1700000000</timemodified>", name="A page")  # fmt: skip
    made.activity(12, "url", html("intro", "", kind=1)
                  + "<externalurl>https://a.example/b?c=1&amp;d=2</externalurl>")  # fmt: skip
    made.activity(13, "label", html("intro", "Look here"))
    made.activity(14, "quiz", "<timelimit>1800</timelimit><timeopen>0</timeopen>"
                  f"<timeclose>{UNTIL}</timeclose>")  # fmt: skip
    chapters = (
        '<chapters><chapter id="1"><pagenum>2</pagenum><title>Second</title>'
        + html("content", "<p>about the second</p>") + "<hidden>0</hidden></chapter>"
        '<chapter id="2"><pagenum>1</pagenum><title>First &amp;amp; best</title>'
        + html("content", "<p>about the first</p>") + "<hidden>0</hidden></chapter>"
        '<chapter id="3"><pagenum>3</pagenum><title>Hidden</title>'
        + html("content", "secret") + "<hidden>1</hidden></chapter></chapters>"
    )  # fmt: skip
    made.activity(21, "book", chapters, section=2)
    made.activity(22, "page", html("content", "x"), section=2, settings="<visible>0</visible>")
    made.activity(23, "forum", "<type>news</type>", section=2)
    return made


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_a_backup_gives_the_activities_of_the_course_page_in_its_order(
    tmp_path: Path, packed: str
) -> None:
    modules, refused = read(course().write(tmp_path / "a.mbz", packed=packed))

    assert refused == []
    assert [(m.identifier, m.title, m.kind, m.section, m.position) for m in modules] == [
        ("12", "url 12", Kind.ARTICLE, "Before & after", 1),
        ("11", "A page", Kind.ARTICLE, "Before & after", 2),
        ("14", "quiz 14", Kind.QUIZ, "Before & after", 3),
        ("21", "book 21", Kind.LESSON, None, 4),
        ("22", "page 22", Kind.ARTICLE, None, None),
    ]
    assert {(m.course, m.course_id, m.language) for m in modules} == {
        ("Talking & listening", "7", "pt-br")
    }
    assert [m.siblings for m in modules] == [4, 4, 4, 4, None]


def test_the_words_of_a_page_are_plain_and_its_minutes_estimated(tmp_path: Path) -> None:
    page = read(course().write(tmp_path / "a.mbz"))[0][1]

    assert page.description == "What to & how"
    assert page.text.startswith("Prepare\nThink first, /x.png then ask.\n")
    assert page.duration == Duration(1.0, Basis.ESTIMATED)
    assert page.updated == datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)
    assert page.open_url == "https://lms.example/mod/page/view.php?id=11"


def test_a_link_opens_its_own_address_and_a_film_is_one(tmp_path: Path) -> None:
    made = course()
    made.activity(15, "url", "<externalurl>https://www.youtube.com/watch?v=1</externalurl>")
    made.activity(16, "url", "<externalurl>javascript:alert(1)</externalurl>")
    by = {m.identifier: m for m in read(made.write(tmp_path / "a.mbz"))[0]}

    assert by["12"].open_url == "https://a.example/b?c=1&d=2"
    assert (by["15"].kind, by["15"].open_url) == (Kind.VIDEO, "https://www.youtube.com/watch?v=1")
    assert by["16"].open_url == "https://lms.example/mod/url/view.php?id=16"


def test_the_time_limit_of_a_quiz_is_declared_and_its_times_are_kept(tmp_path: Path) -> None:
    quiz = read(course().write(tmp_path / "a.mbz"))[0][2]

    assert quiz.duration == Duration(30.0, Basis.DECLARED)
    assert (quiz.starts, quiz.ends, quiz.withheld) == (None, END, None)


def test_a_book_is_its_chapters_in_order_without_the_hidden_ones(tmp_path: Path) -> None:
    book = read(course().write(tmp_path / "a.mbz"))[0][3]

    assert book.text == "First & best\nabout the first\nSecond\nabout the second"
    assert [(p.place, book.text[p.start : p.end]) for p in book.passages] == [
        ("First & best", "First & best\nabout the first"),
        ("Second", "Second\nabout the second"),
    ]


def test_of_a_lesson_only_what_is_read_is_text(tmp_path: Path) -> None:
    made = Backup()
    made.section(1, 5)
    page = "<page id='1'><qtype>{}</qtype><title>{}</title>{}</page>"
    made.activity(5, "lesson", "<timelimit>600</timelimit><pages>"
                  + page.format(20, "Theory", html("contents", "<p>words</p>"))
                  + page.format(3, "Question", html("contents", "<p>answer me</p>"))
                  + "</pages>")  # fmt: skip
    lesson = read(made.write(tmp_path / "a.mbz"))[0][0]

    assert lesson.text == "Theory\nwords"
    assert lesson.duration == Duration(10.0, Basis.DECLARED)


def test_a_file_is_read_by_the_list_of_files(tmp_path: Path) -> None:
    made = Backup()
    made.section(1, 5, 6)
    made.activity(5, "resource", html("intro", "Read it"))
    made.activity(6, "resource", "")
    digest = "ab" + "0" * 38
    file = (
        '<file id="{0}"><contenthash>{1}</contenthash><contextid>{2}</contextid><component>'
        "mod_resource</component><filearea>{5}</filearea><filename>{3}</filename><author>Someone"
        "</author><mimetype>{4}</mimetype><sortorder>{6}</sortorder></file>"
    )
    made.files["files.xml"] = ("<files>"
        + file.format(1, "cd" + "0" * 38, 1005, "other.txt", "text/plain", "content", 0)
        + file.format(2, digest, 1005, "Guide.HTML", "text/html", "content", 1)
        + file.format(3, "ef" + "0" * 38, 1005, ".", "", "content", 0)
        + file.format(4, "ef" + "0" * 38, 1006, "film.mp4", "video/mp4", "content", 0)
        + file.format(5, "ee" + "0" * 38, 1006, "icon.png", "image/png", "intro", 1)
        + "</files>").encode()  # fmt: skip
    made.files[f"files/ab/{digest}"] = b"<h1>Guide</h1>" + b"<p>Ask, then listen well.</p>" * 50
    guide, film = read(made.write(tmp_path / "a.mbz"))[0]

    assert guide.text.startswith("Guide\nAsk, then listen well.")
    assert guide.duration == Duration(1.0, Basis.ESTIMATED)
    assert (film.kind, film.text) == (Kind.VIDEO, "")


def test_without_contents_only_names_and_introductions_are_read(tmp_path: Path) -> None:
    found = list(read_backup(course().write(tmp_path / "a.mbz"), source="s", contents=False))
    modules = [one for one in found if isinstance(one, Module)]

    assert {m.text for m in modules} == {""}
    assert modules[1].description == "What to & how"
    assert [m.duration and m.duration.minutes for m in modules] == [None, None, 30.0, None, None]


def test_a_language_is_for_a_course_that_forces_none(tmp_path: Path) -> None:
    made = course()
    made.course = "<fullname>T</fullname><lang></lang>"
    made.activity(15, "page", "", settings="<visible>1</visible><lang>de</lang>")
    path = made.write(tmp_path / "a.mbz")
    found = [one for one in read_backup(path, source="s", language="nl") if isinstance(one, Module)]

    assert [m.language for m in found] == ["nl"] * 5 + ["de"]


def dates(*conditions: tuple[str, int], op: str = "&", more: object = None) -> str:
    tree = [{"type": "date", "d": d, "t": t} for d, t in conditions]
    return json.dumps({"op": op, "c": [*tree, *([more] if more else [])], "showc": [True]})


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        ("", Availability()),
        ("null", Availability()),
        ('{"op":"&","c":[],"showc":[]}', Availability()),
        (dates((">=", FROM)), Availability(START, None)),
        (dates((">=", FROM), ("<", UNTIL)), Availability(START, END)),
        (dates((">=", FROM), op="|"), Availability(is_restricted=True)),
        (dates((">=", FROM), op="!&"), Availability(is_restricted=True)),
        (dates((">=", FROM), more={"type": "group"}), Availability(is_restricted=True)),
        (dates(("==", FROM)), Availability(is_restricted=True)),
        ('{"op":"&","c":[{"type":"completion","cm":5,"e":1}]}', Availability(is_restricted=True)),
        ('{"op":"&","c":[{"op":"&","c":[]}]}', Availability(is_restricted=True)),
        ("{broken", Availability(is_restricted=True)),
        ("[" * 100_000, Availability(is_restricted=True)),
        ("[]", Availability(is_restricted=True)),
        ('{"op":"&","c":7}', Availability()),
    ],
    ids=["nothing", "null", "empty", "from", "from-until", "any", "not", "group", "strange-date",
         "completion", "nested", "broken", "deep", "list", "no-list"],
)  # fmt: skip
def test_a_restriction_is_a_time_or_a_condition(raw: str, found: Availability) -> None:
    assert availability_from(raw) == found


def with_settings(tmp_path: Path, inner: str, **section: object) -> Module:
    made = Backup()
    made.section(1, 5, **section)  # type: ignore[arg-type]
    made.activity(5, "page", "", settings=inner)
    return read(made.write(tmp_path / "a.mbz"))[0][0]


@pytest.mark.parametrize(
    ("inner", "found"),
    [
        ("<visible>1</visible>", None),
        ("<visible>0</visible>", Withheld.HIDDEN),
        ("<visible>1</visible><visibleoncoursepage>0</visibleoncoursepage>", Withheld.STEALTH),
        ("<visible>1</visible><availability>$@NULL@$</availability>", None),
        ("<visible>1</visible><availability>{&quot;op&quot;:&quot;&amp;&quot;,&quot;c&quot;:"
         "[{&quot;type&quot;:&quot;group&quot;}]}</availability>", Withheld.RESTRICTED),
        ("<visible>1</visible><availability_info><availability id='1'/></availability_info>",
         Withheld.RESTRICTED),
        ("<visible>1</visible><availability_info/>", None),
    ],
    ids=["visible", "hidden", "stealth", "null", "restricted", "restricted-before-2.7", "free"],
)  # fmt: skip
def test_what_a_learner_may_not_see_is_withheld_with_its_reason(
    tmp_path: Path, inner: str, found: Withheld | None
) -> None:
    assert with_settings(tmp_path, inner).withheld is found


def test_what_stands_in_a_hidden_section_or_course_is_hidden(tmp_path: Path) -> None:
    made = course()
    made.course = "<fullname>T</fullname><visible>0</visible>"

    assert with_settings(tmp_path, "<visible>1</visible>", visible=0).withheld is Withheld.HIDDEN
    assert {m.withheld for m in read(made.write(tmp_path / "b.mbz"))[0]} == {Withheld.HIDDEN}


def test_a_section_s_restriction_is_that_of_its_activities(tmp_path: Path) -> None:
    group = '{"op":"&","c":[{"type":"group"}]}'
    timed = with_settings(tmp_path, "<visible>1</visible>", availability=dates((">=", FROM)))

    assert (timed.starts, timed.withheld) == (START, None)
    made = with_settings(tmp_path, "<visible>1</visible>", availability=group)
    assert made.withheld is Withheld.RESTRICTED


def test_times_of_before_moodle_2_7_are_kept(tmp_path: Path) -> None:
    inner = f"<availablefrom>{FROM}</availablefrom><availableuntil>{UNTIL}</availableuntil>"
    module = with_settings(tmp_path, f"<visible>1</visible>{inner}")

    assert (module.starts, module.ends) == (START, END)


@pytest.mark.parametrize(
    ("settings_of_it", "found"),
    [("", None), ("<visible>0</visible>", Withheld.HIDDEN)],
    ids=["visible", "hidden"],
)
def test_what_is_in_a_subsection_stands_where_it_stands(
    tmp_path: Path, settings_of_it: str, found: Withheld | None
) -> None:
    made = Backup()
    made.section(1, 5, 6, 7, name="Outer")
    made.section(2, 8, name="Inner", parent=6)
    made.activity(5, "page", "")
    made.activity(6, "subsection", "", settings=settings_of_it)
    made.activity(7, "page", "")
    made.activity(8, "page", "", section=2)

    modules = read(made.write(tmp_path / "a.mbz"))[0]
    assert [(m.identifier, m.section, m.withheld) for m in modules] == [
        ("5", "Outer", None), ("8", "Inner", found), ("7", "Outer", None),
    ]  # fmt: skip


def test_what_is_in_a_subsection_that_cannot_be_read_is_hidden(tmp_path: Path) -> None:
    made = Backup()
    made.section(1, 6, name="Outer")
    made.section(2, 8, name="Inner", parent=6)
    directory = made.activity(6, "subsection", "")
    made.files[f"{directory}/module.xml"] = b"<module>"
    made.activity(8, "page", "", section=2)
    modules, refused = read(made.write(tmp_path / "a.mbz"))

    assert [m.withheld for m in modules] == [Withheld.HIDDEN]
    assert [one.identifier for one in refused] == ["6"]


@pytest.mark.parametrize(
    ("methods", "found"),
    [
        ((), None),
        ((enrolment("manual"),), Access.ENROLLED),
        ((enrolment("manual"), enrolment("self")), Access.SELF_ENROLMENT),
        ((enrolment("self", status=1),), Access.ENROLLED),
        ((enrolment("self", password="sesame"),), Access.ENROLLED),
        ((enrolment("self", new="0"),), Access.ENROLLED),
        ((enrolment("self"), enrolment("guest")), Access.GUEST),
        ((enrolment("guest", password="sesame"),), Access.ENROLLED),
        ((enrolment("guest", status=1),), Access.ENROLLED),
    ],
    ids=["none", "manual", "self", "self-off", "self-key", "self-no-new", "guest", "guest-key",
         "guest-off"],
)  # fmt: skip
def test_who_may_enter_is_told_by_the_enrolment_methods(
    tmp_path: Path, methods: tuple[str, ...], found: Access | None
) -> None:
    made = course()
    made.enrolments = "".join(methods)

    assert {m.access for m in read(made.write(tmp_path / "a.mbz"))[0]} == {found}


def test_competencies_and_tags_are_skills(tmp_path: Path) -> None:
    made = Backup()
    made.section(1, 5)
    tags = (
        "<visible>1</visible><tags><tag id='1'><name>a</name><rawname>Asking</rawname></tag></tags>"
    )
    directory = made.activity(5, "page", "", settings=tags)
    made.files[f"{directory}/competencies.xml"] = (
        b"<course_module_competencies><competencies><competency><idnumber>LF1-FB</idnumber>"
        b"</competency><competency><idnumber>$@NULL@$</idnumber></competency></competencies>"
        b"</course_module_competencies>"
    )
    assert read(made.write(tmp_path / "a.mbz"))[0][0].skills == ("LF1-FB", "Asking")


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_nothing_is_read_of_people(tmp_path: Path, packed: str) -> None:
    made = course()
    made.enrolments = enrolment("manual")
    # To read one of these would be refused, and told.
    too_large = b"<x>" + b"Secret " * 3_000 + b"</x>"
    for name in ("users.xml", "roles.xml", "gradebook.xml", "badges.xml", "course/roles.xml",
                 "course/logs.xml", "course/comments.xml", "groups.xml"):  # fmt: skip
        made.files[name] = too_large
    for folder in ("page_11", "quiz_14", "forum_23", "book_21"):
        for name in ("grades", "logs", "comments", "roles", "calendar", "completion", "inforef"):
            made.files[f"activities/{folder}/{name}.xml"] = too_large
    path = made.write(tmp_path / "a.mbz", packed=packed)
    found = list(read_backup(path, source="s", limits=Limits(package_entry=15_000)))

    assert [one.identifier for one in found] == ["12", "11", "14", "21", "22"]
    assert all(isinstance(one, Module) for one in found)
    assert "Secret" not in repr(found)


@pytest.mark.parametrize(
    "directory", ["../users", "users.xml/..", "activities/../users", "/etc", ""]
)
def test_an_activity_that_names_no_folder_of_its_own_is_left_out(
    tmp_path: Path, directory: str
) -> None:
    made = course()
    made.activities[0] = made.activities[0].replace("activities/page_11", directory)

    assert "11" not in {m.identifier for m in read(made.write(tmp_path / "a.mbz"))[0]}


@pytest.mark.parametrize("file", ["page.xml", "module.xml"])
@pytest.mark.parametrize("data", [b"<activity>", None], ids=["broken", "absent"])
def test_an_activity_that_cannot_be_read_is_kept_as_it_was(
    tmp_path: Path, file: str, data: bytes | None
) -> None:
    made = course()
    if data is None:
        del made.files[f"activities/page_11/{file}"]
    else:
        made.files[f"activities/page_11/{file}"] = data
    modules, refused = read(made.write(tmp_path / "a.mbz"))

    assert [m.identifier for m in modules] == ["12", "14", "21", "22"]
    assert [(one.identifier, one.place) for one in refused] == [("11", "a.mbz: activities/page_11")]
    assert file in refused[0].reason


def test_an_activity_with_too_many_answers_still_has_its_name(tmp_path: Path) -> None:
    made = course()
    made.files["activities/quiz_14/quiz.xml"] += b"<!--" + b"x" * 5_000 + b"-->"
    path = made.write(tmp_path / "a.mbz")
    found = list(read_backup(path, source="s", limits=Limits(xml_bytes=4_500)))

    assert [one.title for one in found if isinstance(one, Module) and one.kind is Kind.QUIZ] == [
        "quiz 14"
    ]
    assert any(isinstance(one, Refused) and "quiz.xml" in one.place for one in found)


def test_a_course_or_section_that_cannot_be_read_hides_what_is_in_it(tmp_path: Path) -> None:
    made = course()
    made.files["sections/section_20/section.xml"] = b"<section>"
    modules, refused = read(made.write(tmp_path / "a.mbz"))

    assert [m.withheld for m in modules] == [None, None, None, Withheld.HIDDEN, Withheld.HIDDEN]
    assert "section_20" in refused[0].place
    made.files["course/course.xml"] = b"<course>"
    assert {m.withheld for m in read(made.write(tmp_path / "b.mbz"))[0]} == {Withheld.HIDDEN}


def test_the_backup_of_a_single_activity_is_read(tmp_path: Path) -> None:
    made = Backup()
    made.activity(5, "page", html("content", "<p>words</p>"))
    files = made.all_files()
    del files["course/course.xml"]
    path = write(tmp_path / "a.mbz", dict(files))

    assert [(m.title, m.text, m.position) for m in read(path)[0]] == [("page 5", "words", 1)]


@pytest.mark.parametrize(
    ("files", "error"),
    [
        ({"readme.txt": "x"}, UnsupportedPackage),
        ({"moodle.xml": "<MOODLE_BACKUP/>"}, UnsupportedPackage),
        ({"moodle_backup.xml": "<html/>"}, UnsupportedPackage),
        ({"moodle_backup.xml": "<moodle_backup>"}, InvalidXML),
        ({"moodle_backup.xml": "<moodle_backup/>", "../x": "x"}, UnsafePackage),
    ],
    ids=["other", "of-1.9", "html", "broken", "leads-out"],
)
def test_what_is_no_backup_is_a_named_error(
    tmp_path: Path, files: dict[str, str | bytes], error: type[PackageError]
) -> None:
    path = write(tmp_path / "strange.mbz", files)

    with pytest.raises(error, match=r"strange\.mbz"):
        read(path)


@pytest.mark.parametrize("packed", ["zip", "gz"])
def test_a_damaged_backup_is_read_or_refused_by_name(tmp_path: Path, packed: str) -> None:
    path = course().write(tmp_path / "a.mbz", packed=packed)
    whole = path.read_bytes()
    chance = random.Random(4)
    errors: list[str] = []
    for _ in range(200):
        data = bytearray(whole)
        for _ in range(chance.choice((1, 2, 6))):
            place = chance.randrange(len(data))
            data[place : place + chance.randrange(1, 20)] = chance.randbytes(chance.randrange(20))
        path.write_bytes(data)
        try:
            read(path)
        except PackageError as error:
            errors.append(str(error))
    assert errors
    assert all("a.mbz" in error for error in errors)


def test_files_that_are_damaged_one_by_one_cost_only_themselves(tmp_path: Path) -> None:
    chance = random.Random(8)
    for round_ in range(150):
        made = course()
        files = made.all_files()
        name = chance.choice(sorted(files))
        data = bytearray(files[name])
        place = chance.randrange(len(data))
        data[place : place + chance.randrange(30)] = chance.randbytes(chance.randrange(30))
        path = write(tmp_path / f"{round_}.mbz", {**files, name: bytes(data)})
        if name == "moodle_backup.xml":
            with suppress(PackageError):
                read(path)
            continue
        modules, refused = read(path)
        assert len(modules) + len(refused) >= 5


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), lambda inner: st.lists(
    inner, max_size=3) | st.dictionaries(st.sampled_from(["op", "c", "type", "d", "t"]), inner),
    max_leaves=8))  # fmt: skip
def test_any_restriction_is_understood_or_counts_as_one(tree: object) -> None:
    found = availability_from(json.dumps(tree))

    assert not (found.is_restricted and (found.starts or found.ends))
