"""What stands in an LRS's place and answers with a web page is told by its title."""

from __future__ import annotations

import pytest

from tests.servers.lrs import Answer, ScriptableLrs
from tests.xapi.samples import ask
from xapi.lrs import Barred, LrsClient
from xapi.statements import freeze

PAGE = "<!DOCTYPE html><html><head>{}<style>p {{color: red}}</style></head><body>{}</body></html>"


def words(lrs: ScriptableLrs, body: str) -> str:
    lrs.always = Answer(404, body)
    with LrsClient(lrs.url, lrs.user, lrs.password, "1.0.3", connect=2, read=2) as client:
        outcome = client.post_statements([freeze(ask())])
    assert isinstance(outcome, Barred)
    return outcome.words


@pytest.mark.parametrize(("body", "said"), [
    (PAGE.format("<title>404 Not\n Found</title>", "<h1>Oh</h1><p>dear"), ": 404 Not Found"),
    (PAGE.format("<title> </title>", "<h2>No <i>such</i> page</h2><p>x"), ": No such page"),
    (PAGE.format("", "<p>gone &amp; away<script>var x = 1</script></p>"), ": gone & away"),
    (PAGE.format("<title>" + "x" * 500 + "</title>", ""), ": " + "x" * 80),
    ("\n  <HTML><title>in capitals</title>", ": in capitals"),
    ("<html><![oops <title>broken", ""),
    ("<html></html>", ""),
    ("no page: 1 < 2", ": no page: 1 < 2"),
    ('{"error": "<html>"}', ': {"error": "<html>"}'),
])  # fmt: skip
def test_a_page_is_told_by_its_title_and_other_words_as_they_are(
    lrs: ScriptableLrs, body: str, said: str
) -> None:
    assert words(lrs, body) == f"the LRS answered 404{said}"
