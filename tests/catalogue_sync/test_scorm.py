"""SCORM packages, made here and real: what can be launched, in which order, and what is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from catalogue_sync.errors import InvalidXML, UnsafePackage, UnsupportedPackage
from catalogue_sync.limits import STANDARD, Limits
from catalogue_sync.module import Basis, Duration, Kind, Module, Withheld
from catalogue_sync.packages.lom import minutes_of
from catalogue_sync.packages.opening import OpenWith
from catalogue_sync.packages.scorm import read_scorm
from catalogue_sync.records import Refused
from tests.catalogue_sync.cartridges import manifest, write
from tests.catalogue_sync.packages_made import SENTENCE, page, sco, scorm, scorm_item

IEEE = 'xmlns:l="http://ltsc.ieee.org/xsd/LOM"'


def read(
    path: Path, pattern: str | None = None, *, language: str | None = None, contents: bool = True,
    limits: Limits = STANDARD,
) -> tuple[list[Module], list[Refused]]:  # fmt: skip
    records = list(read_scorm(
        path, source="s", open_with=OpenWith(pattern) if pattern else None, language=language,
        contents=contents, limits=limits))  # fmt: skip
    modules = [one for one in records if isinstance(one, Module)]
    return modules, [one for one in records if isinstance(one, Refused)]


def package(tmp_path: Path, manifest_text: str, **files: str | bytes) -> Path:
    """A zip of a manifest and files, `a__b_html` for `a/b.html`."""
    named = {name.replace("__", "/").replace("_", "."): data for name, data in files.items()}
    return write(tmp_path / "course.zip", {"imsmanifest.xml": manifest_text, **named})


def lom(inner: str) -> str:
    return f"<metadata><l:lom {IEEE}>{inner}</l:lom></metadata>"


def test_items_give_modules_in_their_order_with_the_nearest_heading(tmp_path: Path) -> None:
    items = scorm_item("h", "Before", inner=(
        scorm_item("i1", "Prepare", "r1") + scorm_item("g", inner=scorm_item("i2", "Talk", "r2"))
    )) + scorm_item("i3", "Afterwards", "r1")  # fmt: skip
    resources = sco("r1", "a.html") + sco("r2", "b.html")
    modules, refused = read(package(tmp_path, scorm(items, resources), a_html="", b_html=""))

    assert refused == []
    assert [(m.identifier, m.title, m.section, m.position, m.siblings) for m in modules] == [
        ("i1", "Prepare", "Before", 1, 3),
        ("i2", "Talk", "Before", 2, 3),
        ("i3", "Afterwards", None, 3, 3),
    ]
    assert {(m.course, m.course_id, m.kind) for m in modules} == {
        ("A course", "MANIFEST-1", Kind.LESSON)
    }


@pytest.mark.parametrize(
    ("version", "word"), [("1.2", "scormtype"), ("CAM 1.3", "scormType"), ("2004 3rd", "scormType")]
)
def test_each_version_is_read(tmp_path: Path, version: str, word: str) -> None:
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html", word=word), version=version)

    assert [m.title for m in read(package(tmp_path, text, a_html=""))[0]] == ["One"]


def test_a_hidden_item_is_not_recommended_and_hides_nothing_below_it(tmp_path: Path) -> None:
    below = scorm_item("i", "Seen", "r")
    items = scorm_item("h", "Hidden", "r", more='isvisible="false"', inner=below)
    items += scorm_item("j", "Too", "r", more='isvisible="true"')
    modules, _ = read(package(tmp_path, scorm(items, sco("r", "a.html")), a_html=""))

    assert [(m.title, m.withheld, m.position, m.siblings) for m in modules] == [
        ("Hidden", Withheld.HIDDEN, None, None), ("Seen", None, 1, 2), ("Too", None, 2, 2),
    ]  # fmt: skip


def test_what_is_for_teachers_is_not_recommended(tmp_path: Path) -> None:
    role = lom("<l:educational><l:intendedEndUserRole><l:value>teacher</l:value>"
               "</l:intendedEndUserRole></l:educational>")  # fmt: skip
    text = scorm(scorm_item("i", "Key", "r", inner=role), sco("r", "a.html"))

    assert [m.withheld for m in read(package(tmp_path, text))[0]] == [Withheld.FOR_TEACHERS]


def test_only_the_default_organization_is_read(tmp_path: Path) -> None:
    other = f'<organization identifier="X">{scorm_item("x", "Other", "r")}</organization>'
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html"))
    text = text.replace("<organization ", other + "<organization ", 1)

    assert [m.title for m in read(package(tmp_path, text, a_html=""))[0]] == ["One"]
    nameless = text.replace('default="ORG"', 'default="GONE"')
    assert [m.title for m in read(package(tmp_path, nameless, a_html=""))[0]] == ["Other"]


def test_a_package_without_organization_gives_its_scos_and_no_assets(tmp_path: Path) -> None:
    text = scorm("", sco("r1", "a.html") + sco("r2", "b.html", kind="asset"), title="")
    modules, refused = read(
        package(tmp_path, text, a_html=page(title="Listening"), b_html=page(title="Style"))
    )
    assert [(m.identifier, m.title) for m in modules] == [("r1", "Listening")]
    assert refused == []


@pytest.mark.parametrize(
    ("base", "href", "parameters", "opened"),
    [
        ("", "a.html", "", "a.html"),
        ("lib/", "a.html", "", "lib/a.html"),
        ("lib", "a.html", "", "lib/a.html"),
        ("", "a%20b.html", "", "a%20b.html"),
        ("", "sub\\a.html", "", "sub/a.html"),
        ("", "a.html", "?p=1&amp;q=2", "a.html?p=1&q=2"),
        ("", "a.html", "p=1", "a.html?p=1"),
        ("", "a.html?x=0", "?p=1", "a.html?x=0&p=1"),
        ("", "a.html#end", "p=1", "a.html?p=1#end"),
        ("", "a.html", "#two", "a.html#two"),
        ("", "a.html#end", "#two", "a.html#end"),
        ("", "./x/../a.html", "", "a.html"),
    ],
)
def test_the_file_and_its_parameters_make_the_address(
    tmp_path: Path, base: str, href: str, parameters: str, opened: str
) -> None:
    path = tmp_path / "imsmanifest.xml"
    path.write_text(scorm(
        scorm_item("i", "One", "r", more=f'parameters="{parameters}"'),
        sco("r", href, more=f'xml:base="{base}"')))  # fmt: skip

    modules, refused = read(path, "https://content.example/{href}")
    assert [m.open_url for m in modules] == [f"https://content.example/{opened}"]
    assert refused == []


def test_the_bases_of_resources_and_resource_are_put_together(tmp_path: Path) -> None:
    path = tmp_path / "imsmanifest.xml"
    path.write_text(scorm(scorm_item("i", "One", "r"), sco("r", "a.html", more='xml:base="two/"'),
                          attributes='xml:base="one/"'))  # fmt: skip

    assert read(path, "https://content.example/{href}")[0][0].open_url == (
        "https://content.example/one/two/a.html"
    )


def test_a_sco_outside_the_package_opens_its_own_address_or_the_pattern(tmp_path: Path) -> None:
    path = tmp_path / "imsmanifest.xml"
    path.write_text(scorm(scorm_item("i", "One", "r", more='parameters="p=1"'),
                          sco("r", "https://cdn.example/a b.html")))  # fmt: skip

    assert read(path)[0][0].open_url == "https://cdn.example/a%20b.html?p=1"
    assert read(path, "https://lms.example/{identifier}")[0][0].open_url == "https://lms.example/i"


@pytest.mark.parametrize(
    "href", ["../evil.html", "javascript:alert(1)", "file:///etc/passwd", "//x.example/a", "", "."]
)
def test_what_cannot_be_launched_has_no_address_and_is_told(tmp_path: Path, href: str) -> None:
    path = package(tmp_path, scorm(scorm_item("i", "One", "r"), sco("r", href, files=("a.html",))))
    modules, refused = read(path, "https://lms.example/{identifier}")

    assert [m.open_url for m in modules] == [None]
    assert [one.place for one in refused] == ["course.zip: item i"]
    assert "it has no address" in refused[0].reason


def test_a_launched_file_that_is_not_in_the_package_is_told(tmp_path: Path) -> None:
    path = package(tmp_path, scorm(scorm_item("i", "One", "r"), sco("r", "gone.html")))
    modules, refused = read(path, "https://lms.example/{identifier}")

    assert [m.open_url for m in modules] == [None]
    assert "'gone.html'" in refused[0].reason


def test_an_item_that_leads_nowhere_keeps_what_it_was(tmp_path: Path) -> None:
    path = package(tmp_path, scorm(scorm_item("i", "One", "gone"), ""))

    assert read(path) == ([], [
        Refused("course.zip: item i", "it leads to resource 'gone', which is not there", "i")
    ])  # fmt: skip


def test_of_two_items_with_one_identifier_the_first_counts(tmp_path: Path) -> None:
    items = scorm_item("i", "One", "r") + scorm_item("i", "Two", "r")
    modules, refused = read(package(tmp_path, scorm(items, sco("r", "a.html")), a_html=""))

    assert [(m.title, m.siblings) for m in modules] == [("One", 1)]
    assert "same identifier" in refused[0].reason


def test_the_text_of_the_pages_is_read_and_its_minutes_estimated(tmp_path: Path) -> None:
    files = ("launch.html", "two.html", "style.css")
    text = scorm(scorm_item("i", "One", "r"), sco("r", "launch.html", files=files))
    modules, refused = read(package(
        tmp_path, text, launch_html=page(body="<h1>Start</h1>"), two_html=page(460, body=SENTENCE),
        style_css="p { color: red }"))  # fmt: skip

    assert refused == []
    assert "agree on one next step" in modules[0].text
    assert "color" not in modules[0].text
    assert "var no" not in modules[0].text
    assert modules[0].duration == Duration(2.0, Basis.ESTIMATED)
    assert all(p.end <= len(modules[0].text) for p in modules[0].passages)


def test_a_shell_of_few_words_is_no_ground_for_minutes(tmp_path: Path) -> None:
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html"))
    modules, _ = read(package(tmp_path, text, a_html=page(body="<p>Loading</p>")))

    assert modules[0].duration is None


def test_a_page_that_several_items_launch_says_nothing_of_one(tmp_path: Path) -> None:
    items = scorm_item("i", "One", "r", more='parameters="p=1"') + scorm_item("j", "Two", "r")
    modules, _ = read(package(tmp_path, scorm(items, sco("r", "a.html")), a_html=page(500)))

    assert [(m.text, m.duration) for m in modules] == [("", None), ("", None)]


def test_without_contents_no_page_is_read(tmp_path: Path) -> None:
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html"))
    modules, _ = read(package(tmp_path, text, a_html=page(500)), contents=False)

    assert (modules[0].text, modules[0].duration) == ("", None)


def test_a_page_past_the_limits_is_told_and_the_module_kept(tmp_path: Path) -> None:
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html"))
    path = package(tmp_path, text, a_html=page(3_000))
    modules, refused = read(path, limits=Limits(package_entry=5_000))

    assert [m.title for m in modules] == ["One"]
    assert [one.place for one in refused] == ["course.zip: a.html"]


def test_metadata_of_the_item_says_what_the_module_is(tmp_path: Path) -> None:
    inner = lom(
        "<l:general><l:language>nl</l:language><l:description><l:string language='en'>Plan it"
        "</l:string><l:string language='nl'>Plan het</l:string></l:description></l:general>"
        "<l:educational><l:learningResourceType><l:source>LOMv1.0</l:source><l:value>simulation"
        "</l:value></l:learningResourceType><l:difficulty><l:value>easy</l:value></l:difficulty>"
        "<l:typicalLearningTime><l:duration>PT12M30S</l:duration></l:typicalLearningTime>"
        "</l:educational><l:rights><l:copyrightAndOtherRestrictions><l:value>yes</l:value>"
        "</l:copyrightAndOtherRestrictions><l:description><l:string>CC BY</l:string>"
        "</l:description></l:rights><l:classification><l:purpose><l:value>competency</l:value>"
        "</l:purpose><l:taxonPath><l:taxon><l:entry><l:string>Leading</l:string></l:entry>"
        "</l:taxon><l:taxon><l:entry><l:string>Feedback</l:string></l:entry></l:taxon>"
        "</l:taxonPath></l:classification>"
    )
    text = scorm(scorm_item("i", "One", "r", inner=inner), sco("r", "a.html"))
    [module], _ = read(package(tmp_path, text, a_html=page(500)), language="nl")

    assert module.description == "Plan het"
    assert (module.language, module.level, module.licence) == ("nl", "easy", "CC BY")
    assert module.kind is Kind.PRACTICE
    assert module.skills == ("Feedback",)
    assert module.duration == Duration(12.5, Basis.DECLARED)


def test_a_simulation_without_declared_minutes_has_none(tmp_path: Path) -> None:
    inner = lom("<l:educational><l:learningResourceType><l:value>Simulation</l:value>"
                "</l:learningResourceType></l:educational>")  # fmt: skip
    text = scorm(scorm_item("i", "One", "r", inner=inner), sco("r", "a.html"))

    assert read(package(tmp_path, text, a_html=page(500)))[0][0].duration is None


OLD_LOM = (
    '<lom xmlns="http://www.imsglobal.org/xsd/imsmd_rootv1p2p1"><general><title>'
    '<langstring xml:lang="en">Golf</langstring></title><language>en</language><description>'
    '<langstring xml:lang="de">Spielen</langstring><langstring xml:lang="en-GB">Play</langstring>'
    "</description></general><educational><intendedenduserrole><value>"
    "<langstring>Learner</langstring></value></intendedenduserrole><typicallearningtime>"
    "<datetime>00:45:00</datetime></typicallearningtime></educational></lom>"
)


def test_metadata_in_a_file_of_its_own_is_read_in_the_old_form_too(tmp_path: Path) -> None:
    outside = "<adlcp:location>meta/course.xml</adlcp:location>"
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html", word="scormtype"), version="1.2",
                 metadata=outside, title="")  # fmt: skip
    [module], refused = read(package(tmp_path, text, a_html="", meta__course_xml=OLD_LOM))

    assert refused == []
    assert (module.course, module.description, module.language) == ("Golf", "Play", "en")
    assert module.duration == Duration(45.0, Basis.DECLARED)


def test_metadata_that_is_not_there_or_broken_is_told_and_nothing_else_lost(tmp_path: Path) -> None:
    outside = "<adlcp:location>meta.xml</adlcp:location>"
    text = scorm(scorm_item("i", "One", "r"), sco("r", "a.html"), metadata=outside)

    modules, refused = read(package(tmp_path, text, a_html=""))
    assert ([m.title for m in modules], [one.place for one in refused]) == (
        ["One"], ["course.zip: meta.xml"])  # fmt: skip
    modules, refused = read(package(tmp_path, text, a_html="", meta_xml="<lom><general>"))
    assert [m.title for m in modules] == ["One"]
    assert "broken" in refused[0].reason


def test_what_is_said_of_the_package_is_not_said_of_each_of_several(tmp_path: Path) -> None:
    items = scorm_item("i", "One", "r") + scorm_item("j", "Two", "r2")
    outside = lom("<l:educational><l:typicalLearningTime><l:duration>PT1H</l:duration>"
                  "</l:typicalLearningTime></l:educational>")[10:-11]  # fmt: skip
    text = scorm(items, sco("r", "a.html") + sco("r2", "b.html"), metadata=outside)

    modules, _ = read(package(tmp_path, text, a_html="", b_html=""))
    assert [m.duration for m in modules] == [None, None]


@pytest.mark.parametrize(
    ("value", "minutes"),
    [
        ("PT45M", 45.0), ("PT1H30M", 90.0), ("P1DT1H", 1500.0), ("PT90S", 1.5),
        ("00:45", 45.0), ("01:30:00", 90.0), ("0000-00-00T00:20", 20.0), ("00:00:30.5", 0.5),
        ("00:00:00", None), ("P2T", None), ("", None), ("PT0S", None), ("45", None),
        ("about an hour", None), ("-PT5M", None), ("P1Y", None),
    ],
)  # fmt: skip
def test_declared_times_are_read_and_junk_is_unknown(value: str, minutes: float | None) -> None:
    found = minutes_of(value)
    assert (found and found.minutes) == minutes


def test_the_mastery_score_is_no_duration(tmp_path: Path) -> None:
    inner = "<adlcp:masteryscore>80</adlcp:masteryscore>"
    text = scorm(scorm_item("i", "One", "r", inner=inner), sco("r", "a.html"), version="1.2")

    assert read(package(tmp_path, text, a_html=""))[0][0].duration is None


@pytest.mark.parametrize(
    ("files", "error", "reason"),
    [
        ({"readme.txt": "x"}, UnsupportedPackage, "no imsmanifest.xml at its top"),
        ({"c/imsmanifest.xml": "<manifest/>", "c/a": ""}, UnsupportedPackage, "pack what is in"),
        ({"imsmanifest.xml": "<html/>"}, UnsupportedPackage, "<html>"),
        ({"imsmanifest.xml": manifest()}, UnsupportedPackage, "Common Cartridge"),
        ({"imsmanifest.xml": "<manifest>"}, InvalidXML, "imsmanifest.xml"),
        ({"imsmanifest.xml": '<!DOCTYPE m [<!ENTITY a "b">]><manifest/>'}, InvalidXML, "entity"),
        ({"imsmanifest.xml": "<manifest/>", "../x": "x"}, UnsafePackage, "leads out"),
    ],
)
def test_a_file_that_is_no_scorm_package_is_a_named_error(
    tmp_path: Path, files: dict[str, str | bytes], error: type[Exception], reason: str
) -> None:
    path = write(tmp_path / "strange.zip", files)

    with pytest.raises(error, match=rf"strange\.zip.*{reason}"):
        read(path)


def test_metadata_that_many_items_share_is_read_once(tmp_path: Path) -> None:
    big = f"<lom><general><title><string>T{'x' * 200_000}</string></title></general></lom>"
    where = "<metadata><adlcp:location>meta.xml</adlcp:location></metadata>"
    items = "".join(scorm_item(f"i{n}", f"Item {n}", "r", inner=where) for n in range(2_000))
    path = package(tmp_path, scorm(items, sco("r", "a.html")), a_html="", meta_xml=big)

    # Unpacked for each item, it would be past this limit long before the last one.
    modules, refused = read(path, limits=Limits(package_read=2_000_000))
    assert (len(modules), refused) == (2_000, [])
