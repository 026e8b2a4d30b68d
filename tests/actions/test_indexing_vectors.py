"""Vectors in the shared database: kept once, claimed by one, never lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

np = pytest.importorskip("numpy", reason="pip install 'needle-lti[semantic]'")

from lti_tool.actions.indexing.cache import CLAIMED, DatabaseCache  # noqa: E402
from lti_tool.recommender.vectors import text_key  # noqa: E402
from lti_tool.storage import vectors  # noqa: E402
from lti_tool.storage.database import reading  # noqa: E402

NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
KEYS = [text_key(text) for text in ("saying no", "pivot tables", "late again")]


def cache_at(engine: sa.Engine, later: timedelta = timedelta()) -> DatabaseCache:
    return DatabaseCache(engine, lambda: NOW + later)


def rows(count: int, dimensions: int = 48) -> np.ndarray:
    found = np.random.default_rng(5).normal(size=(count, dimensions)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_a_vector_comes_back_as_it_was_kept(migrated_engine: sa.Engine) -> None:
    cache, made = cache_at(migrated_engine), rows(2)
    cache.put("m1", dict(zip(KEYS, made, strict=False)))
    found = cache.get("m1", KEYS)
    assert set(found) == set(KEYS[:2])
    for key, row in zip(KEYS, made, strict=False):
        assert float(found[key] @ row) > 0.9999
    assert cache.get("m2", KEYS) == {}


def test_many_are_kept_and_read_in_one_go(migrated_engine: sa.Engine) -> None:
    keys = [text_key(str(number)) for number in range(1_300)]
    cache = cache_at(migrated_engine)
    cache.put("m1", dict(zip(keys, rows(len(keys)), strict=True)))
    assert len(cache.get("m1", keys)) == len(keys)


def test_what_is_there_already_stays_as_it_is(migrated_engine: sa.Engine) -> None:
    cache, (first, second) = cache_at(migrated_engine), rows(2)
    cache.put("m1", {KEYS[0]: first})
    cache.put("m1", {KEYS[0]: second})
    assert float(cache.get("m1", KEYS)[KEYS[0]] @ first) > 0.9999


def test_what_one_has_claimed_another_does_not_make(migrated_engine: sa.Engine) -> None:
    one, other = cache_at(migrated_engine), cache_at(migrated_engine)
    assert one.claim("m1", KEYS[:2]) == set(KEYS[:2])
    assert other.claim("m1", KEYS) == {KEYS[2]}
    assert other.claim("m2", KEYS[:1]) == set(KEYS[:1])
    assert one.get("m1", KEYS) == {}


def test_what_has_a_vector_is_claimed_by_nobody(migrated_engine: sa.Engine) -> None:
    cache_at(migrated_engine).put("m1", {KEYS[0]: rows(1)[0]})
    later = cache_at(migrated_engine, CLAIMED * 2)
    assert later.claim("m1", KEYS[:1]) == set()


def test_the_claim_of_a_process_that_was_killed_lapses(migrated_engine: sa.Engine) -> None:
    cache_at(migrated_engine).claim("m1", KEYS)
    soon = cache_at(migrated_engine, CLAIMED - timedelta(seconds=1))
    assert soon.claim("m1", KEYS) == set()
    later = cache_at(migrated_engine, CLAIMED + timedelta(seconds=1))
    assert later.claim("m1", KEYS) == set(KEYS)
    assert later.claim("m1", KEYS) == set()


def test_what_is_given_back_another_makes(migrated_engine: sa.Engine) -> None:
    one = cache_at(migrated_engine)
    one.put("m1", {KEYS[0]: rows(1)[0]})
    one.claim("m1", KEYS)
    one.give_back("m1", KEYS)
    assert cache_at(migrated_engine).claim("m1", KEYS) == set(KEYS[1:])


def test_a_vector_of_another_length_counts_as_none(migrated_engine: sa.Engine) -> None:
    cache = cache_at(migrated_engine)
    cache.put("m1", dict(zip(KEYS[:2], rows(2), strict=True)))
    with migrated_engine.begin() as connection:
        vectors.keep_codes(connection, "m1", {KEYS[2]: b"\x01\x02"})
    assert set(cache.get("m1", KEYS)) == set(KEYS[:2])


def test_how_far_it_is_is_told_by_model_and_forgotten_with_it(migrated_engine: sa.Engine) -> None:
    with migrated_engine.begin() as connection:
        for missing in (5, 2):
            told = vectors.Filling("m1", 7, 9, missing, NOW)
            vectors.tell_filling(connection, "northwind", told)
        vectors.tell_filling(connection, "northwind", vectors.Filling("m2", 7, 9, 0, NOW))
        vectors.tell_filling(connection, "fabrikam", vectors.Filling("m2", 1, 1, 1, NOW))
    with reading(migrated_engine) as connection:
        found = vectors.list_fillings(connection, "northwind")
    assert [(one.model, one.missing) for one in found] == [("m1", 2), ("m2", 0)]
    with migrated_engine.begin() as connection:
        vectors.forget_fillings(connection, "northwind", ["m2"])
        assert [one.model for one in vectors.list_fillings(connection, "northwind")] == ["m2"]
        assert vectors.list_fillings(connection, "fabrikam") != []
