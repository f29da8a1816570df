from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import torch

from restora.weights import conversion
from restora.weights.containers import read_contents
from restora.weights.conversion import ConversionCache, ConversionKey, Conversions
from restora.weights.space import DiskSpaceError

KEY = ConversionKey(sources=("a" * 64, "b" * 64), recipe="demo.fold", version="1")


class Builder:
    """Counts how often it is asked."""

    def __init__(self, value: float = 1.0) -> None:
        self.calls = 0
        self.value = value

    def __call__(self) -> Mapping[str, torch.Tensor]:
        self.calls += 1
        return {"w": torch.full((1000,), self.value), "half": torch.zeros(2, 3, dtype=torch.bfloat16)}


def entry(cache: ConversionCache, key: ConversionKey = KEY) -> Path:
    return cache.folder / f"{key.name}.safetensors"


@pytest.fixture
def cache(tmp_path: Path) -> ConversionCache:
    return ConversionCache(tmp_path / "converted")


def test_an_entry_is_built_once_and_holds_what_was_built(cache: ConversionCache) -> None:
    builder = Builder()
    cache.tensors(KEY, builder)
    path = entry(cache)
    for again in (cache, ConversionCache(cache.folder)):
        assert torch.equal(again.tensors(KEY, builder)["w"], torch.ones(1000))
    assert builder.calls == 1
    assert read_contents(path).values == {
        "recipe": "demo.fold",
        "version": "1",
        "sources": f"{'a' * 64},{'b' * 64}",
    }


def test_other_sources_their_order_the_recipe_and_its_version_make_other_entries() -> None:
    keys = [
        KEY,
        ConversionKey(sources=("b" * 64, "a" * 64), recipe="demo.fold", version="1"),
        ConversionKey(sources=("a" * 64,), recipe="demo.fold", version="1"),
        ConversionKey(sources=KEY.sources, recipe="demo.other", version="1"),
        ConversionKey(sources=KEY.sources, recipe="demo.fold", version="2"),
    ]
    assert len({key.name for key in keys}) == len(keys)


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "no record", "gone"])
def test_a_damaged_entry_is_built_again(damage: str, cache: ConversionCache) -> None:
    builder = Builder()
    cache.tensors(KEY, builder)
    path = entry(cache)
    data = bytearray(path.read_bytes())
    if damage == "cut":
        path.write_bytes(data[:-10])
    elif damage == "byte":
        data[-5] ^= 1
        path.write_bytes(data)
        os.utime(path, ns=(1, 1))
    elif damage == "empty":
        path.write_bytes(b"")
    elif damage == "no record":
        next(cache.folder.glob(".*.json")).unlink()
    else:
        path.unlink()
    assert torch.equal(cache.tensors(KEY, builder)["w"], torch.ones(1000))
    assert builder.calls == 2


def test_an_entry_that_was_only_copied_is_kept(cache: ConversionCache) -> None:
    builder = Builder()
    cache.tensors(KEY, builder)
    path = entry(cache)
    os.utime(path, ns=(1, 1))
    cache.tensors(KEY, builder)
    assert builder.calls == 1


def test_a_build_that_fails_leaves_nothing(cache: ConversionCache) -> None:
    def failing() -> Mapping[str, torch.Tensor]:
        raise RuntimeError("no")

    with pytest.raises(RuntimeError):
        cache.tensors(KEY, failing)
    assert [path for path in cache.folder.iterdir() if path.is_file()] == []


def test_views_and_tensors_that_share_memory_can_be_kept(cache: ConversionCache) -> None:
    base = torch.arange(12.0).reshape(3, 4)

    def build() -> Mapping[str, torch.Tensor]:
        return {"base": base, "tied": base, "turned": base.t(), "row": base[1]}

    cache.tensors(KEY, build)
    tensors = cache.tensors(KEY, build)
    assert torch.equal(tensors["tied"], base)
    assert torch.equal(tensors["turned"], base.t())
    assert torch.equal(tensors["row"], base[1])


def test_two_at_once_build_once(cache: ConversionCache) -> None:
    builder = Builder()

    def slow() -> Mapping[str, torch.Tensor]:
        time.sleep(0.05)
        return builder()

    threads = [threading.Thread(target=cache.tensors, args=(KEY, slow)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert builder.calls == 1


def keys(count: int) -> list[ConversionKey]:
    return [ConversionKey(sources=(str(index),), recipe="demo", version="1") for index in range(count)]


def test_pruning_keeps_what_was_used_last(cache: ConversionCache, tmp_path: Path) -> None:
    assert ConversionCache(tmp_path / "nothing").prune() == 0
    for key in keys(3):
        cache.tensors(key, Builder())
    paths = [entry(cache, key) for key in keys(3)]
    for age, path in enumerate(paths):
        os.utime(cache.folder / f".{path.name}.json", (age, age))
    cache.tensors(keys(1)[0], Builder())
    size = paths[0].stat().st_size
    (cache.folder / "draft.safetensors.new").write_bytes(b"12345")
    assert cache.prune(2 * size) == size + 5
    assert [path.exists() for path in paths] == [True, False, True]
    assert cache.prune() == 2 * size
    assert [path for path in cache.folder.iterdir() if path.is_file()] == []


def test_what_cannot_be_kept_is_built_each_time(
    cache: ConversionCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: Path, size: int) -> None:
        raise DiskSpaceError(folder, size, 0)

    monkeypatch.setattr(conversion, "require_space", full)
    builder = Builder()
    for _ in range(2):
        assert torch.equal(cache.tensors(KEY, builder)["w"], torch.ones(1000))
    assert builder.calls == 2


def test_plugins_are_handed_what_they_made_and_the_oldest_goes(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"1")
    keep = Conversions(tmp_path / "converted", lambda path: path.read_text(), most_bytes=5000)
    builder = Builder()
    for plugin in ("one", "two", "two"):
        assert torch.equal(keep(plugin, "fold", "1", [source], builder)["w"], torch.ones(1000))
    assert builder.calls == 2
    source.write_bytes(b"2")
    keep("two", "fold", "1", [source], builder)
    assert builder.calls == 3
    assert len(list((tmp_path / "converted").glob("*.safetensors"))) == 1


def test_pruning_leaves_an_entry_that_is_being_built(cache: ConversionCache) -> None:
    freed: list[int] = []

    def build() -> Mapping[str, torch.Tensor]:
        other: Callable[[], None] = lambda: freed.append(cache.prune())  # noqa: E731 - one line for a thread
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return Builder()()

    cache.tensors(KEY, Builder())
    path = cache.folder / f"{KEY.name}.safetensors"
    path.write_bytes(b"damaged")
    cache.tensors(KEY, build)
    assert freed == [0]
