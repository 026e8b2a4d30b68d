"""The words of pages and plain texts, and where in them they stand."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.contents.joining import join
from catalogue_sync.contents.reading import Content, is_readable, read_content
from catalogue_sync.errors import UnreadableContent
from catalogue_sync.limits import Limits
from catalogue_sync.module import LONGEST, MOST_PASSAGES, Basis, Duration, Kind, Module, Passage

PAGE = "https://lms.example/mod/page/view.php?id=7"
WORDS = "word " * 230


def read(markup: str, url: str | None = PAGE) -> Content:
    return read_content(markup.encode(), name="page.html", url=url)


def quotes(content: Content) -> list[tuple[str, str]]:
    """Each passage's place, and what it quotes."""
    return [(one.place, content.text[one.start : one.end]) for one in content.passages]


def as_module(content: Content) -> Module:
    """The module that a source would make of it; refuses what cannot be right."""
    return Module(
        source="s", identifier="1", title="T", kind=Kind.ARTICLE, text=content.text,
        passages=content.passages, duration=content.duration, language=content.language,
    )  # fmt: skip


def test_a_page_is_read_by_headings_each_with_its_words() -> None:
    content = read(
        "<html lang='nl-BE'><head><title>De dijk &amp; de zee</title></head><body>"
        "<p>Vooraf.</p><h1>Hoog water</h1><p>Eerst <b>kijken</b>.</p><ul><li>dan</li></ul>"
        "<h3>Laag<br>water</h3>wachten</body></html>"
    )
    assert (content.title, content.language) == ("De dijk & de zee", "nl-BE")
    assert quotes(content) == [
        ("De dijk & de zee", "Vooraf."),
        ("Hoog water", "Hoog water\nEerst kijken.\ndan"),
        ("Laag water", "Laag\nwater\nwachten"),
    ]


@pytest.mark.parametrize(
    "boilerplate",
    [
        "<nav>gone</nav>", "<footer>gone</footer>", "<button>gone</button>",
        "<div role='navigation'><p>gone</p></div>", "<script>gone</script>",
        "<style>gone</style>", "<select><option>gone</select>", "<template>gone</template>",
        "<div role=banner><div>gone<br></div><h2>gone</h2></div>", "<!-- gone -->",
    ],
)  # fmt: skip
def test_what_stands_around_the_words_of_every_page_is_left_out(boilerplate: str) -> None:
    assert read(f"<p>before</p>{boilerplate}<p>after</p>").text == "before\nafter"


@pytest.mark.parametrize(
    ("markup", "fragment"),
    [
        ("<h2 id='tides'>Tides</h2>", "#tides"),
        ("<a name='t'></a><h2>Tides</h2>", "#t"),
        ("<h2><a id='t'></a>Tides</h2>", "#t"),
        ("<section id='part'><header><h2>Tides</h2></header></section>", "#part"),
        ("<section id='part'><h2 id='own'>Tides</h2></section>", "#own"),
        ("<h2 id='a b/é'>Tides</h2>", "#a%20b%2F%C3%A9"),
        ("<h2>Tides</h2>", "#:~:text=Tides"),
        ("<h2>Ebb-and, flow &amp; so</h2>", "#:~:text=Ebb%2Dand%2C%20flow%20%26%20so"),
        ("<p id='far'>words</p><h2>Tides</h2>", "#:~:text=Tides"),
        ("<p id='t'>x</p><h2 id='t'>Tides</h2>", "#:~:text=Tides"),
        ("<p>About tides.</p><h2>Tides</h2>", None),
        ("<h2>" + "long " * 30 + "</h2>", None),
    ],
)
def test_a_passage_leads_to_its_heading(markup: str, fragment: str | None) -> None:
    passage = read(markup + "<p>in and out</p>").passages[-1]
    assert passage.url == (PAGE + fragment if fragment else None)


@pytest.mark.parametrize("url", [None, PAGE + "#top", "javascript:alert(1)", "no address"])
def test_without_an_address_of_the_page_a_passage_has_none(url: str | None) -> None:
    assert [one.url for one in read("<h2 id=a>Tides</h2>", url).passages] == [None]


def test_headings_without_words_end_nothing() -> None:
    assert quotes(read("<h2>One</h2>a<h2> <img src=x></h2>b")) == [("One", "One\na\nb")]


def test_pictures_written_into_a_page_do_not_take_the_place_of_its_words() -> None:
    picture = f"<img src='data:image/png;base64,{'QUJD' * 300_000}'>"
    assert read(f"<p>before{picture}</p><p>after</p>").text == "before\nafter"


def test_a_page_of_minutes_is_estimated_and_a_caption_is_not() -> None:
    assert read(f"<p>{WORDS * 3}</p>").duration == Duration(3, Basis.ESTIMATED)
    assert read("<p>Start the simulation</p>").duration is None


def test_what_was_not_read_to_its_end_has_no_minutes() -> None:
    content = read(f"<p>{WORDS * 1_000}</p>")
    assert (content.duration, len(content.text)) == (None, LONGEST["text"])


@pytest.mark.parametrize("lang", ["", "english", "x", "en_GB", "e<"])
def test_a_language_that_cannot_be_one_is_unknown(lang: str) -> None:
    assert read(f"<html lang='{lang}'><p>words</p>").language is None


def test_markdown_loses_its_marks_and_keeps_its_headings() -> None:
    content = read_content(
        b"---\nauthor: Kim\n---\n# Tides\n\nThe **moon** [pulls](http://m.example) snake_case.\n"
        b"## Low water ##\n> - wait\n```\n# no heading\n```\n",
        name="tides.md",
    )
    assert content.title == "Tides"
    assert quotes(content) == [
        ("Tides", "Tides\nThe moon pulls snake_case."),
        ("Low water", "Low water\nwait\n# no heading"),
    ]


@pytest.mark.parametrize(
    ("name", "media_type", "data"),
    [
        ("page.html", "", b"<p>high water</p>"),
        ("page.XHTML", "application/octet-stream", b"<p>high water</p>"),
        ("view.php", "text/html; charset=utf-8", b"<p>high water</p>"),
        ("unknown", "", b"<!DOCTYPE html><p>high water</p>"),
        ("notes.txt", "", b"high water"),
        ("notes.md", "text/plain", b"**high** water"),
        ("film.srt", "text/plain", b"1\n00:00:01,000 --> 00:00:02,000\nhigh water\n"),
        ("captions", "", b"WEBVTT\n\n00:01.000 --> 00:02.000\nhigh water\n"),
        ("lied.pdf.html", "", b"\xef\xbb\xbf<p>high water</p>"),
        ("utf16.txt", "", "high water".encode("utf-16")),
    ],
)
def test_the_format_is_that_of_type_name_or_content(
    name: str, media_type: str, data: bytes
) -> None:
    assert read_content(data, name=name, media_type=media_type).text == "high water"


def test_a_declared_character_set_counts_where_the_bytes_are_not_utf8() -> None:
    data = "żółw".encode("iso-8859-2")
    declared = "text/plain; charset=ISO-8859-2"
    assert read_content(data, name="x.txt", media_type=declared).text == "żółw"


@pytest.mark.parametrize(
    ("name", "media_type", "data", "reason"),
    [
        ("film.mp4", "video/mp4", b"words", "no format"),
        ("unknown", "", b"words", "no format"),
        ("page.html", "image/png", b"<p>words</p>", "no format"),
        ("page.html", "", b"", "no words"),
        ("page.html", "", b"<script>1</script>", "no words"),
        ("notes.txt", "", bytes(range(256)) * 9, "no text"),
        ("notes.txt", "", "words".encode("utf-16-le"), "no text"),
        ("page.pdf", "", b"<html>Please sign in</html>", "no PDF|not a PDF"),
        ("film.vtt", "", b"WEBVTT\n\nNOTE nothing\n", "no subtitle"),
        ("film.srt", "", b"words without times", "no subtitle"),
        ("page.html", "", b"x" * 1_001, "1,001 bytes"),
    ],
)
def test_what_cannot_be_read_says_why(
    name: str, media_type: str, data: bytes, reason: str
) -> None:
    limits = Limits(contents_bytes=1_000 if len(data) == 1_001 else 10_000)
    with pytest.raises(UnreadableContent, match=rf"{name}.*({reason})"):
        read_content(data, name=name, media_type=media_type, limits=limits)


@pytest.mark.parametrize(
    ("name", "media_type", "readable"),
    [
        ("a.pdf", "", True), ("a.HTM", "", True), ("a", "text/vtt", True),
        ("a.md", "text/plain", True), ("a.mp4", "", False), ("a.zip", "application/zip", False),
        ("a.html", "image/png", False), ("a.docx", "", False), ("", "", False),
    ],
)  # fmt: skip
def test_what_is_readable_is_known_before_it_is_fetched(
    name: str, media_type: str, readable: bool
) -> None:
    assert is_readable(name, media_type) is readable


def test_several_files_are_one_text_each_under_its_place() -> None:
    first = read("<title>Course</title><html lang=en><p>Welcome.</p>", None)
    second = read("<h2 id=a>Tides</h2><p>In and out.</p>")
    content = join([("Start", first), ("Chapter 2", second), ("Empty", Content())])
    assert (content.title, content.language) == ("Course", "en")
    assert quotes(content) == [
        ("Start › Course", "Welcome."),
        ("Chapter 2 › Tides", "Tides\nIn and out."),
    ]
    assert content.passages[1].url == f"{PAGE}#a"


def test_a_file_without_places_stands_under_its_own() -> None:
    notes = read_content(b"only words", name="n.txt")
    assert quotes(join([("Notes", notes), ("", notes)])) == [("Notes", "only words")]


def test_words_of_many_small_files_are_counted_together() -> None:
    small = read_content(b"word " * 23, name="n.txt")
    assert join([("a", small)] * 20).duration == Duration(2, Basis.ESTIMATED)
    tiny = read_content(b"word " * 10, name="n.txt")
    assert join([("a", tiny)]).duration is None
    assert join([("a", tiny)] * 3).duration == Duration(1, Basis.ESTIMATED)


def test_a_film_and_its_page_take_the_time_of_both() -> None:
    film = read_content(b"00:00:00,000 --> 00:10:00,000\nwords\n", name="f.srt")
    page = read_content(WORDS.encode(), name="n.txt")
    assert join([("f", film), ("p", page)]).duration == Duration(11, Basis.ESTIMATED)


def test_one_part_of_unknown_length_makes_the_whole_unknown() -> None:
    unknown = Content(text="words of a cut text")
    page = read_content(WORDS.encode(), name="n.txt")
    assert join([("p", page), ("u", unknown)]).duration is None


def test_a_joined_text_ends_where_a_module_s_does() -> None:
    page = read_content(b"word " * 15_000, name="n.txt")
    content = join([(f"page {number}", page) for number in range(5)])
    assert len(content.text) <= LONGEST["text"]
    assert [one.place for one in content.passages] == ["page 0", "page 1", "page 2"]
    assert content.passages[-1].end == len(content.text)
    as_module(content)


def test_passages_of_joined_files_are_as_many_as_a_module_may_have() -> None:
    page = read("".join(f"<h2>h {number}</h2>" for number in range(600)))
    content = join([("a", page), ("b", page)])
    assert len(content.passages) == MOST_PASSAGES
    as_module(content)


def test_a_module_is_cut_in_the_middle_of_a_part_s_passages() -> None:
    text = "x" * 150_000
    content = Content(
        text=text, passages=(Passage("one", 0, 60_000), Passage("two", 60_001, 150_000))
    )
    joined = join([("a", content), ("b", content)])
    assert [one.place for one in joined.passages] == ["a › one", "a › two", "b › one"]
    as_module(joined)


PIECES = st.sampled_from([
    "<h1>", "</h1>", "<h2 id=a>", "</h2>", "<a name=b>", "</a>", "<p>", "</p>", "<br>", "<nav>",
    "</nav>", "<div role=navigation>", "</div>", "<table><tr><td>", "</table>", "words", " ", "é",
    "\ud83d", "&amp;", "&#0;", "\0", "<!--", "-->", "<script>", "</script>", "<svg>", "<hr>", "#",
    "<title>t", "<html lang=nl>", "İ", "ß", "\u2028",
])  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.text(max_size=5), max_size=40))
def test_any_page_is_read_or_refused_by_name(pieces: list[str]) -> None:
    data = "".join(pieces).encode("utf-8", "replace")
    try:
        content = read_content(data, name="page.html", url=PAGE)
    except UnreadableContent:
        return
    module = as_module(content)
    assert module.text
    assert all(content.text[one.start : one.end].strip() for one in content.passages)


PLACES = st.sampled_from(["", "a", "b " * 300])


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(PLACES, st.integers(0, 45_000)), max_size=12))
def test_any_files_join_into_a_module_that_can_be(sizes: list[tuple[str, int]]) -> None:
    parts = [
        (place, read(f"<p>{number}</p><h2>{place}</h2>" + "é " * size))
        for number, (place, size) in enumerate(sizes)
    ]
    content = as_module(join(parts))
    ends = [one.end for one in content.passages]
    assert ends == sorted(ends)
    assert (content.text == "") == (not parts)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.sampled_from(["a.html", "a.txt", "a.md", "a.vtt", "a.srt", "a"]))
def test_any_bytes_are_read_or_refused_by_name(data: bytes, name: str) -> None:
    refusal = name
    try:
        as_module(read_content(data, name=name, url=PAGE))
    except UnreadableContent as error:
        refusal = str(error)
    assert name in refusal
