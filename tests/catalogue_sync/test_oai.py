"""Pages of OAI-PMH: what their records say, and how a page is recognised."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogue_sync.errors import CatalogueError, InvalidXML
from catalogue_sync.module import Kind, Module, Provenance
from catalogue_sync.records import Refused, Removed
from catalogue_sync.sources.oai.page import look_at_page
from catalogue_sync.sources.oai.records import is_nameless, read_oai_page
from catalogue_sync.sources.oai.words import Choices
from tests.servers.oai import LOM, OAI_DC, Repository


def page_of(*records: str, end: str = "") -> bytes:
    """A page of a list with these records."""
    return (
        '<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords>'
        f"{''.join(records)}{end}</ListRecords></OAI-PMH>"
    ).encode()


def record(metadata: str, identifier: str = "oai:x:1", status: str = "") -> str:
    return (
        f"<record><header{status}><identifier>{identifier}</identifier></header>"
        f"<metadata>{metadata}</metadata></record>"
    )


def dc(*elements: str) -> str:
    inner = "".join(elements)
    return f'<o:dc xmlns:o="{OAI_DC}" xmlns:dc="http://purl.org/dc/elements/1.1/">{inner}</o:dc>'


def lom(inner: str) -> str:
    return f'<l:lom xmlns:l="{LOM}" xmlns="{LOM}">{inner}</l:lom>'


def only(data: bytes, **choices: object) -> Module:
    found = read_oai_page(data, source="s", file="f", choices=Choices(**choices))  # type: ignore[arg-type]
    assert isinstance(found[0], Module), found[0]
    return found[0]


TITLED = "<general><title><string>A</string></title></general>"


def test_the_records_of_a_real_page_are_a_removal_and_a_module(shared: Path) -> None:
    path = shared / "samples" / "oai_ListRecords_sickle.xml"
    gone, found = read_oai_page(path.read_bytes(), source="s", file=path.name)
    assert gone == Removed("oai:test.example.com:1585310")
    assert isinstance(found, Module)
    assert (found.identifier, found.title) == ("oai:test.example.com:1585322", "Sample Title")
    assert found.open_url == "http://test.example.com/publication/1585322"
    assert (found.language, found.kind) == ("en", Kind.ARTICLE)
    assert found.description.startswith("Lorem ipsum")
    assert found.updated == datetime(2010, 1, 1, tzinfo=UTC)


def test_a_real_page_leads_to_the_next(shared: Path) -> None:
    page = look_at_page((shared / "samples" / "oai_ListRecords_sickle.xml").read_bytes(), "f")
    assert (page.token, page.read, page.size) == ("ListRecords2.xml", 0, 8)
    assert page.answered == "2013-02-27T09:10:56Z"


def test_real_errors_and_broken_pages_are_named(shared: Path) -> None:
    samples = shared / "samples"
    page = look_at_page((samples / "oai_badResumptionToken_sickle.xml").read_bytes(), "f")
    assert (page.error, page.message) == ("badResumptionToken", "This resumptionToken is invalid")
    with pytest.raises(InvalidXML, match="line 1, column 1"):
        look_at_page((samples / "oai_ListRecordsBroken_sickle.xml").read_bytes(), "page 3")


@pytest.mark.parametrize(
    ("elements", "field", "value"),
    [
        pytest.param("<dc:identifier>doi:10.5281/zenodo.7</dc:identifier>", "open_url",
                     "https://doi.org/10.5281/zenodo.7", id="doi"),
        pytest.param("<dc:identifier>urn:x</dc:identifier><dc:relation>HTTPS://x.example/a"
                     "</dc:relation>", "open_url", "https://x.example/a", id="relation"),
        pytest.param("<dc:identifier>javascript:alert(1)</dc:identifier>", "open_url", None,
                     id="script"),
        pytest.param("<dc:type>MovingImage</dc:type>", "kind", Kind.VIDEO, id="film"),
        pytest.param("<dc:type>info:eu-repo/semantics/lecture</dc:type>", "kind", Kind.LESSON,
                     id="vocabulary"),
        pytest.param("<dc:format>application/pdf</dc:format>", "kind", Kind.ARTICLE, id="format"),
        pytest.param("<dc:type>Dataset</dc:type>", "kind", Kind.LESSON, id="unknown type"),
        pytest.param("<dc:language>dut</dc:language>", "language", "nl", id="bibliographic"),
        pytest.param("<dc:language>gsw</dc:language>", "language", "gsw", id="three letters only"),
        pytest.param("<dc:language>en_US</dc:language>", "language", "en-US", id="region"),
        pytest.param("<dc:language>English</dc:language>", "language", None, id="no tag"),
        pytest.param("<dc:language>und</dc:language>", "language", None, id="undetermined"),
        pytest.param("<dc:date>2019</dc:date><dc:date>2021-03</dc:date><dc:date>soon</dc:date>",
                     "updated", datetime(2021, 3, 1, tzinfo=UTC), id="latest date"),
        pytest.param("<dc:date>2021-02-31</dc:date>", "updated", None, id="no such day"),
        pytest.param("<dc:date>0001-01-01T00:00:00+14:00</dc:date>", "updated", None,
                     id="before all time"),
        pytest.param("<dc:subject>Feedback</dc:subject><dc:subject>info:ddc/370</dc:subject>"
                     "<dc:subject>Feedback</dc:subject>", "skills", ("Feedback",), id="subjects"),
        pytest.param("<dc:rights>open access</dc:rights><dc:rights>https://creativecommons.org/"
                     "licenses/by/4.0/</dc:rights>", "licence",
                     "https://creativecommons.org/licenses/by/4.0/", id="licence"),
        pytest.param("<dc:description>&lt;p&gt;Hi&lt;script&gt;alert(1)&lt;/script&gt;&lt;/p&gt;"
                     "</dc:description>", "description", "Hi", id="script in a description"),
        pytest.param("<dc:description>Takes about 10 minutes</dc:description>", "duration",
                     10.0, id="minutes in words"),
    ],
)  # fmt: skip
def test_dublin_core_is_read_as_far_as_it_says_something(
    elements: str, field: str, value: object
) -> None:
    found = only(page_of(record(dc("<dc:title>A</dc:title>", elements))))
    told = getattr(found, field)
    assert (told.minutes if field == "duration" else told) == value


@pytest.mark.parametrize(
    ("inner", "field", "value"),
    [
        pytest.param("<technical><location>ftp://x/</location><location>https://x.example/1"
                     "</location></technical>", "open_url", "https://x.example/1", id="location"),
        pytest.param("<general><identifier><catalog>URI</catalog><entry>https://x.example/2"
                     "</entry></identifier></general>", "open_url", "https://x.example/2",
                     id="entry"),
        pytest.param("<educational><typicalLearningTime><duration>PT1H30M</duration>"
                     "</typicalLearningTime></educational>", "duration", 90.0, id="learning time"),
        pytest.param("<educational><typicalLearningTime><duration>P2T</duration>"
                     "</typicalLearningTime></educational>", "duration", None, id="junk"),
        pytest.param("<educational><typicalLearningTime><duration>00:00:00</duration>"
                     "</typicalLearningTime></educational>", "duration", None, id="zero"),
        pytest.param("<educational><typicallearningtime><datetime>00:45:00</datetime>"
                     "</typicallearningtime></educational>", "duration", 45.0, id="ims clock"),
        pytest.param("<technical><duration><duration>PT5M</duration></duration></technical>",
                     "duration", 5.0, id="playing time"),
        pytest.param("<educational><learningResourceType><source>LOMv1.0</source><value>"
                     "self assessment</value></learningResourceType></educational>", "kind",
                     Kind.QUIZ, id="resource type"),
        pytest.param("<educational><learningresourcetype><value><langstring>Simulation"
                     "</langstring></value></learningresourcetype></educational>", "kind",
                     Kind.PRACTICE, id="ims resource type"),
        pytest.param("<technical><format>video/mp4</format></technical>", "kind", Kind.VIDEO,
                     id="format"),
        pytest.param("<educational><context><value>training</value></context><difficulty><value>"
                     "easy</value></difficulty></educational>", "level", "training, easy",
                     id="level"),
        pytest.param("<rights><description><string>CC BY 4.0</string></description></rights>",
                     "licence", "CC BY 4.0", id="rights"),
        pytest.param("<lifeCycle><contribute><entity>BEGIN:VCARD FN:Ann END:VCARD</entity><date>"
                     "<dateTime>2024-05-06</dateTime></date></contribute></lifeCycle>", "updated",
                     datetime(2024, 5, 6, tzinfo=UTC), id="date"),
        pytest.param("<classification><purpose><value>competency</value></purpose><taxonPath>"
                     "<taxon><entry><string>Leading</string></entry></taxon><taxon><entry><string>"
                     "Giving feedback</string></entry></taxon></taxonPath></classification>",
                     "skills", ("Giving feedback",), id="competency"),
        pytest.param("<classification><purpose><value>discipline</value></purpose><taxonPath>"
                     "<taxon><entry><string>Law</string></entry></taxon></taxonPath>"
                     "</classification>", "skills", (), id="discipline"),
    ],
)  # fmt: skip
def test_lom_is_read_in_the_binding_of_ieee_and_of_ims(
    inner: str, field: str, value: object
) -> None:
    general = TITLED.replace("</general>", "")
    body = inner.replace("<general>", general) if "<general>" in inner else TITLED + inner
    told = getattr(only(page_of(record(lom(body)))), field)
    assert (told.minutes if field == "duration" and told else told) == value


TWO = ('<general><title><string language="de">Wie</string><string language="en-GB">How</string>'
       '<string language="nld">Hoe</string></title>{}</general>')  # fmt: skip


@pytest.mark.parametrize(
    ("wanted", "said", "title"),
    [
        pytest.param("nl", "", "Hoe", id="setting"),
        pytest.param(None, "<language>deu</language>", "Wie", id="own language"),
        pytest.param(None, "", "How", id="english"),
        pytest.param("fr", "", "How", id="not there"),
    ],
)
def test_of_several_languages_the_wanted_one_is_taken(
    wanted: str | None, said: str, title: str
) -> None:
    assert only(page_of(record(lom(TWO.format(said)))), language=wanted).title == title


def test_the_name_of_nobody_is_read() -> None:
    people = "<dc:title>A</dc:title><dc:creator>Ann Example</dc:creator>"
    found = only(page_of(record(dc(people, "<dc:contributor>Bo</dc:contributor>"))))
    assert "Ann" not in repr(found)
    assert "Bo" not in repr(found)


def test_settings_say_what_records_leave_out() -> None:
    page = page_of(record(dc("<dc:title>A</dc:title>")))
    found = only(page, language="nl", provenance=Provenance.EXTERNAL, licence="CC BY")
    assert (found.language, found.licence) == ("nl", "CC BY")
    assert found.provenance is Provenance.EXTERNAL


@pytest.mark.parametrize(
    ("bad", "reason", "identifier"),
    [
        pytest.param(record(dc("<dc:date>2020</dc:date>")), "it has no title", "oai:x:1",
                     id="no title"),
        pytest.param(record("<mods><title>A</title></mods>"), "<mods>", "oai:x:1",
                     id="other metadata"),
        pytest.param("<record><header><identifier>oai:x:1</identifier></header></record>",
                     "no metadata", "oai:x:1", id="no metadata"),
        pytest.param(record(dc("<dc:title>A</dc:title>"), " "), "no identifier", None,
                     id="no identifier"),
        pytest.param(record(dc(f"<dc:title>A</dc:title><dc:identifier>https://x/{'a' * 5000}"
                               "</dc:identifier>")), "4,000 is the most", "oai:x:1",
                     id="endless address"),
    ],
)  # fmt: skip
def test_a_bad_record_is_set_aside_with_its_place(
    bad: str, reason: str, identifier: str | None
) -> None:
    good = record(dc("<dc:title>B</dc:title>"), "oai:x:2")
    refused, kept = read_oai_page(page_of(bad, good), source="s", file="page 4")
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert refused.place.startswith("page 4, record 1")
    assert refused.identifier == identifier
    assert isinstance(kept, Module)


def test_of_a_page_that_is_no_xml_the_records_that_are_remain() -> None:
    broken = record(dc("<dc:title>A \x0b B</dc:title>"), "oai:x:1")
    good = record(dc("<dc:title>C</dc:title>"), "oai:x:2")
    refused, kept = read_oai_page(page_of(broken, good), source="s", file="page 1")
    assert isinstance(refused, Refused)
    assert refused.identifier == "oai:x:1"
    assert "not well-formed" in refused.reason
    assert isinstance(kept, Module)
    assert kept.identifier == "oai:x:2"


GOOD = record(dc("<dc:title>C</dc:title>"), "oai:x:2")


@pytest.mark.parametrize(
    "bad",
    [
        pytest.param(record("<lom><identifier>x</identifier>&no;</lom>", "oai:&no;:1"),
                     id="unknown entity"),
        pytest.param(record("<lom><identifier>x</identifier></lom>", "oai:<:1"), id="open element"),
        pytest.param(record("<lom><identifier>x</identifier>&no;</lom>").replace("</header>", ""),
                     id="open header"),
        pytest.param(record("&no;", "oai:x:\x01"), id="control character"),
        pytest.param(record("&no;", "oai:x:é"), id="letters of an unknown encoding"),
        pytest.param(record("&no;").replace("<header>", "<header><!-- "), id="comment"),
        pytest.param(record("&no;").replace("</record>", "</recrd>"), id="open record"),
        pytest.param(record("A").replace("<record>", "<recrd>"), id="no record"),
        pytest.param("<metadata>A</metadata></record>", id="half a record"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("is_last", [False, True], ids=["before another", "last"])
def test_a_broken_record_is_not_named_by_anything_but_its_own_header(
    bad: str, is_last: bool
) -> None:
    other = record(dc("<dc:title>D</dc:title>"), "oai:x:3")
    data = page_of(*([other, GOOD, bad] if is_last else [other, bad, GOOD]))
    found = read_oai_page(data, source="s", file="page 1")
    assert any(map(is_nameless, found))
    named = {one.identifier for one in found if isinstance(one, Refused)}
    assert named == {None}


def test_an_entity_bomb_is_refused() -> None:
    bomb = b'<!DOCTYPE a [<!ENTITY a "aaaa">]>' + page_of(record(dc("<dc:title>&a;</dc:title>")))
    with pytest.raises(InvalidXML, match="entity"):
        read_oai_page(bomb, source="s", file="f")


@pytest.mark.parametrize(
    ("end", "token"),
    [
        pytest.param("", "", id="none"),
        pytest.param("<resumptionToken/>", "", id="empty"),
        pytest.param("<resumptionToken cursor='3'>a&amp;b</resumptionToken>", "a&b", id="escaped"),
        pytest.param("<resumptionToken>a&#38;b</resumptionToken>", "a&b", id="by number"),
        pytest.param("<resumptionToken><![CDATA[a<b]]></resumptionToken>", "a<b", id="cdata"),
        pytest.param("<!-- <resumptionToken>no</resumptionToken> -->", "", id="comment"),
        pytest.param("<resumptionToken>  t \n</resumptionToken>\n", "t", id="blanks"),
        pytest.param("<resumptionToken>é</resumptionToken>", "é", id="not ascii"),
    ],
)
def test_the_token_is_that_of_the_page_and_of_nothing_in_it(end: str, token: str) -> None:
    inside = "<dc:title>&lt;resumptionToken>x&lt;/resumptionToken></dc:title>"
    assert look_at_page(page_of(record(dc(inside)), end=end), "f").token == token


def test_a_prefixed_page_and_one_in_utf_16_are_read() -> None:
    end = "<resumptionToken>t</resumptionToken>"
    plain = page_of(record(dc("<dc:title>A</dc:title>")), end=end)
    text = plain.decode()
    prefixed = text.replace(' xmlns="', ' xmlns:o="')
    for name in ("OAI-PMH", "ListRecords", "resumptionToken"):
        prefixed = prefixed.replace(f"<{name}", f"<o:{name}").replace(f"</{name}", f"</o:{name}")
    for data in (prefixed.encode(), text.encode("utf-16")):
        assert look_at_page(data, "f").token == "t"
        assert only(data).title == "A"


def test_a_page_is_recognised_whenever_it_is_asked_for() -> None:
    repository = Repository(10, page=5)
    early = repository.answer({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    repository.now += timedelta(days=1)
    late = repository.answer({"verb": "ListRecords", "metadataPrefix": "oai_dc", "set": ""})
    repository.changed[3] = (repository.now, "New")
    other = repository.answer({"verb": "ListRecords", "metadataPrefix": "oai_dc"})
    digests = [look_at_page(data, "f").digest for data in (early, late, other)]
    assert early != late
    assert digests[0] == digests[1] != digests[2]


@given(st.data())
@settings(max_examples=150, deadline=None)
def test_mutated_pages_give_records_or_named_errors(data: st.DataObject) -> None:
    whole = page_of(
        record(dc("<dc:title>A</dc:title><dc:date>2020-01-01</dc:date>")),
        record(lom(TITLED), "oai:x:2"), end="<resumptionToken>t</resumptionToken>",
    )  # fmt: skip
    at = data.draw(st.integers(0, len(whole)))
    length = data.draw(st.integers(0, 30))
    broken = whole[:at] + data.draw(st.binary(max_size=8)) + whole[at + length :]
    for read in (
        lambda: look_at_page(broken, "f"),
        lambda: read_oai_page(broken, source="s", file="f"),
    ):
        try:
            read()
        except CatalogueError as error:
            assert str(error).startswith("f")  # noqa: PT017 - most pages raise nothing
