"""From gradients of pixels to gradients of ellipses.

Every tile adds up what each of its Gaussians contributes there and writes it to a place of its own; the
places of one Gaussian lie side by side and are added later. Nothing is shared between threads, so that the
same question always has the same bits.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restora.splats.raster_cpu.compiling import kernel
from restora.splats.raster_cpu.drawing import (
    LOOK,
    PANEL,
    PIXELS,
    PRODUCT,
    SQUARES,
    Picture,
    Shown,
    covered,
    fetch,
    is_finished,
    passed,
    place,
    set_centres,
)
from restora.splats.raster_cpu.ordering import TILE

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)


class Upstream(NamedTuple):
    """What the loss thinks of every pixel."""

    rgb: NDArray[np.float32]
    alpha: NDArray[np.float32]
    depth: NDArray[np.float32]


@kernel
def allot(slots: NDArray[np.int32], boxes: NDArray[np.uint16], places: NDArray[np.int64]) -> int:
    """Give each Gaussian its places, one per tile that it touches: first and end; return how many in all."""
    total = 0
    for i in range(len(slots)):
        box = boxes[slots[i]]
        columns = (int(box[1]) + TILE - 1) // TILE - int(box[0]) // TILE
        rows = (int(box[3]) + TILE - 1) // TILE - int(box[2]) // TILE
        places[slots[i], 0] = total
        total += columns * rows
        places[slots[i], 1] = total
    return total


@kernel
def _pull_rows(
    start: int,
    end: int,
    record: NDArray[np.float32],
    alpha_max: np.float32,
    light: NDArray[np.float32],
    behind: NDArray[np.float32],
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    depth: NDArray[np.float32],
    xs: NDArray[np.float32],
    ys: NDArray[np.float32],
    out: NDArray[np.float32],
) -> None:
    """Add one Gaussian's moments over the pixels start..end, walking from front to back as drawing does.

    `behind` is what the loss gets from all that is not in front: it begins as the whole and loses each
    Gaussian's own part. Branch-free, for the same reasons as drawing.
    """
    u, v, opacity = record[0], record[1], record[5]
    a, b, c = record[2] * SQUARES, record[3] * PRODUCT, record[4] * SQUARES
    r, g, bl, z = record[6], record[7], record[8], record[9]
    s0 = sx = sy = sxx = sxy = syy = s_red = s_green = s_blue = s_depth = _ZERO
    for p in range(np.uint64(start), np.uint64(end)):
        dx = u - xs[p]
        dy = v - ys[p]
        full, alpha = covered(dx, dy, a, b, c, opacity, alpha_max)
        light[p], weight, goes_on = passed(light[p], alpha)
        gain = r * red[p] + g * green[p] + bl * blue[p] + z * depth[p]
        rest = behind[p] - weight * gain
        behind[p] = rest
        # alpha dL/dalpha, which is minus dL/dsigma; a capped alpha does not answer to sigma
        pull = weight * gain - rest * alpha / (_ONE - alpha)
        pull = pull if goes_on & (full < alpha_max) else _ZERO
        s0 += pull
        sx += pull * dx
        sy += pull * dy
        sxx += pull * dx * dx
        sxy += pull * dx * dy
        syy += pull * dy * dy
        s_red += weight * red[p]
        s_green += weight * green[p]
        s_blue += weight * blue[p]
        s_depth += weight * depth[p]
    out[0] += s0
    out[1] += sx
    out[2] += sy
    out[3] += sxx
    out[4] += sxy
    out[5] += syy
    out[6] += s_red
    out[7] += s_green
    out[8] += s_blue
    out[9] += s_depth


@kernel
def _load(
    top: int,
    edge: int,
    upstream: Upstream,
    drawn: Picture,
    behind: NDArray[np.float32],
    red: NDArray[np.float32],
    green: NDArray[np.float32],
    blue: NDArray[np.float32],
    depth: NDArray[np.float32],
) -> None:
    """The gradients of a tile's pixels, and what the loss gets from all of each pixel."""
    red[:] = green[:] = blue[:] = depth[:] = behind[:] = _ZERO
    for y in range(top, min(top + TILE, drawn.alpha.shape[0])):
        for x in range(edge, min(edge + TILE, drawn.alpha.shape[1])):
            p = place(y - top, x - edge)
            red[p], green[p], blue[p] = upstream.rgb[y, x, 0], upstream.rgb[y, x, 1], upstream.rgb[y, x, 2]
            depth[p] = upstream.depth[y, x]
            behind[p] = (
                red[p] * drawn.rgb[y, x, 0]
                + green[p] * drawn.rgb[y, x, 1]
                + blue[p] * drawn.rgb[y, x, 2]
                + depth[p] * drawn.depth[y, x]
                - upstream.alpha[y, x] * (_ONE - drawn.alpha[y, x])
            )


@kernel
def pull(
    first: int,
    end: int,
    shown: Shown,
    records: NDArray[np.float32],
    boxes: NDArray[np.uint16],
    places: NDArray[np.int64],
    alpha_max: np.float32,
    upstream: Upstream,
    drawn: Picture,
    moments: NDArray[np.float32],
) -> None:
    """Fill the places of the tiles first..end. One function, because a tile's arrays are made once."""
    light, behind = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    red, green = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    blue, depth = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    xs, ys = np.empty(PIXELS, np.float32), np.empty(PIXELS, np.float32)
    near, spots = np.empty((LOOK, 10), np.float32), np.empty((LOOK, 4), np.int64)
    for tile in range(first, end):
        row, column = shown.first_row + tile // shown.columns, tile % shown.columns
        top, edge = row * TILE, column * TILE
        set_centres(edge, top, xs, ys)
        _load(top, edge, upstream, drawn, behind, red, green, blue, depth)
        light[:] = _ONE
        position, last = shown.offsets[tile], shown.offsets[tile + 1]
        while position < last and not is_finished(light):
            count = min(LOOK, last - position)
            fetch(shown.entries[position : position + count], records, boxes, edge, top, near, spots)
            for i in range(count):
                slot = shown.entries[position + i]
                box, spot = boxes[slot], spots[i]
                wide = (int(box[1]) + TILE - 1) // TILE - int(box[0]) // TILE
                over, down = column - int(box[0]) // TILE, row - int(box[2]) // TILE
                out = moments[places[slot, 0] + down * wide + over]
                low, high = spot[2] & ~1, (spot[3] + 1) & ~1
                for panel in range(spot[0] // PANEL, (spot[1] + PANEL - 1) // PANEL):
                    s, e = (panel * TILE + low) * PANEL, (panel * TILE + high) * PANEL
                    _pull_rows(s, e, near[i], alpha_max, light, behind, red, green, blue, depth, xs, ys, out)
            position += count
