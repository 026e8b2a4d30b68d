"""Every word of the pages is translated, and no translation is left over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.pofile import read_po

import lti_tool
from lti_tool.language import LANGUAGES, LOCALE_FOLDER

TOOL = Path(str(lti_tool.__file__)).parent


def key(message: str | tuple[str, ...]) -> str | tuple[str, ...]:
    return tuple(message) if isinstance(message, list | tuple) else message


@pytest.fixture(scope="module")
def extracted() -> set[str | tuple[str, ...]]:
    """What `pybabel extract` finds in lti_tool, plain messages and plural ones."""
    with (LOCALE_FOLDER / "babel.cfg").open(encoding="utf-8") as file:
        methods, options = parse_mapping_cfg(file)
    found = extract_from_dir(TOOL, methods, options)
    return {key(message) for _, _, message, _, _ in found}


def translations(language: str) -> Catalog:
    with (LOCALE_FOLDER / language / "LC_MESSAGES" / "needle.po").open("rb") as file:
        return read_po(file, locale=language)


def real(catalog: Catalog) -> Iterator[Message]:
    return (message for message in catalog if message.id)


def test_the_extraction_reads_templates_views_and_reasons(
    extracted: set[str | tuple[str, ...]],
) -> None:
    assert "Did it help?" in extracted
    assert "Say in a few words what you need." in extracted
    assert "About %(words)s." in extracted
    assert ("%(hours)s hour", "%(hours)s hours") in extracted


def test_dutch_is_complete(extracted: set[str | tuple[str, ...]]) -> None:
    done = {
        key(message.id)
        for message in real(translations("nl"))
        if message.string and all(message.string)
    }
    assert not extracted - done, "without a Dutch translation"


def test_no_dutch_translation_is_stale_or_unsure(
    extracted: set[str | tuple[str, ...]],
) -> None:
    catalog = translations("nl")
    assert not {key(message.id) for message in real(catalog)} - extracted, "no longer used"
    assert not [message.id for message in real(catalog) if message.fuzzy]
    assert not catalog.obsolete


def test_each_language_has_its_file() -> None:
    there = {path.parent.parent.name for path in LOCALE_FOLDER.glob("*/LC_MESSAGES/needle.po")}
    assert there == set(LANGUAGES)


def test_a_translation_has_the_placeholders_of_its_message() -> None:
    for message in real(translations("nl")):
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        texts = message.string if isinstance(message.string, list | tuple) else (message.string,)
        wanted = {name for one in ids for name in re.findall(r"%\(\w+\)[sd]", one)}
        for text in texts[-1:]:
            assert set(re.findall(r"%\(\w+\)[sd]", text)) == wanted, message.id
        for text in texts:
            assert not re.search(r"%(?!\(\w+\)[sd])", text), message.id
