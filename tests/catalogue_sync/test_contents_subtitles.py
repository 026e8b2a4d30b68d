"""Subtitles: what is said, when, and how long the film is."""

from __future__ import annotations

import pytest

from catalogue_sync.contents.reading import Content, read_content
from catalogue_sync.module import Basis, Duration

FILM = "https://films.example/tides.mp4"


def vtt(*cues: tuple[float, float, str]) -> Content:
    lines = ["WEBVTT", ""]
    for start, end, words in cues:
        lines += [f"{_time(start)} --> {_time(end)}", words, ""]
    return read_content("\n".join(lines).encode(), name="film.vtt", url=FILM)


def _time(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{int(minutes // 60):02}:{int(minutes % 60):02}:{rest:06.3f}"


def test_only_what_is_said_is_read() -> None:
    content = read_content(
        b"WEBVTT - a film\nKind: captions\n\nNOTE a note\nof two lines\n\n"
        b"STYLE\n::cue { color: red }\n\n"
        b"intro\n00:01.000 --> 00:04.000 align:start position:0%\n"
        b"<v Kim Doe>High <i>water</i> &amp;\n"
        b"low <00:00:03.000><c.x>water</c>.\n\n2\n00:05.000 --> 00:06.500\n- Why?\n",
        name="film.vtt",
    )
    assert content.text == "High water & low water. - Why?"
    assert content.duration == Duration(6.5 / 60, Basis.ESTIMATED)
    assert content.words is None


def test_subrip_is_read_the_same() -> None:
    content = read_content(
        b"\xef\xbb\xbf1\r\n00:00:01,000 --> 00:00:04,000\r\n{\\an8}<b>High</b> water\r\n\r\n"
        b"2\r\n01:00:00,000 --> 01:00:30,000\r\nLow water\r\n",
        name="film.srt",
        url=FILM,
    )
    assert [(one.place, one.url) for one in content.passages] == [
        ("00:01", f"{FILM}#t=1"),
        ("1:00:00", f"{FILM}#t=3600"),
    ]
    assert content.duration == Duration(60.5, Basis.ESTIMATED)


def test_a_passage_ends_with_a_sentence_after_half_a_minute() -> None:
    cues = [(i * 10.0, i * 10.0 + 9, f"Sentence {i}{'.' if i % 4 == 0 else ','}") for i in range(9)]
    assert [one.place for one in vtt(*cues).passages] == ["00:00", "00:50"]


def test_a_passage_ends_after_a_minute_whatever_is_said() -> None:
    cues = [(i * 10.0, i * 10.0 + 10, "and so on") for i in range(13)]
    words = [(start, end, f"{said} {start}") for start, end, said in cues]
    assert [one.place for one in vtt(*words).passages] == ["00:00", "01:00", "02:00"]


def test_captions_that_roll_up_say_each_line_once() -> None:
    content = vtt((0, 2, "high water"), (2, 4, "high water\ncomes"), (4, 6, "comes\ntwice a day"))
    assert content.text == "high water comes twice a day"


@pytest.mark.parametrize(
    ("timing", "minutes"),
    [
        ("00:00:01.000 --> 00:00:00.500", None),  # ends before it begins
        ("999:00:00.000 --> 999:00:01.000", None),  # no film is that long
        ("00:00.000 --> 00:00.000", None),
        ("00:00:00.000 --> 23:00:00.000", 1380),
    ],
)
def test_a_time_that_cannot_be_is_not_believed(timing: str, minutes: float | None) -> None:
    data = f"00:00.000 --> 00:00.000\nfirst\n\n{timing}\nsecond\n"
    content = read_content(data.encode(), name="film.vtt")
    assert "first" in content.text
    assert (content.duration.minutes if content.duration else None) == minutes
