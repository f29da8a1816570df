"""Where in a large latent the windows lie that the transformer looks at, and how much each of them counts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_VARIANCE = 0.01
"""Of a window's bell, in squared sides."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A square window, in latents."""

    top: int
    left: int
    side: int

    @property
    def rows(self) -> slice:
        """Of the latent."""
        return slice(self.top, self.top + self.side)

    @property
    def columns(self) -> slice:
        """Likewise."""
        return slice(self.left, self.left + self.side)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All windows over a latent, row by row, and their weights."""

    height: int
    width: int
    side: int
    overlap: int
    is_published: bool = False
    """Windows begin at multiples of a step, the last one is moved back, and their bell stands off centre.

    Otherwise they are spread evenly under a symmetric one.
    """

    @property
    def tops(self) -> list[int]:
        """First rows."""
        return self._starts(self.height)

    @property
    def lefts(self) -> list[int]:
        """First columns."""
        return self._starts(self.width)

    def tiles(self) -> list[Tile]:
        """Row by row."""
        return [Tile(top, left, self.side) for top in self.tops for left in self.lefts]

    def weights(self) -> NDArray[np.float64]:
        """Of every latent of a window, side x side."""
        middle = (self.side - 1) / 2
        down = _bell(self.side, self.side / 2 if self.is_published else middle)
        return np.outer(down, _bell(self.side, middle))

    def _starts(self, length: int) -> list[int]:
        rest = length - self.side
        if rest <= 0:
            return [0]
        steps = math.ceil(rest / (self.side - self.overlap))
        if self.is_published:
            step = self.side - self.overlap
            return [min(index * step, rest) for index in range(steps + 1)]
        return [round(index * rest / steps) for index in range(steps + 1)]


def joined(parts: Sequence[NDArray[np.float32]], plan: Plan, tiles: Sequence[Tile]) -> NDArray[np.float32]:
    """C x height x width of some windows' C x side x side; sums in double precision.

    What lies in none of them gets the nearest latent that lies in one.
    """
    weights = plan.weights()
    total = np.zeros((parts[0].shape[0], plan.height, plan.width))
    whole = np.zeros((plan.height, plan.width))
    for part, tile in zip(parts, tiles, strict=True):
        total[:, tile.rows, tile.columns] += weights * part
        whole[tile.rows, tile.columns] += weights
    if not whole.all():
        from scipy.ndimage import distance_transform_edt

        rows, columns = distance_transform_edt(whole == 0, return_distances=False, return_indices=True)
        total, whole = total[:, rows, columns], whole[rows, columns]
    return np.asarray(total / whole, np.float32)


def tiled_size(width: int, height: int, *, side: int, factor: int) -> tuple[int, int]:
    """To what a picture is resized before it is tiled: multiples of a latent, at least one window."""

    def reached(pixels: int) -> int:
        return max(side * factor, -(-pixels // factor) * factor)

    return reached(width), reached(height)


def _bell(length: int, centre: float) -> NDArray[np.float64]:
    place = (np.arange(length) - centre) / length
    bell: NDArray[np.float64] = np.exp(-(place**2) / (2 * _VARIANCE)) / math.sqrt(2 * math.pi * _VARIANCE)
    return bell
