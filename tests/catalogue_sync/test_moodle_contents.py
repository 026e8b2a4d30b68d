"""What is inside a Moodle's activities: chapters, files and packages."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
import sqlalchemy as sa

from catalogue_sync.catalogue import Catalogue
from catalogue_sync.limits import Limits
from catalogue_sync.module import Access, Basis, Duration, Kind, Module, Withheld
from catalogue_sync.report import Report
from catalogue_sync.sources import open_stored
from catalogue_sync.sources.moodle import contents as moodle_contents
from catalogue_sync.surroundings import Surroundings
from catalogue_sync.sync import sync
from tests.catalogue_sync.pdfs import pdf
from tests.catalogue_sync.sources import LOCAL, NOW, find_in, run_lms
from tests.servers.loopback import LOOPBACK
from tests.servers.moodle import CHAPTERS, MoodleServer, Site

BOOK = "92/mod_book/chapter/{}/index.html"
WORDS = "Say what you saw, say what it did, and ask what they make of it. " * 40


@pytest.fixture
def bare(lms: Catalogue, site: Site) -> Catalogue:
    """The Moodle without what no test here is about: its content package and its simulation."""
    site.remove(64, 61)
    return lms


def run_with(catalogue: Catalogue, limits: Limits) -> Report:
    surroundings = Surroundings(networks=LOOPBACK, limits=limits, sleep=lambda _seconds: None)
    return sync(open_stored(catalogue, "lms", surroundings), catalogue, now=NOW)


def find_chapter(catalogue: Catalogue, number: int) -> Module:
    entry = catalogue.find("lms", f"59/chapter/{number}")
    assert entry is not None
    return entry.module


def test_a_book_has_the_text_of_its_chapters_each_with_its_place_and_address(
    bare: Catalogue, moodle: MoodleServer
) -> None:
    run_lms(bare)

    book = find_in(bare, 59)
    quoted = {one.place: book.text[one.start : one.end] for one in book.passages}
    assert list(quoted) == [CHAPTERS[number][0] for number in (12, 11, 10)]
    assert quoted["Asking for a change by a date"] == (
        "Asking for a change by a date\nBy Friday I need the report, and I will ask for it."
    )
    assert [one.url for one in book.passages] == [
        f"{moodle.url}/mod/book/view.php?id=59&chapterid={number}" for number in (12, 11, 10)
    ]
    assert book.duration == Duration(1.0, Basis.ESTIMATED)


def test_each_chapter_is_a_module_of_its_own(bare: Catalogue, moodle: MoodleServer) -> None:
    run_lms(bare)

    chapter = find_chapter(bare, 10)
    assert (chapter.title, chapter.kind) == ("Saying that it is not good enough", Kind.LESSON)
    assert chapter.open_url == f"{moodle.url}/mod/book/view.php?id=59&chapterid=10"
    assert (chapter.part_of, chapter.position, chapter.siblings) == ("59", 3, 3)
    assert chapter.section == "Handbook: difficult sentences that work"
    assert (chapter.course_id, chapter.access) == ("8", Access.ENROLLED)
    assert chapter.duration == Duration(1.0, Basis.ESTIMATED)
    assert find_in(bare, 56).position == 9  # chapters do not count among the activities


def test_tags_of_a_chapter_are_its_skills(bare: Catalogue, site: Site) -> None:
    tagged = next(one for one in site.activity(59)["contents"] if one["filepath"] == "/11/")
    tagged["tags"] = [{"name": "feedback", "rawname": "Feedback &amp; praise"}, {"x": 1}, None]
    run_lms(bare)

    assert find_chapter(bare, 11).skills == ("Feedback & praise",)
    assert find_in(bare, 59).skills == ()


def test_the_chapters_of_a_hidden_book_are_kept_hidden_and_not_fetched(
    bare: Catalogue, site: Site
) -> None:
    site.activity(59)["visible"] = 0
    run_lms(bare)

    assert find_chapter(bare, 10).withheld is Withheld.HIDDEN
    assert find_chapter(bare, 10).position is None
    assert site.fetched == []


def test_a_chapter_that_moodle_does_not_give_loses_nothing_else(
    bare: Catalogue, site: Site
) -> None:
    del site.files[BOOK.format(11)]

    report = run_lms(bare)
    assert "1 files of book activities that Moodle does not give" in report.notes
    assert find_chapter(bare, 11).text == ""
    assert find_chapter(bare, 12).text.endswith("We have been here before.")
    assert "Asking for a change by a date" in find_in(bare, 59).text
    assert find_in(bare, 59).duration is None


@pytest.mark.parametrize("off", ["setting", "installation"])
def test_nothing_is_opened_when_that_is_switched_off(
    bare: Catalogue, moodle: MoodleServer, site: Site, off: str
) -> None:
    surroundings = LOCAL
    if off == "setting":
        bare.remove_source("lms", now=NOW)
        settings = {"url": moodle.url, "contents": "no"}
        bare.add_source("lms", "moodle", settings, site.token)
    else:
        surroundings = Surroundings(networks=LOOPBACK, contents=False)
    sync(open_stored(bare, "lms", surroundings), bare, now=NOW)

    assert site.fetched == []
    assert bare.find("lms", "59/chapter/10") is None
    assert find_in(bare, 59).text.splitlines() == [CHAPTERS[n][0] for n in (12, 11, 10)]
    assert find_in(bare, 50).text  # a page's text comes with its details


def test_a_service_that_may_not_fetch_files_is_warned_of_once(bare: Catalogue, site: Site) -> None:
    site.info["downloadfiles"] = 0

    report = run_lms(bare)
    assert site.fetched == []
    assert any(
        one.startswith("1 activities with files or chapters were not opened")
        and "Can download files" in one
        for one in report.warnings
    )
    assert find_chapter(bare, 10).title == "Saying that it is not good enough"

    site.info["downloadfiles"] = 1
    run_lms(bare)
    assert find_chapter(bare, 10).text


def test_the_words_of_a_pdf_are_read_with_their_pages(
    bare: Catalogue, site: Site, moodle: MoodleServer
) -> None:
    data = pdf([["How to begin"], ["How to end a talk"]])
    site.add_files(91, 9, "Guide", {"guide.pdf": (data, "application/pdf")})
    run_lms(bare)

    guide = find_in(bare, 91)
    assert guide.text.splitlines() == ["How to begin", "How to end a talk"]
    assert guide.passages[1].url == f"{moodle.url}/mod/resource/view.php?id=91&redirect=1#page=2"


def test_several_files_are_one_text_with_the_place_of_each(bare: Catalogue, site: Site) -> None:
    files = {
        "first.txt": (b"Say it early.", "text/plain"),
        "picture.png": (b"\x89PNG", "image/png"),
        "second.html": (b"<p>Say it <b>kindly</b>.</p>", "text/html"),
    }
    site.add_files(91, 9, "Papers", files, modname="folder")
    run_lms(bare)

    papers = find_in(bare, 91)
    assert papers.text == "Say it early.\nSay it kindly."
    assert [one.place for one in papers.passages] == ["first.txt", "second.html"]
    assert not any("picture" in one for one in site.fetched)


def put_package(site: Site, words: str) -> str:
    """Give the recorded simulation a package of one page; gives its path."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("index.html", f"<h1>The talk</h1><p>{words}</p>")
    path: str = site.detail(61)["packageurl"].partition("pluginfile.php/")[2]
    site.files[path] = (packed.getvalue(), "application/zip")
    return path


def test_a_package_is_fetched_again_only_when_it_is_another(lms: Catalogue, site: Site) -> None:
    site.remove(64, 59)
    path = put_package(site, WORDS)
    run_lms(lms)
    site.fetched.clear()
    site.detail(50)["content"] = "<p>Something else</p>"
    run_lms(lms)
    assert site.fetched == []
    assert "Say what you saw" in find_in(lms, 61).text

    put_package(site, "Ask them first. " * 20)
    site.detail(61)["sha1hash"] = "b" * 40
    run_lms(lms)
    assert site.fetched == [path]
    assert "Ask them first." in find_in(lms, 61).text


def test_a_package_is_read_for_its_words(lms: Catalogue, site: Site) -> None:
    put_package(site, WORDS)
    site.remove(64)
    run_lms(lms)

    simulation = find_in(lms, 61)
    assert "Say what you saw" in simulation.text
    assert simulation.passages
    assert simulation.kind is Kind.LESSON


@pytest.mark.parametrize(
    ("name", "data", "media_type"),
    [
        ("empty.pdf", b"", "application/pdf"),
        ("broken.pdf", b"%PDF-1.7 no more", "application/pdf"),
        ("empty.html", b"<html></html>", "text/html"),
        ("noise.txt", bytes(range(256)) * 20, "text/plain"),
        ("none.vtt", b"WEBVTT\n\n", "text/vtt"),
    ],
)
def test_a_file_without_readable_words_is_counted_and_its_module_kept(
    bare: Catalogue, site: Site, name: str, data: bytes, media_type: str
) -> None:
    site.add_files(91, 9, "Guide", {name: (data, media_type)})

    report = run_lms(bare)
    assert "1 files of resource activities whose words cannot be read" in report.notes
    assert (report.complete, report.refused) == (True, 0)
    assert find_in(bare, 91).text == ""


@pytest.mark.parametrize("data", [b"", b"no zip", b"PK\x05\x06" + bytes(18)], ids=repr)
def test_a_package_that_is_none_is_counted_and_its_module_kept(
    lms: Catalogue, site: Site, data: bytes
) -> None:
    address = site.detail(61)["packageurl"].partition("pluginfile.php/")[2]
    site.files[address] = (data, "application/zip")
    site.remove(64)

    report = run_lms(lms)
    assert "1 scorm packages whose words cannot be read" in report.notes
    assert find_in(lms, 61).visible


def test_what_is_too_large_is_not_fetched_and_not_read(bare: Catalogue, site: Site) -> None:
    site.add_files(91, 9, "Film text", {"long.txt": (b"x " * 2_000_000, "text/plain")})
    site.add_files(92, 9, "Liar", {"liar.txt": (b"x " * 2_000_000, "text/plain")})
    site.activity(92)["contents"][0]["filesize"] = 10

    report = run_with(bare, Limits(contents_bytes=2**20))
    assert "1 files of resource activities above 1 MiB were not read" in report.notes
    assert any("1 files of resource activities were not read: too large" in n for n in report.notes)
    assert not any(one.startswith("91/") for one in site.fetched)


def test_a_file_of_another_site_is_not_asked_for(bare: Catalogue, site: Site) -> None:
    site.add_files(91, 9, "Guide", {"guide.txt": (b"words", "text/plain")})
    site.activity(91)["contents"][0]["fileurl"] = "https://elsewhere.example/webservice/x"

    report = run_lms(bare)
    assert "1 files of resource activities that Moodle does not give" in report.notes


def test_an_unchanged_file_is_not_fetched_again_when_its_course_changes(
    bare: Catalogue, site: Site
) -> None:
    site.add_files(91, 9, "Guide", {"guide.txt": (WORDS.encode(), "text/plain")})
    run_lms(bare)
    before = find_in(bare, 91)
    site.fetched.clear()
    site.detail(62)["content"] = "<p>Something else</p>"

    report = run_lms(bare)
    assert report.changed == 1
    assert site.fetched == []
    assert find_in(bare, 91) == before


def test_a_changed_file_is_fetched_again(bare: Catalogue, site: Site) -> None:
    site.add_files(91, 9, "Guide", {"guide.txt": (b"Old words", "text/plain")})
    run_lms(bare)
    site.files["91/mod_resource/content/0/guide.txt"] = (b"New words", "text/plain")
    site.activity(91)["contentsinfo"]["lastmodified"] += 60
    run_lms(bare)

    assert find_in(bare, 91).text == "New words"


def test_a_chapter_with_a_time_of_its_own_is_fetched_only_when_it_changed(
    bare: Catalogue, site: Site
) -> None:
    for part in site.activity(59)["contents"][1:]:
        part["timemodified"] += 10
    run_lms(bare)
    site.fetched.clear()
    site.files[BOOK.format(10)] = (b"<p>Shorter.</p>", "text/html")
    site.activity(59)["contents"][3]["timemodified"] += 10
    run_lms(bare)

    assert site.fetched == [BOOK.format(10)]
    assert find_chapter(bare, 10).text == "Shorter."
    assert "We have been here before." in find_in(bare, 59).text


def test_chapters_that_carry_the_time_of_their_book_are_fetched_whenever_the_course_changed(
    bare: Catalogue, site: Site
) -> None:
    run_lms(bare)
    site.fetched.clear()
    site.detail(50)["content"] = "<p>Something else</p>"
    run_lms(bare)

    assert len(site.fetched) == 3


def test_a_file_that_did_not_arrive_is_asked_for_by_the_next_sync(
    bare: Catalogue, site: Site
) -> None:
    site.add_files(91, 9, "Guide", {"guide.txt": (WORDS.encode(), "text/plain")})
    site.failing_files = {"91/mod_resource/content/0/guide.txt"}

    report = run_lms(bare)
    assert report.complete
    assert any("1 files of resource activities did not arrive" in one for one in report.notes)

    run_lms(bare)
    assert find_in(bare, 91).text == ""
    site.failing_files.clear()
    site.fetched.clear()
    run_lms(bare)
    assert find_in(bare, 91).text.startswith("Say what you saw")
    assert site.fetched == ["91/mod_resource/content/0/guide.txt"]

    site.fetched.clear()
    report = run_lms(bare)
    assert (site.fetched, report.changed, report.unchanged) == ([], 0, 22)


def test_one_sync_fetches_no_more_than_its_share_and_the_next_goes_on(
    bare: Catalogue, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moodle_contents, "BYTES_OF_A_SYNC", 6_000)
    site.remove(59)
    for number in (91, 92, 93):
        site.add_files(number, 9, f"Guide {number}", {"a.txt": (WORDS.encode(), "text/plain")})

    read = []
    for _ in range(4):
        run_lms(bare)
        read.append(sum(bool(find_in(bare, number).text) for number in (91, 92, 93)))
    assert read == [2, 3, 3, 3]


def test_a_site_whose_files_do_not_come_is_not_asked_for_each(bare: Catalogue, site: Site) -> None:
    for number in range(91, 99):
        site.add_files(number, 9, f"Guide {number}", {"a.txt": (b"words", "text/plain")})
    site.failing_files = {f"{number}/mod_resource/content/0/a.txt" for number in range(91, 99)}
    run_lms(bare)

    tried = [one for one in site.fetched if one.startswith("9") and "resource" in one]
    assert len(set(tried)) == moodle_contents.UNREACHABLE_IN_A_ROW


@pytest.mark.parametrize(
    ("field", "strange"),
    [("fileurl", 7), ("fileurl", "text"), ("filesize", "9" * 20), ("filesize", {}),
     ("filename", [None]), ("timemodified", "text"), ("content", [{}]), ("content", "[[{}]]")],
)  # fmt: skip
def test_strange_values_in_lists_of_files_break_nothing(
    bare: Catalogue, site: Site, field: str, strange: object
) -> None:
    site.add_files(91, 9, "Guide", {"a.txt": (b"words", "text/plain")})
    for part in (*site.activity(59)["contents"], *site.activity(91)["contents"]):
        part[field] = strange
        part["tags"] = strange

    report = run_lms(bare)
    assert report.complete
    assert find_in(bare, 59).title == "Handbook: difficult sentences that work"


def test_a_list_of_contents_without_end_is_read_in_bounded_depth_and_length(
    bare: Catalogue, site: Site
) -> None:
    chapters = [{"title": f"C{n}", "href": f"{n}/index.html"} for n in range(1, 2_000)]
    site.activity(59)["contents"][0]["content"] = json.dumps(chapters)
    site.info["downloadfiles"] = 0
    run_lms(bare)
    assert find_chapter(bare, 500).siblings == 500
    assert bare.find("lms", "59/chapter/501") is None

    site.activity(59)["contents"][0]["content"] = "[" * 100_000
    report = run_lms(bare)
    assert report.complete
    assert find_in(bare, 59).visible


def test_every_database_keeps_chapters_and_passages(
    catalogue: Catalogue, engine: sa.Engine, moodle: MoodleServer, site: Site
) -> None:
    site.remove(64, 61)
    catalogue.add_source("lms", "moodle", {"url": moodle.url}, site.token)
    run_lms(catalogue)

    assert len(find_in(catalogue, 59).passages) == 3
    assert find_chapter(catalogue, 11).part_of == "59"


NAMES = ("91/mod_folder/content/0/a.txt", "91/mod_folder/content/0/b.txt")


def add_folder(site: Site) -> None:
    files = {"a.txt": (b"First words. " * 9, "text/plain"), "b.txt": (b"Last. " * 9, "text/plain")}
    site.add_files(91, 8, "Handouts", files, modname="folder")


def run_broken_off(catalogue: Catalogue) -> None:
    stop = RuntimeError("killed")

    def kill(_progress: object) -> None:
        raise stop

    with pytest.raises(RuntimeError, match="killed"):
        sync(open_stored(catalogue, "lms", LOCAL), catalogue, now=NOW, progress=kill)


@pytest.mark.parametrize("revision", [0, 1795290103])
@pytest.mark.parametrize("missed", [NAMES, NAMES[1:]], ids=["all", "some"])
@pytest.mark.parametrize("disturbed", ["no", "broken off", "another course unreadable"])
def test_files_that_did_not_arrive_are_read_at_last_whatever_else_happened(
    bare: Catalogue, site: Site, disturbed: str, missed: tuple[str, ...], revision: int
) -> None:
    for course in site.courses:
        course["cacherev"] = revision
    add_folder(site)
    site.failing_files = set(missed)
    if disturbed == "broken off":
        run_broken_off(bare)
    else:
        site.unreadable = {9} if disturbed != "no" else set()
        run_lms(bare)
    site.failing_files = set()
    run_lms(bare)
    site.unreadable = set()
    run_lms(bare)

    assert find_in(bare, 91).text.count("First") == 9
    assert find_in(bare, 91).text.count("Last") == 9
    site.fetched.clear()
    assert run_lms(bare).nothing_changed
    assert site.fetched == []


def test_files_that_arrived_are_not_fetched_again_with_those_that_did_not(
    bare: Catalogue, site: Site
) -> None:
    add_folder(site)
    site.add_files(92, 8, "Whole", {"c.txt": (b"Whole. " * 9, "text/plain")})
    site.failing_files = {NAMES[1]}
    run_lms(bare)
    site.failing_files = set()
    site.fetched.clear()
    run_lms(bare)

    assert [one for one in site.fetched if one.startswith("9")][-2:] == list(NAMES)
    assert not any(one.startswith("92/mod_resource") for one in site.fetched)
