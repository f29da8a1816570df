"""The degradation map: how good a network finds each part of a field, weighted by the place in it."""

from __future__ import annotations

import torch
from torch import Tensor

FIELD = 400
"""Pixels per side of the field that the weights were trained for."""
PATCH, STEP = 100, 50
"""Pixels per side of a rated part, and from one to the next."""
SIDE = (FIELD - PATCH) // STEP + 1
"""Numbers per side of a map: 7."""
_BEST, _LEVEL = 80.0, 5.0
HIGHEST = _BEST / _LEVEL
"""The largest number in a map: 16."""


def patch_places(height: int, width: int) -> list[tuple[int, int]]:
    """Top and left of every part, row by row."""
    return [
        (top, left)
        for top in range(0, height - PATCH + 1, STEP)
        for left in range(0, width - PATCH + 1, STEP)
    ]


def quantised(scores: Tensor) -> Tensor:
    """Scores of 0..100 as whole numbers 0..16; halves go to the even neighbour."""
    return torch.round(scores.clamp(0, _BEST) / _LEVEL)


def centre_window(rows: Tensor, columns: Tensor) -> Tensor:
    """The published window at places -1..1 down and across the field: 1 in the middle, 0.755 at corners."""
    return 0.75 + 0.25 * torch.exp(-2 * (rows[:, None] ** 2 + columns[None, :] ** 2))


def published_window() -> Tensor:
    """7 x 7."""
    line = torch.linspace(-1, 1, SIDE)
    return centre_window(line, line)
