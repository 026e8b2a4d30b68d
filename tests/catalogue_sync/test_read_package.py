"""Any package by what is in it: real ones counted by hand, strange ones, and damaged ones."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue_sync import read_package
from catalogue_sync.errors import InvalidXML, PackageError, UnsupportedPackage
from catalogue_sync.module import Module
from catalogue_sync.packages.reading import (
    CARTRIDGE,
    CMI5,
    FORMATS,
    MOODLE_BACKUP,
    SCORM,
    TINCAN,
    format_of,
    read_any,
)
from catalogue_sync.records import Refused
from tests.catalogue_sync.cartridges import manifest, write
from tests.catalogue_sync.packages_made import (
    activity,
    au,
    block,
    cmi5,
    page,
    sco,
    scorm,
    scorm_item,
    tincan,
)


def read(path: Path, language: str | None = None) -> tuple[list[Module], list[Refused]]:
    refused: list[Refused] = []
    return list(read_package(path, language=language, on_refused=refused.append)), refused


# Counted in the files by hand; the last column is which have an address of their own.
COUNTED = [
    ("cmi5_simple_spec.xml", CMI5, 1, 0, 1),
    ("cmi5_complex_spec.xml", CMI5, 14, 0, 14),
    ("cmi5_extended_spec.xml", CMI5, 1, 0, 1),
    ("cmi5_prepost_catapult.xml", CMI5, 6, 0, 0),
    ("cmi5_1000aus_catapult.xml", CMI5, 1001, 0, 1001),
    ("cmi5_dupblock_catapult.xml", CMI5, 2, 1, 2),
    ("cmi5_badurl_catapult.xml", CMI5, 1, 1, 0),
    ("scorm12_rustici_RuntimeBasicCalls.imsmanifest.xml", SCORM, 1, 0, 0),
    ("scorm2004_3e_rustici_RuntimeBasicCalls.imsmanifest.xml", SCORM, 1, 0, 0),
    ("scorm2004_4e_ADL_CM-03b.imsmanifest.xml", SCORM, 6, 0, 0),
    ("scorm2004_4e_ADL_CM-14.imsmanifest.xml", SCORM, 10, 0, 0),
    ("tincan_golf_rustici.xml", TINCAN, 1, 0, 0),
    ("tincan_oauth_rustici.xml", TINCAN, 1, 0, 0),
    ("tincan_xapilaunch_watershed.xml", TINCAN, 1, 0, 1),
]


@pytest.mark.parametrize(("file", "kind", "found", "set_aside", "addresses"), COUNTED)
def test_real_packages_give_what_was_counted_by_hand(
    shared: Path, file: str, kind: str, found: int, set_aside: int, addresses: int
) -> None:
    path = shared / "samples" / file
    modules, refused = read(path)

    assert format_of(path) == kind
    assert (len(modules), len(refused)) == (found, set_aside)
    assert sum(m.open_url is not None for m in modules) == addresses
    # None of these files says how long anything takes, and a bare description has no text.
    assert {m.duration for m in modules} == {None}


@pytest.mark.parametrize(
    ("file", "titles"),
    [
        ("cmi5_prepost_catapult.xml", [
            ("Pre-test", "Introduction to Geology"), ("Content", "Introduction to Geology"),
            ("Post-test", "Introduction to Geology"), ("Pre-test", "Geological Materials"),
            ("Content", "Geological Materials"), ("Post-test", "Geological Materials")]),
        ("scorm2004_4e_ADL_CM-03b.imsmanifest.xml", [
            ("Activity 2", "Activity 1"), ("Activity 3", "Activity 1"),
            ("Activity 5", "Activity 4"), ("Activity 6", "Activity 4"),
            ("Activity 7", "Activity 4"), ("Activity 8", None)]),
        ("scorm2004_4e_ADL_CM-14.imsmanifest.xml", [
            ("Activity 2", "Activity 1"), ("Activity 3", "Activity 1"),
            ("Activity 5", "Activity 4"), ("Activity 6", "Activity 4"),
            ("Activity 7", "Activity 4"), ("Activity 9", "Activity 8"),
            ("Activity 12", "Activity 11"), ("Activity 13", "Activity 11"),
            ("Activity 14", "Activity 10"), ("Activity 15", None)]),
        ("tincan_golf_rustici.xml", [("Tin Can Golf Example", None)]),
        ("scorm12_rustici_RuntimeBasicCalls.imsmanifest.xml", [("Golf Explained", None)]),
    ],
)  # fmt: skip
def test_titles_stand_in_the_order_and_under_the_heading_of_the_file(
    shared: Path, file: str, titles: list[tuple[str, str | None]]
) -> None:
    modules, _ = read(shared / "samples" / file)

    assert [(m.title, m.section) for m in modules] == titles


def test_a_real_course_of_blocks_and_units_keeps_order_languages_and_objectives(
    shared: Path,
) -> None:
    modules, _ = read(shared / "samples" / "cmi5_complex_spec.xml", language="de")

    assert [m.title for m in modules[:3]] + [m.title for m in modules[-3:]] == [
        "Gestein und Kreislauf der Gesteine", "Lockergestein", "Plattentektonik",
        "Archaikum", "Hadaikum", "Quiz",
    ]  # fmt: skip
    assert modules[0].skills == (
        "Geologie - Grundwissen", "Identifikation von üblichen Erdmaterialien.",
    )  # fmt: skip
    assert modules[-1].position == modules[-1].siblings == 14
    assert modules[-1].section is None
    assert modules[-1].kind == "quiz"
    assert modules[7].section == "Phanerozoikum"
    assert {m.course for m in modules} == {"Geologie"}


def test_a_file_that_is_not_a_zip_is_a_clear_error(shared: Path) -> None:
    with pytest.raises(PackageError, match=r"cmi5_not-a-zip_catapult\.zip is not a zip file"):
        read(shared / "samples" / "cmi5_not-a-zip_catapult.zip")


PACKAGES: dict[str, tuple[str, dict[str, str | bytes]]] = {
    "scorm": (SCORM, {
        "imsmanifest.xml": scorm(scorm_item("i", "A", "r"), sco("r", "a.html")),
        "a.html": page(40)}),
    "scorm by its namespace": (SCORM, {
        "imsmanifest.xml": scorm(scorm_item("i", "A", "r"), sco("r", "a.html")).replace(
            "<schema>ADL SCORM</schema>", ""), "a.html": page(40)}),
    "cartridge": (CARTRIDGE, {"imsmanifest.xml": manifest(title="C")}),
    "plain content package": (CARTRIDGE, {"imsmanifest.xml": "<manifest/>"}),
    "cmi5": (CMI5, {"cmi5.xml": cmi5(au(1, "a.html")), "a.html": page(40)}),
    "tincan": (TINCAN, {"tincan.xml": tincan(activity("urn:1", launch="a.html")), "a.html": ""}),
    "tincan in a folder": (TINCAN, {"x/tincan.xml": tincan(), "x/a.html": ""}),
    "scorm that has a tincan.xml too": (SCORM, {
        "tincan.xml": tincan(), "imsmanifest.xml": scorm("", "")}),
    "backup": (MOODLE_BACKUP, {"moodle_backup.xml": "<moodle_backup/>"}),
}  # fmt: skip


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_recognised_by_what_is_in_it(tmp_path: Path, name: str) -> None:
    kind, files = PACKAGES[name]

    assert format_of(write(tmp_path / "it.bin", files)) == kind


def test_every_format_has_its_name_among_the_kinds_of_source() -> None:
    from catalogue_sync.sources.packages.package import KINDS

    assert {kind.name for kind in KINDS} == {*FORMATS, "package"}


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"photo.jpg": b"\xff\xd8"}, "no package that can be read"),
        ({"c/imsmanifest.xml": "<manifest/>", "c/a.html": ""}, "Pack what is in that folder"),
        ({"c/cmi5.xml": cmi5("")}, "Pack what is in that folder"),
        ({"imsmanifest.xml": "<html/>"}, "root element is <html>"),
        ({"imsmanifest.xml": ""}, "no element"),
        ({"imsmanifest.xml": "<!DOCTYPE m [<!ENTITY a 'b'>]><manifest/>"}, "declares an entity"),
    ],
)
def test_what_is_no_package_is_told_by_name(
    tmp_path: Path, files: dict[str, str | bytes], reason: str
) -> None:
    path = write(tmp_path / "strange.zip", files)

    with pytest.raises(PackageError, match=rf"strange\.zip.*{reason}"):
        read(path)


@pytest.mark.parametrize(
    ("data", "error"),
    [(b"<html/>", UnsupportedPackage), (b"<", InvalidXML), (b"<?xml", InvalidXML),
     (b"\xef\xbb\xbf<rss/>", UnsupportedPackage), (b"<a" * 9_000, InvalidXML),
     ("<tincan/>".encode("utf-16"), None), (b"  \n<manifest/>\0", None),
     (b'<manifest xmlns=""/>', None)],
    ids=["html", "one sign", "a declaration alone", "a feed", "never closed", "utf-16", "around",
         "a namespace taken away"],
)  # fmt: skip
def test_bare_xml_is_recognised_or_refused_by_name(
    tmp_path: Path, data: bytes, error: type[PackageError] | None
) -> None:
    path = tmp_path / "bare.xml"
    path.write_bytes(data)
    if error is None:
        assert read(path) == ([], [])
        return
    with pytest.raises(error, match=r"bare\.xml"):
        read(path)


def test_a_folder_or_a_pipe_is_no_package(tmp_path: Path) -> None:
    import os

    os.mkfifo(tmp_path / "pipe")
    for name in ("", "pipe"):
        with pytest.raises(PackageError, match="is no file"):
            read(tmp_path / name)


def test_the_language_given_is_of_what_says_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.zip", PACKAGES["scorm"][1])

    assert [m.language for m in read(path, language="nl")[0]] == ["nl"]
    assert [m.language for m in read(path)[0]] == [None]


def descriptions() -> dict[str, str]:
    """One description of each format, with all that it can hold."""
    items = "".join(scorm_item(f"i{n}", f"Item {n}", "r", more='parameters="?p=1"') for n in (1, 2))
    lom = "<lom><general><title><langstring xml:lang='en'>C</langstring></title></general></lom>"
    resources = sco("r", "a.html") + sco("q", "b.html")
    units = au(1, "a.html") + block("A", au(2, "b.html") + au(3, "x.html"))
    return {
        "imsmanifest.xml": scorm(items + scorm_item("x", "Alone", "q"), resources, metadata=lom),
        "cmi5.xml": cmi5(units),
        "tincan.xml": tincan(activity("urn:1", launch="a.html"), activity("urn:2")),
    }


def damage(data: bytes, chance: random.Random) -> bytes:
    """The same with some bytes others: any at all, or letters for letters."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 5))):
        place = chance.randrange(len(changed) - 30)
        if chance.random() < 0.3:
            changed[place : place + chance.randrange(30)] = chance.randbytes(chance.randrange(30))
            continue
        word = changed[place : place + chance.randrange(1, 9)]
        letters = [chance.choice(b"aeixyz019:/.-") if chr(c).isalnum() else c for c in word]
        changed[place : place + len(letters)] = bytes(letters)
    return bytes(changed)


def outcome(path: Path) -> str:
    """What became of reading a file: anything but modules or a named error fails the test."""
    began = time.process_time()
    said = "read"
    try:
        records = list(read_any(path, source="s"))
    except PackageError as error:
        said, records = str(error), []
    assert said == "read" or path.name in said
    assert time.process_time() - began < 10
    assert all(isinstance(one, Module | Refused) for one in records)
    return said


@pytest.mark.parametrize("name", descriptions())
def test_a_package_with_a_damaged_description_is_read_or_refused_by_name(
    tmp_path: Path, name: str
) -> None:
    whole = descriptions()[name].encode()
    chance = random.Random(name)
    said = []
    for _ in range(200):
        files = {name: damage(whole, chance), "a.html": page(50), "b.html": page(60)}
        said.append(outcome(write(tmp_path / "damaged.zip", files)))

    assert said.count("read") > 10
    assert len(said) - said.count("read") > 20


@pytest.mark.parametrize("name", descriptions())
def test_a_damaged_zip_is_read_or_refused_by_name(tmp_path: Path, name: str) -> None:
    files: dict[str, str | bytes] = {name: descriptions()[name], "a.html": page(50)}
    path = write(tmp_path / "damaged.zip", files)
    whole = path.read_bytes()
    chance = random.Random(name)
    said = []
    for _ in range(200):
        path.write_bytes(damage(whole, chance))
        said.append(outcome(path))

    assert len(said) - said.count("read") > 50


def test_each_real_file_with_damage_is_read_or_refused_by_name(
    shared: Path, tmp_path: Path
) -> None:
    chance = random.Random(5)
    said: list[str] = []
    for name in (file for file, *_ in COUNTED if "1000aus" not in file):
        whole = (shared / "samples" / name).read_bytes()
        path = tmp_path / name
        for _ in range(60):
            path.write_bytes(damage(whole, chance))
            said.append(outcome(path))

    assert said.count("read") > 100
    assert len(said) - said.count("read") > 100


NAMES = st.sampled_from([
    "manifest", "organizations", "organization", "item", "title", "resources", "resource", "file",
    "metadata", "lom", "general", "string", "langstring", "courseStructure", "course", "block",
    "au", "url", "objectives", "objective", "tincan", "activities", "activity", "launch", "name",
    "schema", "educational", "typicalLearningTime", "duration", "location",
])  # fmt: skip
MARKS = "<>&\"'"
WORDS = st.one_of(
    st.sampled_from(["", "a.html", "../x", "http://[", "https://x/ y", "PT5M", "SCORM", "\\"]),
    st.text(st.characters(codec="utf-8", exclude_characters=MARKS, min_codepoint=32), max_size=8),
)
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["id", "identifier", "xmlns", "identifierref", "href", "xml:base", "lang",
                     "xml:lang", "type", "isvisible", "parameters", "default", "idref",
                     "scormType"]),
    WORDS, max_size=4,
)  # fmt: skip


def element(name: str, attributes: dict[str, str], inner: list[str]) -> str:
    written = "".join(f' {key}="{value}"' for key, value in attributes.items())
    return f"<{name}{written}>{''.join(inner)}</{name}>"


ELEMENTS = st.recursive(
    WORDS,
    lambda inner: st.builds(element, NAMES, ATTRIBUTES, st.lists(inner, max_size=5)),
    max_leaves=25,
)
ROOTS = st.builds(
    element, st.sampled_from(["manifest", "courseStructure", "tincan"]), ATTRIBUTES,
    st.lists(ELEMENTS, max_size=5),
)  # fmt: skip


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(ROOTS, st.booleans())
def test_any_xml_is_read_or_refused_by_name(tmp_path: Path, text: str, in_zip: bool) -> None:
    name = {"m": "imsmanifest.xml", "c": "cmi5.xml", "t": "tincan.xml"}[text[1]]
    path = tmp_path / name
    if in_zip:
        path = write(tmp_path / "any.zip", {name: text, "a.html": page(30)})
    else:
        path.write_text(text, encoding="utf-8")
    outcome(path)


def test_many_items_of_one_page_take_no_longer_than_their_number(tmp_path: Path) -> None:
    items = "".join(scorm_item(f"i{n}", f"Item {n}", "r") for n in range(3_000))
    path = write(tmp_path / "a.zip", {
        "imsmanifest.xml": scorm(items, sco("r", "a.html")), "a.html": page(20_000)})  # fmt: skip

    began = time.process_time()
    assert len(read(path)[0]) == 3_000
    assert time.process_time() - began < 10
