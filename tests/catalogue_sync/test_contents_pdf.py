"""PDF files: their pages, and what is refused of them."""

from __future__ import annotations

import io
import random
import time

import pytest

from catalogue_sync.contents import pdf
from catalogue_sync.contents.reading import Content, read_content
from catalogue_sync.errors import MissingLibrary, UnreadableContent
from catalogue_sync.limits import Limits
from catalogue_sync.module import LONGEST, Basis, Duration
from tests.catalogue_sync import pdfs
from tests.catalogue_sync.test_contents import as_module, quotes

PLACE = "https://lms.example/file.pdf"
LINES = ["tides come and go with the moon"] * 33


def read(data: bytes, limits: Limits = Limits()) -> Content:  # noqa: B008 - it is frozen
    return read_content(data, name="file.pdf", url=PLACE, limits=limits)


def test_a_pdf_is_read_page_by_page() -> None:
    content = read(
        pdfs.pdf([["High water", "comes"], ["Low water"]], title="Tides", language="nl")
    )
    assert (content.title, content.language) == ("Tides", "nl")
    assert quotes(content) == [("page 1", "High water\ncomes"), ("page 2", "Low water")]
    assert [one.url for one in content.passages] == [f"{PLACE}#page=1", f"{PLACE}#page=2"]
    assert "Kim Doe" not in f"{content}"


def test_minutes_of_a_pdf_are_estimated_from_all_of_its_words() -> None:
    assert read(pdfs.pdf([LINES] * 3)).duration == Duration(3, Basis.ESTIMATED)


def test_pages_past_the_limit_are_not_read_and_the_minutes_unknown() -> None:
    content = read(pdfs.pdf([LINES] * 3), Limits(contents_pages=2))
    assert [one.place for one in content.passages] == ["page 1", "page 2"]
    assert content.duration is None


def test_a_cover_with_words_before_scanned_pages_has_no_minutes() -> None:
    assert read(pdfs.pdf([LINES, [], [], []])).duration is None


@pytest.mark.parametrize("title", ["Microsoft Word - x", "draft3.docx", "Untitled document", ""])
def test_a_title_that_a_program_wrote_is_none(title: str) -> None:
    assert read(pdfs.pdf([["words"]], title=title)).title == ""


@pytest.mark.parametrize("begins", [b"", b"junk\n", b"\r\n\r\n"])
def test_a_pdf_under_another_name_is_known_by_its_beginning(begins: bytes) -> None:
    name = "download.pdf" if begins.strip() else "download"
    assert read_content(begins + pdfs.pdf([["words"]]), name=name).text == "words"


def _encrypted(password: str) -> bytes:
    from pypdf import PdfWriter

    writer = PdfWriter(io.BytesIO(pdfs.pdf([["secret words"]])))
    writer.encrypt(user_password=password, owner_password="owner", algorithm="RC4-128")
    file = io.BytesIO()
    writer.write(file)
    return file.getvalue()


def test_a_pdf_that_opens_with_a_password_only_is_refused() -> None:
    with pytest.raises(UnreadableContent, match=r"file\.pdf: .*encrypted.*password"):
        read(_encrypted("open sesame"))


def test_a_pdf_that_anybody_can_open_is_read() -> None:
    assert read(_encrypted("")).text == "secret words"


def test_a_scanned_pdf_says_what_it_needs() -> None:
    with pytest.raises(UnreadableContent, match=r"none of its pages \(2\) has words.*recognition"):
        read(pdfs.pdf([[], []]))


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"%PDF-1.7", "broken"),
        (b"%PDF-1.7\n" + b"\0" * 1_000_000, "broken"),
        (pdfs.pdf([["words"]])[:300], "broken"),
        (pdfs.pages_in_a_circle(), "broken"),
        (pdfs.one_page_a_million_times(), "broken|limit"),
        (pdfs.nested_arrays(200_000), "broken|nested"),
        (pdfs.forms_in_a_circle(), "broken|words"),
        (pdfs.flate_bomb(2_000_000_000), "broken"),
    ],
    ids=["begins", "zeros", "cut", "circle", "million-pages", "nested", "forms", "bomb"],
)
def test_a_broken_or_hostile_pdf_is_refused_in_bounded_time(data: bytes, reason: str) -> None:
    began = time.monotonic()
    with pytest.raises(UnreadableContent, match=rf"file\.pdf: .*({reason})"):
        read(data)
    assert time.monotonic() - began < 15


def test_a_lie_about_the_number_of_pages_costs_nothing() -> None:
    assert read(pdfs.lying_about_pages(100_000)).text == "one honest page"


def test_reading_ends_with_its_time_and_keeps_what_was_read() -> None:
    data = pdfs.slow()
    began = time.monotonic()
    content = read(data, Limits(contents_seconds=1.5))
    assert time.monotonic() - began < 4
    assert (content.text, content.duration) == ("an honest page first", None)


def test_a_file_that_gives_nothing_in_its_time_is_refused() -> None:
    with pytest.raises(UnreadableContent, match=r"more than 0\.01 seconds"):
        read(pdfs.pdf([["words"]]), Limits(contents_seconds=0.01))


def test_a_file_that_needs_more_memory_than_there_is_does_not_get_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pytest.importorskip("resource")
    monkeypatch.setattr(pdf, "MEMORY", 42 * 2**20)
    with pytest.raises(UnreadableContent, match=r"file\.pdf: .*(memory|allowed|broken)"):
        read(pdfs.flate_bomb(70_000_000), Limits(contents_bytes=10_000))


def test_the_text_of_a_long_pdf_ends_where_a_module_s_does() -> None:
    content = read(pdfs.pdf([LINES * 20] * 12))
    assert LONGEST["text"] - 200 <= len(content.text) <= LONGEST["text"]
    assert content.duration is None
    as_module(content)


def test_the_worker_is_told_nothing_of_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("PYTHONSTARTUP", "/nowhere/start.py")
    monkeypatch.setenv("PYTHONHOME", "/nowhere")
    assert read(pdfs.pdf([["words"]])).text == "words"


def test_without_its_library_a_pdf_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "find_spec", lambda _name: None)
    with pytest.raises(MissingLibrary, match=r"file\.pdf: PDF files need pip install 'needle-lti"):
        read(pdfs.pdf([["words"]]))


def test_any_damaged_pdf_is_read_or_refused_by_name() -> None:
    chance = random.Random(4)
    refusals = []
    whole = pdfs.pdf([["high water", "comes"], ["low water"]], title="Tides")
    for _ in range(40):
        data = bytearray(whole)
        for _ in range(chance.choice([1, 3, 20])):
            data[chance.randrange(len(data))] = chance.randrange(256)
        if chance.random() < 0.3:
            del data[chance.randrange(len(data)) :]
        try:
            as_module(read(bytes(data), Limits(contents_seconds=5)))
        except UnreadableContent as error:
            refusals.append(str(error))
    assert refusals
    assert all("file.pdf" in refusal for refusal in refusals)
