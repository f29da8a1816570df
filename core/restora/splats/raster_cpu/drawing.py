"""Blends what each tile shows, front to back."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restora.splats.raster_cpu.compiling import kernel
from restora.splats.raster_cpu.ordering import TILE
from restora.splats.raster_cpu.projection import FAINTEST

if TYPE_CHECKING:
    from numpy.typing import NDArray

PIXELS = TILE * TILE
PANEL = 8
"""Columns of a panel, of which a tile has two, one after the other: a row is one AVX register, two are one
of AVX-512, so rows are drawn in pairs."""
STOP = np.float32(1e-4)
"""Light that would be left behind a Gaussian; at or below it the pixel is finished without that one."""
_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_HALF = np.float32(0.5)
SQUARES = np.float32(-1.0 / 32.0)
"""Brings the conic's a and c to a sixteenth of the exponent, the unit in which e^x is summed."""
PRODUCT = np.float32(-1.0 / 16.0)
"""The same for its b."""
_LEAST = np.float32(-0.35)
"""A little below a sixteenth of -ln 255: the faintest opacity is never reached beyond it."""
_FLOOR = np.float32(-1.0)
"""Where the sum still falls as e^x does."""
_TAYLOR_2 = np.float32(1.0 / 2.0)
_TAYLOR_3 = np.float32(1.0 / 6.0)
_TAYLOR_4 = np.float32(1.0 / 24.0)
_TAYLOR_5 = np.float32(1.0 / 120.0)
_TAYLOR_6 = np.float32(1.0 / 720.0)
_FEW = 6
"""Pixels of a box up to which leaving pixels out early is cheaper than computing whole rows."""
LOOK = 32
"""Gaussians between two looks at whether the whole tile is finished."""


class Picture(NamedTuple):
    """What is being drawn."""

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32]
    depth: NDArray[np.float32]


class Shown(NamedTuple):
    """What a band of tiles shows: its Gaussians front to back, tile by tile, and where each tile begins."""

    entries: NDArray[np.int32]
    offsets: NDArray[np.int64]
    columns: int
    first_row: int


@kernel
def exp_of_16(x: np.float32) -> np.float32:
    """e^(16 x) for -0.35 to 0, to 2e-6 of its value; vectorises on every processor, which exp does not."""
    e = _TAYLOR_5 + x * _TAYLOR_6
    e = _TAYLOR_4 + x * e
    e = _TAYLOR_3 + x * e
    e = _TAYLOR_2 + x * e
    e = _ONE + x * e
    e = _ONE + x * e
    e *= e
    e *= e
    e *= e
    return e * e


@kernel
def covered(
    dx: np.float32,
    dy: np.float32,
    a: np.float32,
    b: np.float32,
    c: np.float32,
    opacity: np.float32,
    alpha_max: np.float32,
) -> tuple[np.float32, np.float32]:
    """How much a Gaussian covers of a pixel (dx, dy) away from it: before its cap, and as it counts.

    The conic comes in the unit of `exp_of_16`. Branch-free, and inlined where rows are drawn or pulled.
    """
    x = (a * dx + b * dy) * dx + c * dy * dy
    full = opacity * exp_of_16(x if x > _FLOOR else _FLOOR)
    alpha = full if full < alpha_max else alpha_max
    return full, alpha if (x <= _ZERO) & (alpha >= FAINTEST) else _ZERO


@kernel
def passed(before: np.float32, alpha: np.float32) -> tuple[np.float32, np.float32, np.bool]:
    """Light behind a Gaussian, negative where the pixel ends without it; its weight; whether it goes on."""
    after = before - before * alpha
    goes_on = after > STOP
    return after if goes_on else -abs(before), alpha * before if goes_on else _ZERO, goes_on


@kernel
def _blend_rows(
    start: int,
    end: int,
    record: NDArray[np.float32],
    alpha_max: np.float32,
    light: NDArray[np.float32],
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    depth: NDArray[np.float32],
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
) -> None:
    """One Gaussian over the pixels start..end of a tile.

    LLVM vectorises this only branch-free, over separate arrays, and with unsigned indices, which cannot
    count from the end.
    """
    u, v, opacity = record[0], record[1], record[5]
    a, b, c = record[2] * SQUARES, record[3] * PRODUCT, record[4] * SQUARES
    r, g, bl, z = record[6], record[7], record[8], record[9]
    for p in range(np.uint64(start), np.uint64(end)):
        _, alpha = covered(u - xs[p], v - ys[p], a, b, c, opacity, alpha_max)
        light[p], weight, _ = passed(light[p], alpha)
        red[p] += weight * r
        green[p] += weight * g
        blue[p] += weight * bl
        depth[p] += weight * z


@kernel
def _blend_few(
    spot: NDArray[np.int64],
    record: NDArray[np.float32],
    alpha_max: np.float32,
    light: NDArray[np.float32],
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    depth: NDArray[np.float32],
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
) -> None:
    """One Gaussian over a box of a few pixels of a tile."""
    a, b, c = record[2] * SQUARES, record[3] * PRODUCT, record[4] * SQUARES
    for row in range(spot[2], spot[3]):
        for column in range(spot[0], spot[1]):
            p = place(row, column)
            before = light[p]
            dx = record[0] - xs[p]
            dy = record[1] - ys[p]
            x = (a * dx + b * dy) * dx + c * dy * dy
            if before <= _ZERO or not _LEAST <= x <= _ZERO:
                continue
            alpha = min(record[5] * exp_of_16(x), alpha_max)
            if alpha < FAINTEST:
                continue
            after = before - before * alpha
            if not after > STOP:
                light[p] = -before
                continue
            weight = alpha * before
            light[p] = after
            red[p] += weight * record[6]
            green[p] += weight * record[7]
            blue[p] += weight * record[8]
            depth[p] += weight * record[9]


@kernel
def place(row: int, column: int) -> int:
    """Where a pixel of a tile stands in the tile's arrays."""
    return (column // PANEL) * (PANEL * TILE) + row * PANEL + column % PANEL


@kernel
def fetch(
    slots: NDArray[np.int32],
    records: NDArray[np.float32],
    boxes: NDArray[np.uint16],
    edge: int,
    top: int,
    near: NDArray[np.float32],
    spots: NDArray[np.int64],
) -> None:
    """Copy some Gaussians side by side, with their boxes cut to the tile that begins at (edge, top).

    They lie scattered in memory; read in one go, their cache misses overlap.
    """
    for i in range(len(slots)):
        slot = slots[i]
        for k in range(10):
            near[i, k] = records[slot, k]
        spots[i, 0] = max(int(boxes[slot, 0]) - edge, 0)
        spots[i, 1] = min(int(boxes[slot, 1]) - edge, TILE)
        spots[i, 2] = max(int(boxes[slot, 2]) - top, 0)
        spots[i, 3] = min(int(boxes[slot, 3]) - top, TILE)


@kernel
def set_centres(edge: int, top: int, xs: NDArray[np.float32], ys: NDArray[np.float32]) -> None:
    """Where the pixels of a tile are sampled."""
    for row in range(TILE):
        for column in range(TILE):
            p = place(row, column)
            xs[p] = np.float32(edge + column) + _HALF
            ys[p] = np.float32(top + row) + _HALF


@kernel
def is_finished(light: NDArray[np.float32]) -> bool:
    """Whether no pixel of a tile takes more; finished ones keep their light with a minus."""
    most = -_ONE
    for p in range(len(light)):
        most = light[p] if light[p] > most else most
    return not most > _ZERO


@kernel
def draw(
    first: int,
    end: int,
    shown: Shown,
    records: NDArray[np.float32],
    boxes: NDArray[np.uint16],
    background: NDArray[np.float32],
    alpha_max: np.float32,
    picture: Picture,
) -> None:
    """Draw the tiles first..end of a band. One function, because a tile's seven arrays are made once."""
    light, depth = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    red, green, blue = (
        np.empty(PIXELS, np.float32),
        np.empty(PIXELS, np.float32),
        np.empty(PIXELS, np.float32),
    )
    xs, ys = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    near, spots = np.empty((LOOK, 10), np.float32), np.empty((LOOK, 4), np.int64)
    for tile in range(first, end):
        top = (shown.first_row + tile // shown.columns) * TILE
        edge = (tile % shown.columns) * TILE
        set_centres(edge, top, xs, ys)
        light[:] = _ONE
        red[:] = green[:] = blue[:] = depth[:] = _ZERO
        position, last = shown.offsets[tile], shown.offsets[tile + 1]
        while position < last and not is_finished(light):
            count = min(LOOK, last - position)
            fetch(shown.entries[position : position + count], records, boxes, edge, top, near, spots)
            for i in range(count):
                record, spot = near[i], spots[i]
                if (spot[1] - spot[0]) * (spot[3] - spot[2]) <= _FEW:
                    _blend_few(spot, record, alpha_max, light, red, green, blue, depth, xs, ys)
                    continue
                row, end_row = spot[2] & ~1, (spot[3] + 1) & ~1
                for panel in range(spot[0] // PANEL, (spot[1] + PANEL - 1) // PANEL):
                    s, e = (panel * TILE + row) * PANEL, (panel * TILE + end_row) * PANEL
                    _blend_rows(s, e, record, alpha_max, light, red, green, blue, depth, xs, ys)
            position += count
        _store(top, edge, background, light, red, green, blue, depth, picture)


@kernel
def _store(
    top: int,
    edge: int,
    background: NDArray[np.float32],
    light: NDArray[np.float32],
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    depth: NDArray[np.float32],
    picture: Picture,
) -> None:
    for y in range(top, min(top + TILE, picture.alpha.shape[0])):
        for x in range(edge, min(edge + TILE, picture.alpha.shape[1])):
            p = place(y - top, x - edge)
            left = abs(light[p])
            picture.rgb[y, x, 0] = red[p] + left * background[0]
            picture.rgb[y, x, 1] = green[p] + left * background[1]
            picture.rgb[y, x, 2] = blue[p] + left * background[2]
            picture.alpha[y, x] = _ONE - left
            picture.depth[y, x] = depth[p]
