"""Models are loaded once, and released when memory runs short."""

from __future__ import annotations

import shutil
import weakref
from pathlib import Path

import pytest

from ddsgui import memory
from ddsgui.library.add import add
from ddsgui.library.library import Library
from ddsgui.library.model_cache import CACHE_FRACTION, ModelCache

GOLDEN = Path(__file__).parents[1] / "checkpoints/golden"


@pytest.fixture
def cache(own: Library) -> ModelCache:
    """A cache of three domains of the same size, a, b and c."""
    first = add(own, GOLDEN / "rosinality.pt", name="a")
    for name in ("b", "c"):
        shutil.copy(first.path, own.domain_path(name))
    return ModelCache(own)


def leave_room_for(monkeypatch: pytest.MonkeyPatch, models: float, cache: ModelCache) -> None:
    cache.clear()
    cache.generator("a")
    free = round(models * cache.bytes / CACHE_FRACTION)
    cache.clear()
    monkeypatch.setattr(memory, "free_memory", lambda device: free)


def test_a_model_is_read_once_and_again_when_its_file_changes(cache: ModelCache) -> None:
    first = cache.generator("a")
    assert cache.generator("a") is first
    path = cache.library.domain("a")
    path.write_bytes(cache.library.domain("b").read_bytes())
    assert cache.generator("a") is not first


def test_the_least_recently_used_model_is_released_first(
    cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_room_for(monkeypatch, 2.5, cache)
    a, b = weakref.ref(cache.generator("a")), weakref.ref(cache.generator("b"))
    cache.generator("a")
    cache.generator("c")
    assert a() is not None and b() is None


def test_the_models_of_the_current_pair_are_never_released(
    cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_room_for(monkeypatch, 0.1, cache)
    cache.keep("a", "b")
    a, b = weakref.ref(cache.generator("a")), weakref.ref(cache.generator("b"))
    cache.generator("c")
    assert a() is not None and b() is not None
    cache.keep("c")
    cache.generator("c")
    assert a() is None and b() is None


def test_a_model_that_a_run_still_uses_is_not_loaded_twice(
    cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    leave_room_for(monkeypatch, 0.1, cache)
    used = cache.generator("a")
    cache.generator("b")
    assert cache.generator("a") is used


def test_there_is_a_limit_if_the_free_memory_is_unknown(
    cache: ModelCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "free_memory", lambda device: None)
    for name in ("a", "b", "c"):
        cache.generator(name)
    assert cache.bytes > 0 and len({id(cache.generator(name)) for name in ("a", "b", "c")}) == 3
