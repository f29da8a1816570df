from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest


@pytest.fixture
def bits() -> Callable[..., np.ndarray]:
    """Random binary frames of any shape, the same in every run."""

    def make(*shape: int, density: float = 0.4, seed: int = 0) -> np.ndarray:
        return (np.random.default_rng(seed).random(shape) < density).astype(np.uint8)

    return make


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Saves an array as NPY in a fresh folder and gives its path."""

    def save(array: np.ndarray, name: str = "burst.npy") -> Path:
        path = tmp_path / name
        np.save(path, array, allow_pickle=False)
        return path

    return save
