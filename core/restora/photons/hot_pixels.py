"""Pixels that fire without light or never fire: finding them and filling them from their neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.photons.counts import check_counts

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from restora.data.arrays import Mask

HOT_SD = 6.0
"""Binomial standard deviations above the neighbours' median."""
HOT_SHARE = 0.15
"""Share of the frames above the neighbours' median; the stricter of both rules counts."""
DEAD_SD = 6.0
"""A pixel is dead where silence is this many standard deviations away from its neighbours' median."""
_RADIUS = 2
_ROWS_AT_ONCE = 64
"""Rows of which all neighbours are held at once: a few megabytes at common widths."""
_FARTHEST = 8
"""Pixels of the same colour to walk before a hole is called too large."""


@dataclass(frozen=True)
class BadPixels:
    """What was found, height x width; True marks a pixel."""

    hot: Mask
    dead: Mask

    @cached_property
    def mask(self) -> Mask:
        """Every pixel that must not be trusted."""
        return self.hot | self.dead


def find_bad_pixels(
    counts: NDArray[np.unsignedinteger], frames: int, colour_filter: ColourFilter = ColourFilter.MONO
) -> BadPixels:
    """Compare each pixel of an H x W x C sum of `frames` frames with the 5 x 5 median of its own colour.

    Hot: above the median by more than max(6 sd, 0.15·n). Dead: no detection at all where the median says
    that this is a 6 sd event. A pixel is bad if any of its channels is.
    """
    check_counts(counts, frames)
    step = _colour_step(colour_filter)
    hot = np.zeros(counts.shape[:2], bool)
    dead = np.zeros(counts.shape[:2], bool)
    for channel in range(counts.shape[2]):
        plane = counts[:, :, channel].astype(np.float32)
        median = _neighbour_median(plane, step)
        sd = np.sqrt(np.maximum(median * (1 - median / frames), 1))
        hot |= plane - median > np.maximum(HOT_SD * sd, HOT_SHARE * frames)
        dead |= (plane == 0) & (median > DEAD_SD * sd)
    return BadPixels(hot=hot, dead=dead)


def from_dark_capture(counts: NDArray[np.unsignedinteger], *, above: int) -> Mask:
    """The pixels of a sum taken in the dark, H x W x C, that fired more than `above` times."""
    return np.asarray(counts.max(axis=2) > above, bool)


def repair(counts: NDArray[Any], mask: Mask, colour_filter: ColourFilter = ColourFilter.MONO) -> NDArray[Any]:
    """H x W x C with every masked pixel replaced by its nearest trusted neighbour of the same colour.

    Raises BadInputError where there is none within eight pixels of that colour.
    """
    source = _nearest_source(mask, _colour_step(colour_filter))
    return counts.reshape(-1, counts.shape[2])[source].reshape(counts.shape)


def repair_frames(
    frames: NDArray[Any],
    mask: Mask,
    colour_filter: ColourFilter = ColourFilter.MONO,
    *,
    rng: np.random.Generator,
) -> NDArray[Any]:
    """T x H x W x C with masked pixels replaced, frame by frame, by a random trusted neighbour.

    A random choice among the surrounding pixels of the same colour keeps single frames binary and their
    noise independent, which a smooth filling would not. Raises BadInputError where a hole has no
    trusted pixel next to it within eight pixels of its colour.
    """
    step = _colour_step(colour_filter)
    fixed = frames.copy()
    fallback = _nearest_source(mask, step)
    height, width = mask.shape
    rows, columns = np.nonzero(mask)
    ring = np.array([(dy, dx) for dy, dx in _offsets(1)]) * step
    flat = fixed.reshape(len(frames), height * width, -1)
    every = np.arange(len(frames))
    for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
        near = ring + np.array([row, column])
        inside = ((near >= 0) & (near < (height, width))).all(axis=1)
        places = near[inside] @ np.array([width, 1])
        places = places[~mask.reshape(-1)[places]]
        if places.size == 0:
            places = fallback[row * width + column : row * width + column + 1]
        chosen = places[rng.integers(places.size, size=len(frames))]
        flat[:, row * width + column] = flat[every, chosen]
    return fixed


def _colour_step(colour_filter: ColourFilter) -> int:
    """How far the next pixel of the same colour is; green is treated as the two greens it consists of."""
    return 1 if colour_filter is ColourFilter.MONO else 2


def _neighbour_median(plane: NDArray[np.float32], step: int) -> NDArray[np.float32]:
    reach = _RADIUS * step
    if min(plane.shape) <= reach:
        raise BadInputError(f"bad pixels cannot be told in a capture of {plane.shape[1]} x {plane.shape[0]}")
    padded = np.pad(plane, reach, mode="reflect")
    height, width = plane.shape
    median = np.empty_like(plane)
    for top in range(0, height, _ROWS_AT_ONCE):
        rows = min(_ROWS_AT_ONCE, height - top)
        around = [
            padded[top + reach + dy * step :, reach + dx * step :][:rows, :width]
            for dy in range(-_RADIUS, _RADIUS + 1)
            for dx in range(-_RADIUS, _RADIUS + 1)
            if (dy, dx) != (0, 0)
        ]
        median[top : top + rows] = np.median(np.stack(around), axis=0)
    return median


def _nearest_source(mask: Mask, step: int) -> NDArray[np.intp]:
    """For every pixel, row by row, the place its value comes from: itself where it is trusted."""
    height, width = mask.shape
    place = np.arange(height * width).reshape(height, width)
    row, column = np.nonzero(mask)
    for dy, dx in _offsets(_FARTHEST):
        if row.size == 0:
            break
        y, x = row + dy * step, column + dx * step
        usable = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        usable[usable] = ~mask[y[usable], x[usable]]
        place[row[usable], column[usable]] = y[usable] * width + x[usable]
        row, column = row[~usable], column[~usable]
    if row.size:
        raise BadInputError(
            f"the map of bad pixels marks {row.size} pixels without a good one of the same colour "
            f"within {_FARTHEST * step} pixels, the first at column {column[0]}, row {row[0]}"
        )
    return place.reshape(-1)


def _offsets(radius: int) -> Iterator[tuple[int, int]]:
    """Steps to all neighbours, nearest first; equally near ones in reading order."""
    reach = range(-radius, radius + 1)
    square = ((y, x) for y in reach for x in reach if (y, x) != (0, 0))
    yield from sorted(square, key=lambda step: step[0] ** 2 + step[1] ** 2)
