"""Cutting a picture into tiles and joining them again without a seam.

Along each axis the tiles have equal sizes (no thin last column) and neighbours share `overlap` pixels. Of
these, `margin` pixels at either side are spoilt by the tile's border and thrown away; over what remains the
two tiles are blended by a half-cosine ramp as `a + ramp * (b - a)`, which returns exactly `a` where both
agree: a pointwise method is reproduced bit for bit, and so is any filter whose reach is at most the margin.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.geometry import Rect

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Span:
    """One tile's extent along one axis."""

    start: int
    length: int

    @property
    def stop(self) -> int:
        """The position after the last one."""
        return self.start + self.length


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGrid:
    """Where the tiles of a picture lie; the grid is the product of `rows` and `columns`."""

    rows: tuple[Span, ...]
    columns: tuple[Span, ...]
    margin: int

    @property
    def count(self) -> int:
        """How many tiles."""
        return len(self.rows) * len(self.columns)

    @property
    def largest(self) -> tuple[int, int]:
        """Height and width of the largest tile."""
        return max(span.length for span in self.rows), max(span.length for span in self.columns)

    def tiles(self) -> Iterator[Rect]:
        """Every tile, row by row."""
        for row in self.rows:
            for column in self.columns:
                yield Rect(column.start, row.start, column.length, row.length)


def plan_grid(
    width: int, height: int, *, side: int | None, overlap: int = 0, margin: int = 0, align: int = 1
) -> TileGrid:
    """Tiles of at most `side` pixels a side; None, or a side that covers the picture, gives a single tile."""
    if side is not None and side <= overlap:
        raise ValueError(f"a tile of {side} pixels is not larger than its overlap of {overlap}")
    if 2 * margin > overlap:
        raise ValueError(f"twice the margin of {margin} is more than the overlap of {overlap}")
    return TileGrid(
        rows=_spans(height, side, overlap, align),
        columns=_spans(width, side, overlap, align),
        margin=margin,
    )


def _spans(total: int, side: int | None, overlap: int, align: int) -> tuple[Span, ...]:
    """Equal spans that cover `total`; starts are multiples of `align`, neighbours share `overlap` or more."""
    if side is None or side >= total:
        return (Span(0, total),)
    stride = (side - overlap) // align * align
    if stride < 1:
        raise ValueError(f"tiles of {side} pixels that share {overlap} cannot start at multiples of {align}")
    steps = -(-(total - overlap) // stride) - 1
    last = total - side
    starts = [-(-index * last // (steps * align)) * align for index in range(steps + 1)]
    return tuple(Span(start, min(side, total - start)) for start in starts)


def run_tiled(grid: TileGrid, compute: Callable[[Rect], ImageArray], *, scale: int = 1) -> ImageArray:
    """Compute every tile and join them; `compute` returns `scale` times its tile's size."""
    width, height = grid.columns[-1].stop * scale, grid.rows[-1].stop * scale
    joined: ImageArray | None = None
    filled = 0
    for row in grid.rows:
        strip, filled_columns = None, 0
        for column in grid.columns:
            tile = compute(Rect(column.start, row.start, column.length, row.length))
            if strip is None:
                strip = np.empty((tile.shape[0], width, tile.shape[2]), np.float32)
            piece, place = tile.swapaxes(0, 1), strip.swapaxes(0, 1)
            filled_columns = _join(place, piece, column, filled_columns, grid.margin, scale)
        assert strip is not None  # a grid has at least one column
        if len(grid.rows) == 1:
            return strip
        if joined is None:
            joined = np.empty((height, width, strip.shape[2]), np.float32)
        filled = _join(joined, strip, row, filled, grid.margin, scale)
    assert joined is not None  # a grid has at least one row
    return joined


def _join(
    joined: NDArray[np.float32],
    piece: NDArray[np.float32],
    span: Span,
    filled: int,
    margin: int,
    scale: int,
) -> int:
    """Add `piece` along axis 0 at `span`.

    Everything before `filled` is there already. Returns the new `filled`.
    """
    start, stop = span.start * scale, span.stop * scale
    if filled == 0:
        joined[start:stop] = piece
        return stop
    blend_from, blend_to = start + margin * scale, filled - margin * scale
    ramp = _ramp(blend_to - blend_from)[:, None, None]
    old = joined[blend_from:blend_to]
    new = piece[blend_from - start : blend_to - start]
    old += ramp * (new - old)
    joined[blend_to:stop] = piece[blend_to - start :]
    return stop


def _ramp(length: int) -> NDArray[np.float32]:
    """Half a cosine from just above 0 to just below 1, symmetric."""
    position = (np.arange(length) + 0.5) / max(length, 1)
    return (0.5 - 0.5 * np.cos(np.pi * position)).astype(np.float32)


def shared_pixels(grid: TileGrid) -> int:
    """The smallest number of pixels that two neighbouring tiles share; a single tile shares none."""
    shared = [a.stop - b.start for spans in (grid.rows, grid.columns) for a, b in pairwise(spans)]
    return min(shared, default=0)
