"""Vectors in service: made in the background, once each, and answering as they come."""

from __future__ import annotations

import logging
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

np = pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")

from lti_tool.actions.indexing import (  # noqa: E402
    Indexes,
    IndexSettings,
    cover,
    look_at_search,
    tell_after_sync,
)
from lti_tool.actions.indexing import filling as making  # noqa: E402
from lti_tool.actions.indexing.cache import CLAIMED, DatabaseCache  # noqa: E402
from lti_tool.actions.indexing.filler import Progress  # noqa: E402
from lti_tool.actions.sources import catalogue_of  # noqa: E402
from lti_tool.domain.need import Need  # noqa: E402
from lti_tool.recommender import Recommendations  # noqa: E402
from lti_tool.recommender.models import (  # noqa: E402
    EmbeddingModel,
    ModelRefused,
    Models,
    load_models,
)
from lti_tool.recommender.vectors import VectorIndex, embedded_text, text_key  # noqa: E402
from tests.actions.conftest import World, module  # noqa: E402
from tests.actions.letters import Floats, Letters  # noqa: E402

ORGANISATION = "northwind"
Until = Callable[[Callable[[], bool]], None]


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """Where this node's files lie."""
    return tmp_path / "cache"


@contextmanager
def node(
    world: World, cache: Path | None, model: EmbeddingModel | None, **settings: object
) -> Iterator[Indexes]:
    """Search with a model on a node, and its end."""
    indexes = Indexes(
        world.runtime.engine,
        IndexSettings(cache=cache, **settings),  # type: ignore[arg-type]
        models=Models(english=model),
        now=world.clock,
    )
    yield indexes
    indexes.close()


def fill(indexes: Indexes) -> list[Progress]:
    return list(indexes.fill(ORGANISATION))


def vectors_of(indexes: Indexes) -> VectorIndex:
    """The vectors that answer now."""
    state = indexes.node(ORGANISATION).state
    assert state is not None
    assert state.meanings.english is not None
    return state.meanings.english.vectors


def has_all(indexes: Indexes) -> bool:
    """Whether every module that can be found has a vector, and nothing else has."""
    state = indexes.node(ORGANISATION).state
    if state is None or state.meanings.english is None:
        return False
    numbers = [number for number, _ in state.index.modules()]
    return state.meanings.english.vectors.numbers.tolist() == numbers


@pytest.mark.parametrize("on_disk", [True, False], ids=["folder", "memory"])
def test_every_module_gets_its_vector_and_an_unchanged_one_never_another(
    world: World, cache: Path, on_disk: bool
) -> None:
    model, place = Letters(), cache if on_disk else None
    with node(world, place, model) as indexes:
        steps = fill(indexes)
        assert (steps[-1].done, steps[-1].modules, steps[-1].embedded) == (6, 6, 6)
        assert has_all(indexes)
        assert indexes.recommender(ORGANISATION).meanings
        assert [one.embedded for one in fill(indexes)] == []
    with node(world, place, model) as indexes:
        fill(indexes)
        assert has_all(indexes)
    assert len(model.embedded) == 6


def test_only_what_changed_is_embedded_again(world: World, cache: Path) -> None:
    model = Letters()
    with node(world, cache, model) as indexes:
        fill(indexes)
        world.source.modules[0] = module(1, "Saying what you saw", "New words.")
        world.source.modules[1] = module(
            2, "Feedback to your own manager", "Give feedback upwards without fear.", course="New"
        )
        del world.source.modules[5]
        world.sync()
        fill(indexes)
        assert has_all(indexes)
        assert len(vectors_of(indexes)) == 5
    assert model.embedded[6:] == [embedded_text(world.source.modules[0])]


def test_what_is_gone_is_not_found_by_its_sense_from_the_next_answer_on(
    world: World, cache: Path
) -> None:
    with node(world, cache, Letters()) as indexes:
        fill(indexes)
        del world.source.modules[0]
        world.sync()
        indexes.recommender(ORGANISATION)
        assert has_all(indexes)


def test_one_text_of_two_organisations_is_embedded_once(world: World, cache: Path) -> None:
    from catalogue_sync.sync import sync

    model = Letters()
    other = catalogue_of(world.runtime, "fabrikam")
    other.add_source("list", "cartridge", {"path": "-"})
    sync(world.source, other, now=world.clock())
    with node(world, cache, model) as indexes:
        fill(indexes)
        list(indexes.fill("fabrikam"))
        assert not indexes.is_lacking("fabrikam")
    assert len(model.embedded) == 6


def test_the_first_answer_does_not_wait_for_vectors(
    world: World, cache: Path, until: Until
) -> None:
    model = Letters(pause=0.3)
    with node(world, cache, model) as indexes:
        indexes.work_in_background()
        answer = indexes.recommender(ORGANISATION).recommend(Need(text="pivot tables"))
        assert isinstance(answer, Recommendations)
        assert answer.items[0].module.title == "Pivot tables from nothing"
        until(lambda: has_all(indexes))
        assert indexes.recommender(ORGANISATION).meanings.english is not None
        # What the doctor reads is noted right after the swap.
        models = indexes.models()
        until(lambda: cover(world.runtime.engine, ORGANISATION, models)[0].missing == 0)


def test_modules_that_come_while_vectors_are_made_get_theirs_too(
    world: World, cache: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "EMBEDDED", 2)
    monkeypatch.setattr(making, "SWAPPED", 2)
    model = Letters(pause=0.1)
    with node(world, cache, model) as indexes:
        indexes.work_in_background()
        assert model.began.wait(30)
        world.source.modules[0] = module(1, "Saying what you saw")
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        until(lambda: len(indexes.recommender(ORGANISATION)) == 7 and has_all(indexes))
    assert len(set(model.embedded)) == len(model.embedded)


def test_vectors_answer_as_they_come(
    world: World, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "EMBEDDED", 2)
    monkeypatch.setattr(making, "SWAPPED", 2)
    with node(world, cache, Letters()) as indexes:
        seen = [len(vectors_of(indexes)) for _ in indexes.fill(ORGANISATION)]
    assert seen == [0, 0, 2, 4]


def test_two_nodes_that_fill_at_once_embed_each_text_once(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(making, "EMBEDDED", 3)
    world.source.modules = [module(n, f"Piece number {n}") for n in range(30)]
    from tests.actions.test_indexing import sync_all

    sync_all(world)
    models = [Letters(pause=0.02), Letters(pause=0.02)]

    def work(number: int) -> None:
        with node(world, tmp_path / str(number), models[number]) as indexes:
            fill(indexes)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    made = models[0].embedded + models[1].embedded
    assert sorted(made) == sorted(embedded_text(one) for one in world.source.modules)
    with node(world, tmp_path / "1", models[1]) as indexes:
        fill(indexes)
        assert has_all(indexes)


def test_what_a_process_made_before_it_was_killed_is_kept_and_the_next_goes_on(
    world: World, cache: Path
) -> None:
    world.source.modules = [module(n, f"Piece number {n}") for n in range(30)]
    from tests.actions.test_indexing import sync_all

    sync_all(world)
    url = world.runtime.engine.url.render_as_string(hide_password=False)
    killed = subprocess.Popen(
        [sys.executable, "-c", FILLS_SLOWLY, url, str(cache)], stdout=subprocess.PIPE, text=True
    )
    assert killed.stdout is not None
    for _ in range(3):
        assert killed.stdout.readline()
    killed.kill()
    killed.communicate(timeout=30)
    model = Letters()
    kept = DatabaseCache(world.runtime.engine, world.clock).get(
        model.name, [text_key(embedded_text(one)) for one in world.source.modules]
    )
    assert 0 < len(kept) < 30
    # The process used the real clock; what it had claimed lapses some time after it.
    world.clock.at = world.clock.at.max.replace(tzinfo=world.clock.at.tzinfo) - 2 * CLAIMED
    with node(world, cache, model) as indexes:
        fill(indexes)
        assert has_all(indexes)
    assert len(model.embedded) == 30 - len(kept)


FILLS_SLOWLY = """
import sys
from pathlib import Path
from lti_tool.actions.indexing import Indexes, IndexSettings, filling
from lti_tool.recommender.models import Models
from lti_tool.storage.database import connect
from tests.actions.letters import Letters

filling.EMBEDDED = 4
indexes = Indexes(
    connect(sys.argv[1]), IndexSettings(cache=Path(sys.argv[2])),
    models=Models(english=Letters(pause=0.3)),
)
for step in indexes.fill("northwind"):
    print(step, flush=True)
"""


def test_a_damaged_file_of_vectors_is_read_anew_and_nothing_embedded(
    world: World, cache: Path
) -> None:
    model = Letters()
    with node(world, cache, model) as indexes:
        fill(indexes)
    (file,) = cache.glob("*/node-0/*/vectors/*.vectors")
    file.write_bytes(file.read_bytes()[:-20] + b"\xff" * 20)
    with node(world, cache, model) as indexes:
        indexes.prepare(ORGANISATION)
        assert has_all(indexes)
    assert len(model.embedded) == 6


def test_another_model_makes_vectors_of_its_own(world: World, cache: Path) -> None:
    class Others(Letters):
        name = "letters-2"

    with node(world, cache, Letters()) as indexes:
        fill(indexes)
    model = Others()
    with node(world, cache, model) as indexes:
        assert cover(world.runtime.engine, ORGANISATION, indexes.models())[0].missing == 6
        fill(indexes)
        assert has_all(indexes)
        (covered,) = cover(world.runtime.engine, ORGANISATION, indexes.models())
        assert (covered.model, covered.missing, covered.exact) == ("letters-2", 0, True)


def test_a_model_that_fails_leaves_the_words(
    world: World, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Letters):
        def embed_modules(self, texts: object) -> Floats:
            raise ModelRefused("The model letters-1 failed.", mend="Mend it.")

    with caplog.at_level(logging.WARNING), node(world, cache, Broken()) as indexes:
        fill(indexes)
        fill(indexes)
        answer = indexes.recommender(ORGANISATION).recommend(Need(text="pivot tables"))
        assert isinstance(answer, Recommendations)
        assert answer.items
    assert [one.getMessage() for one in caplog.records] == [
        "no vectors are made any more: The model letters-1 failed. Mend it."
    ]
    # Nothing stays claimed for long by who failed.
    with node(world, cache, Letters()) as indexes:
        fill(indexes)
        assert has_all(indexes)


def test_a_process_that_is_not_to_make_vectors_takes_what_others_made(
    world: World, tmp_path: Path
) -> None:
    taking = Letters()
    with node(world, tmp_path / "a", taking, embeds=False) as one:
        assert one.keep_up(lambda: False) is True
        with node(world, tmp_path / "b", Letters()) as other:
            fill(other)
        assert one.keep_up(lambda: False) is False
        assert has_all(one)
    assert taking.embedded == []


def test_without_any_model_words_answer_and_nothing_is_missing(world: World, cache: Path) -> None:
    with node(world, cache, None) as indexes:
        assert indexes.keep_up(lambda: False) is False
        assert fill(indexes) == []
        assert len(indexes.recommender(ORGANISATION)) == 6


def test_whoever_asks_while_vectors_come_gets_numbers_and_modules_that_belong_together(
    world: World, cache: Path, until: Until, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each vector that answers is that of the very module that stands under its number."""
    monkeypatch.setattr(making, "EMBEDDED", 2)
    monkeypatch.setattr(making, "SWAPPED", 2)
    model, ended = Letters(pause=0.01), threading.Event()
    wrong: list[str] = []

    def look(indexes: Indexes) -> None:
        while not ended.is_set():
            found = indexes.recommender(ORGANISATION)
            if found.meanings.english is None:
                continue
            vectors = found.meanings.english.vectors
            for number in vectors.numbers.tolist():
                text = embedded_text(found.index.module(number))
                cosine = float(vectors.rows([number])[0] @ model.embed_needs([text])[0])
                wrong.extend([] if cosine > 0.99 else [text])

    with node(world, cache, model) as indexes:
        indexes.work_in_background()
        threads = [threading.Thread(target=look, args=(indexes,)) for _ in range(2)]
        for thread in threads:
            thread.start()
        for version in range(4):
            world.source.modules[version] = module(version + 1, f"Title {version} anew")
            world.source.modules.append(module(20 + version, f"Another {version}"))
            world.sync()
        until(lambda: len(indexes.recommender(ORGANISATION)) == 10 and has_all(indexes))
        ended.set()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_the_model_that_is_installed_finds_a_module_by_its_sense(world: World, cache: Path) -> None:
    models = load_models(multilingual="none", threads=1)
    for trouble in models.troubles:
        pytest.skip(trouble.mend)
    with node(world, cache, models.english) as indexes:
        fill(indexes)
        answer = indexes.recommender(ORGANISATION).recommend(
            Need(text="summarising numbers in a worksheet")
        )
        assert isinstance(answer, Recommendations)
        assert answer.items[0].module.title == "Pivot tables from nothing"


def test_a_sync_says_what_has_no_vector_and_who_makes_it(world: World, cache: Path) -> None:
    if load_models(multilingual="none").english is None:
        pytest.skip("pip install 'needle-lti[semantic]'")
    engine, settings = world.runtime.engine, IndexSettings(english="minilm", cache=cache)
    told = tell_after_sync(engine, settings, ORGANISATION)
    assert told == [
        "6 of 6 modules have no vector yet: needle serve makes it while it runs, "
        "needle index --once makes it now"
    ]
    with node(world, cache, Letters()) as indexes:
        fill(indexes)
        assert tell_after_sync(engine, settings, ORGANISATION) == []
        world.source.modules.append(module(9, "Asking for a raise"))
        world.sync()
        assert tell_after_sync(engine, settings, ORGANISATION)[0].startswith("1 of 7 modules")
    words_only = IndexSettings()
    assert tell_after_sync(engine, words_only, ORGANISATION) == []


def test_the_self_check_asks_for_the_multilingual_model_once_not_all_is_english(
    world: World, cache: Path
) -> None:
    def remark() -> tuple[bool, str]:
        with node(world, cache, Letters()) as indexes:
            (found,) = [
                one
                for one in look_at_search(world.runtime.engine, indexes, ORGANISATION)
                if one.name == "model-multilingual"
            ]
        return found.is_well, found.what

    assert remark() == (True, "northwind: everything is in English.")
    world.source.modules.append(module(9, "Omgaan met een boze klant", language="nl"))
    world.sync()
    well, what = remark()
    assert not well
    assert what.startswith("northwind: 1 module is not in English")


def test_the_self_check_says_how_many_vectors_there_are_and_where_the_files_lie(
    world: World, cache: Path
) -> None:
    with node(world, cache, Letters()) as indexes:
        fill(indexes)
        found = look_at_search(world.runtime.engine, indexes, ORGANISATION)
    told = {one.name: one for one in found}
    assert told["vectors"].is_well
    assert "6 of 6 modules have their vector of letters-1" in told["vectors"].what
    assert str(cache) in told["search-files"].what
