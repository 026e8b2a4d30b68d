"""The documents are true: links lead somewhere, examples run, commands exist."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)")
MANIFEST = """<manifest xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1" identifier="m">
<metadata><schema>IMS Common Cartridge</schema><schemaversion>1.1.0</schemaversion></metadata>
<organizations><organization identifier="o" structure="rooted-hierarchy"><item identifier="root">
<item identifier="i1" identifierref="r1"><title>Slides that help you speak</title></item></item>
</organization></organizations><resources><resource identifier="r1" type="webcontent"
href="a.html"><file href="a.html"/></resource></resources></manifest>"""


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(path: Path) -> None:
    for target in LINK.findall(path.read_text("utf-8")):
        assert (path.parent / target).exists(), target


def run_readme(need: str = "slides for tomorrow") -> None:
    """The example of the README as it stands, or with another need."""
    (example,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert "slides for tomorrow" in example
    exec(example.replace("slides for tomorrow", need), {})


@pytest.mark.parametrize(
    ("need", "printed"),
    [
        ("slides for tomorrow", "Slides that help you speak https://lms.example.org/open?id=i1"),
        ("quantum chromodynamics", "What is it about?"),
        ("I want to die", "Call somebody you trust"),
    ],
)
def test_the_example_in_the_readme_runs_with_every_kind_of_answer(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    need: str,
    printed: str,
) -> None:
    with zipfile.ZipFile(tmp_path / "course.imscc", "w") as archive:
        archive.writestr("imsmanifest.xml", MANIFEST)
        archive.writestr("a.html", "<p>One thought a slide.</p>")
    monkeypatch.chdir(tmp_path)
    run_readme(need)
    assert printed in capsys.readouterr().out


def test_the_example_in_the_readme_runs_on_cartridges_from_the_wild(
    shared: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    cartridges = sorted((shared / "samples").glob("*.imscc"))
    assert cartridges
    monkeypatch.chdir(tmp_path)
    for cartridge in cartridges:
        (tmp_path / "course.imscc").write_bytes(cartridge.read_bytes())
        run_readme()
        assert capsys.readouterr().out


def test_every_make_target_that_the_documents_name_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    for path in DOCUMENTS:
        named = set(re.findall(r"^make ([a-z]+)", path.read_text("utf-8"), re.MULTILINE))
        assert named <= targets, path


def test_every_dependency_has_its_reason() -> None:
    """docs/dependencies.md names each package that setup.cfg asks for."""
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8").lower()
    package = re.compile(r"^    ([a-z0-9-]+)(?:\[[a-z,]+\])? [=><]", re.MULTILINE)
    declared = package.findall((ROOT / "setup.cfg").read_text("utf-8"))
    assert len(declared) > 15
    for name in declared:
        assert name in text, name
