"""The fake methods do what they say, through the code that runs real ones."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest
import torch

from restora.errors import OutputRejectedError, RestoraError
from restora.plugins.host import PluginHost
from restora.testing.bench import Bench, sample_item
from restora.testing.fakes import FAKES, METHODS


@pytest.fixture(scope="module")
def host() -> PluginHost:
    return PluginHost(builtins=FAKES, entry_points=False).discover()


Run: TypeAlias = Callable[..., "np.ndarray"]


@pytest.fixture
def run(host: PluginHost, tmp_path: Path) -> Run:
    def run(name: str, **choices: object) -> np.ndarray:
        info = host.method(f"fake.{name}")
        choices.setdefault("seed", 1)
        return Bench(info, {}, tmp_path).run(sample_item(info, 100, 80), **choices).image.pixels

    return run


def test_all_are_declared_soundly_and_found_only_when_asked_for(host: PluginHost) -> None:
    assert host.methods() == METHODS
    assert not any(info.plugin == "fake" for info in PluginHost().discover().methods())


@pytest.mark.parametrize("name", ["identity", "slow", "stubborn"])
def test_the_quiet_ones_give_back_what_they_got(name: str, run: Run) -> None:
    item = sample_item(METHODS[0], 100, 80)
    assert np.array_equal(run(name), item.image().pixels)


def test_noise_follows_the_seed_and_not_the_tiles(run: Run) -> None:
    assert not np.array_equal(run("noisy"), run("noisy", seed=2))
    np.testing.assert_allclose(run("noisy"), run("noisy", side=32), atol=1e-6)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nan", "NaN or infinite"),
        ("wrong-size", "81 pixels; expected 100 x 80"),
        ("constant", "a constant picture"),
    ],
)
def test_what_must_not_pass_for_a_result_is_rejected(name: str, sentence: str, run: Run) -> None:
    with pytest.raises(OutputRejectedError, match=sentence):
        run(name)


@pytest.mark.parametrize(
    ("name", "error"), [("failing", ValueError), ("polite", RestoraError), ("exits", SystemExit)]
)
def test_the_loud_ones_raise(name: str, error: type[BaseException], run: Run) -> None:
    with pytest.raises(error):
        run(name)


@pytest.mark.parametrize(("kind", "error"), [("torch", torch.OutOfMemoryError), ("memory", MemoryError)])
def test_memory_runs_out_above_a_side_and_not_below(kind: str, error: type[BaseException], run: Run) -> None:
    with pytest.raises(error):
        run("out-of-memory", params={"error": kind})
    assert run("out-of-memory", side=64, params={"error": kind}).shape == (80, 100, 3)
