"""Sums over a neighbourhood by moving the whole picture: exact in tiles, whatever their place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.api import ImageArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tick = Callable[[int, int], None]


def neighbours(
    pixels: ImageArray, reach: int, tick: Tick | None = None
) -> Iterator[tuple[int, int, ImageArray]]:
    """(rows down, columns right, the picture read there) for all places up to `reach`; borders mirrored."""
    height, width = pixels.shape[:2]
    padded = np.pad(pixels, ((reach, reach), (reach, reach), (0, 0)), mode="symmetric")
    span = 2 * reach + 1
    for number in range(span * span):
        dy, dx = divmod(number, span)
        yield dy - reach, dx - reach, padded[dy : dy + height, dx : dx + width]
        if tick is not None:
            tick(number + 1, span * span)


def box_means(plane: NDArray[Any], reach: int) -> NDArray[Any]:
    """Means over (2·reach + 1)² of a plane that is larger by `reach` on all sides than the result."""
    span = 2 * reach + 1
    height, width = plane.shape[0] - 2 * reach, plane.shape[1] - 2 * reach
    tall = plane[:height].copy()
    for step in range(1, span):
        tall += plane[step : step + height]
    wide = tall[:, :width].copy()
    for step in range(1, span):
        wide += tall[:, step : step + width]
    wide *= np.float32(1 / span**2)
    return wide
