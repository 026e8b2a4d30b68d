"""Plain text and Markdown."""

from __future__ import annotations

import re

from catalogue_sync.contents.content import Content, Part, put_together
from catalogue_sync.plain_text import LONGEST_HTML, clean_line

_HEADING = re.compile(r"#{1,4}\s+(?=\S)")
_FENCE = re.compile(r"(?:```|~~~).*")
_FRONT_MATTER = re.compile(r"---\s*\n(?:[^\n]{0,1000}\n){0,100}?(?:---|\.\.\.)\s*(?:\n|\Z)")
_LINK = re.compile(r"!?\[([^\[\]]{0,500})\]\([^()\s]{0,2000}(?:\s[^()]{0,500})?\)")
_MARKS = re.compile(r"\*\*|__|`|^\s*(?:>\s?)*(?:[-*+]\s+)?|(?<!\w)[*_]|[*_](?!\w)")


def read_plain(words: str) -> Content:
    """Plain text, cleaned line by line; it has no places."""
    lines = [clean_line(line) for line in words[:LONGEST_HTML].splitlines()]
    text = "\n".join(line for line in lines if line)
    return put_together([Part("", text)], whole=len(words) <= LONGEST_HTML)


def read_markdown(words: str) -> Content:
    """Markdown without its marks, with a passage for each heading of the first four levels."""
    sections: list[tuple[str, list[str]]] = [("", [])]
    in_code = False
    body = words[:LONGEST_HTML].removeprefix("\ufeff")
    front = _FRONT_MATTER.match(body)
    for raw in body[front.end() if front else 0 :].splitlines():
        if _FENCE.fullmatch(raw.strip()):
            in_code = not in_code
            continue
        found = None if in_code else _HEADING.match(raw.strip())
        bare = raw.strip()[found.end() :].rstrip("# ") if found else raw
        line = clean_line(bare if in_code else _unmarked(bare))
        if found and line:
            sections.append((line, [line]))
        elif line:
            sections[-1][1].append(line)
    title = sections[1][0] if len(sections) > 1 and not sections[0][1] else ""
    return put_together(
        (Part(heading, "\n".join(lines)) for heading, lines in sections),
        title=title,
        whole=len(words) <= LONGEST_HTML,
    )


def _unmarked(line: str) -> str:
    return _MARKS.sub("", _LINK.sub(r"\1", line))
