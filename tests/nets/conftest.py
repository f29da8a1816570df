from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from restora.testing.fill import fill_state_dict
from restora.testing.vectors import read_json

VECTORS = Path(__file__).parents[1] / "vectors" / "gqir"


@pytest.fixture(scope="session")
def filled() -> Callable[[str], dict[str, torch.Tensor]]:
    """The tensors of a manifest among the vectors, filled by rule."""

    def tensors(manifest: str) -> dict[str, torch.Tensor]:
        raw = read_json(VECTORS / manifest)
        assert isinstance(raw, dict)
        return {name: torch.from_numpy(array) for name, array in fill_state_dict(raw).items()}

    return tensors
