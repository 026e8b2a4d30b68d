"""The words of the pages, through gettext: English and Dutch."""

from __future__ import annotations

import functools
import gettext
import io
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

LANGUAGES = ("en", "nl")
"""The languages that are complete; the first is the one used when none fits."""

LOCALE_FOLDER = Path(__file__).parent / "locale"


def choose(*wanted: str | None) -> str:
    """The first of `wanted` (BCP 47 tags or locales such as `nl_BE`) that we speak."""
    for tag in wanted:
        primary = (tag or "").replace("_", "-").split("-")[0].lower()
        if primary in LANGUAGES:
            return primary
    return LANGUAGES[0]


@functools.cache
def translator(language: str) -> gettext.NullTranslations:
    """The translations into `language` (one of `LANGUAGES`; another one gives English).

    Compiled in memory from the .po file, so that no compiled file can be out of date.
    """
    path = LOCALE_FOLDER / language / "LC_MESSAGES" / "needle.po"
    if language not in LANGUAGES or not path.is_file():
        return gettext.NullTranslations()
    with path.open("rb") as file:
        catalog = read_po(file, locale=language)
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
