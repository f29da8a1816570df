from __future__ import annotations

from pathlib import Path

import pytest
import torch


@pytest.fixture(scope="session")
def vectors_folder() -> Path:
    return Path(__file__).parents[1] / "vectors" / "dmdiff"


@pytest.fixture(autouse=True, scope="session")
def _one_thread() -> None:
    """Small networks are quicker on one core, and rounding is the same on every machine size."""
    torch.set_num_threads(1)
