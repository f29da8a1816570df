"""From Gaussians in space to ellipses on the picture, leaving out whatever no pixel can show."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restora.splats.raster_cpu.compiling import kernel
from restora.splats.raster_cpu.harmonics import basis
from restora.splats.raster_cpu.ordering import TILE

if TYPE_CHECKING:
    from numpy.typing import NDArray

FAINTEST = np.float32(1.0 / 255.0)
"""An opacity below this leaves no trace in a picture of 8 bits, and is not drawn."""
_HALF = np.float32(0.5)
_ZERO = np.float32(0.0)
_TWO = np.float32(2.0)
_DEVIATIONS = np.float32(3.0)
_LEAST_APART = np.float32(0.1)
"""Below it the first paper's code takes the axes for equally long."""
_LEVELS = np.float32(255.0)
_SLACK = np.float32(0.01)
"""Pixels by which a box is larger than the exact one, so that rounding never leaves out a drawn pixel."""


class View(NamedTuple):
    """A camera and what is asked of it, as kernels take it: float32, or they would compute in double."""

    rotation: NDArray[np.float32]
    shift: NDArray[np.float32]
    centre: NDArray[np.float32]
    fx: np.float32
    fy: np.float32
    cx: np.float32
    cy: np.float32
    low_x: np.float32
    high_x: np.float32
    low_y: np.float32
    high_y: np.float32
    near: np.float32
    far: np.float32
    eps2d: np.float32
    width: int
    height: int
    degree: int
    is_orthographic: bool
    is_antialiased: bool
    ends_at_tiles: bool


class Projected(NamedTuple):
    """What projecting leaves, one row per visible Gaussian; rows of a piece stand at the piece's start."""

    records: NDArray[np.float32]
    """u, v, conic a, b, c, opacity, red, green, blue, depth."""
    boxes: NDArray[np.uint16]
    """Pixels it can touch: first column, end column, first row, end row."""
    keys: NDArray[np.uint32]
    """The bits of the depth, which sort as the positive numbers do."""
    sources: NDArray[np.int32]
    """The row of the scene."""


@kernel
def in_camera(
    view: View, x: np.float32, y: np.float32, z: np.float32
) -> tuple[np.float32, np.float32, np.float32]:
    """A point of the scene in the camera's frame."""
    r, t = view.rotation, view.shift
    return (
        r[0, 0] * x + r[0, 1] * y + r[0, 2] * z + t[0],
        r[1, 0] * x + r[1, 1] * y + r[1, 2] * z + t[1],
        r[2, 0] * x + r[2, 1] * y + r[2, 2] * z + t[2],
    )


@kernel
def clamped(value: np.float32, low: np.float32, high: np.float32) -> np.float32:
    """The value, or the limit that it passes."""
    if value < low:
        return low
    return high if value > high else value


@kernel
def jacobian(
    view: View, x: np.float32, y: np.float32, z: np.float32
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Its entries 00, 02, 11, 12; the others are zero. Directions far outside the picture are clamped."""
    if view.is_orthographic:
        return view.fx, _ZERO, view.fy, _ZERO
    slope_x = clamped(x / z, view.low_x, view.high_x)
    slope_y = clamped(y / z, view.low_y, view.high_y)
    return view.fx / z, -view.fx * slope_x / z, view.fy / z, -view.fy * slope_y / z


@kernel
def screen_covariance(
    view: View, j: tuple[np.float32, np.float32, np.float32, np.float32], cov: NDArray[np.float32]
) -> tuple[np.float32, np.float32, np.float32]:
    """The entries 00, 01, 11 of J R Σ Rᵀ Jᵀ."""
    r = view.rotation
    ax, ay, az = (
        j[0] * r[0, 0] + j[1] * r[2, 0],
        j[0] * r[0, 1] + j[1] * r[2, 1],
        j[0] * r[0, 2] + j[1] * r[2, 2],
    )
    bx, by, bz = (
        j[2] * r[1, 0] + j[3] * r[2, 0],
        j[2] * r[1, 1] + j[3] * r[2, 1],
        j[2] * r[1, 2] + j[3] * r[2, 2],
    )
    px = cov[0] * ax + cov[1] * ay + cov[2] * az
    py = cov[1] * ax + cov[3] * ay + cov[4] * az
    pz = cov[2] * ax + cov[4] * ay + cov[5] * az
    qx = cov[0] * bx + cov[1] * by + cov[2] * bz
    qy = cov[1] * bx + cov[3] * by + cov[4] * bz
    qz = cov[2] * bx + cov[4] * by + cov[5] * bz
    return ax * px + ay * py + az * pz, bx * px + by * py + bz * pz, bx * qx + by * qy + bz * qz


@kernel
def on_picture(view: View, x: np.float32, y: np.float32, z: np.float32) -> tuple[np.float32, np.float32]:
    """Where a point of the camera's frame lands; never clamped."""
    if view.is_orthographic:
        return view.fx * x + view.cx, view.fy * y + view.cy
    return view.fx * x / z + view.cx, view.fy * y / z + view.cy


@kernel
def colour(
    degree: int,
    dx: np.float32,
    dy: np.float32,
    dz: np.float32,
    sh: NDArray[np.float32],
    weights: NDArray[np.float32],
) -> tuple[np.float32, np.float32, np.float32]:
    """Harmonics seen along (dx, dy, dz) plus a half, before negative light is cut; fills `weights`."""
    length = np.float32(math.sqrt(dx * dx + dy * dy + dz * dz))
    basis(degree, dx / length, dy / length, dz / length, weights)
    red = green = blue = _HALF
    for k in range((degree + 1) * (degree + 1)):
        red += weights[k] * sh[k, 0]
        green += weights[k] * sh[k, 1]
        blue += weights[k] * sh[k, 2]
    return red, green, blue


@kernel
def _span(centre: np.float32, extent: np.float32, size: int) -> tuple[int, int]:
    """The pixels whose centres lie within `extent` of `centre`, cut to the picture; empty: (0, 0)."""
    low, high = centre - extent - _HALF, centre + extent + _HALF
    if not (low < high and low < size and high > _ZERO):
        return 0, 0
    low, high = clamped(low, _ZERO, np.float32(size)), clamped(high, _ZERO, np.float32(size))
    return math.ceil(low), math.floor(high)


@kernel
def _radius(s00: np.float32, s11: np.float32, det: np.float32) -> np.float32:
    """Three standard deviations along the longer axis, in whole pixels, as the first paper's code has it."""
    middle = _HALF * (s00 + s11)
    apart = np.float32(math.sqrt(max(_LEAST_APART, middle * middle - det)))
    return np.float32(math.ceil(_DEVIATIONS * np.float32(math.sqrt(middle + apart))))


@kernel
def _within_tiles(first: int, end: int, centre: np.float32, radius: np.float32) -> tuple[int, int]:
    """What is left of the pixels first..end in the tiles that `radius` around the centre touches."""
    place = centre - _HALF  # there, pixels are sampled at whole numbers
    low = math.floor((place - radius) / TILE) * TILE
    high = math.floor((place + radius + TILE - 1) / TILE) * TILE
    return max(first, low), min(end, high)


@kernel
def project(
    start: int,
    stop: int,
    chosen: NDArray[np.int32],
    means: NDArray[np.float32],
    covariances: NDArray[np.float32],
    opacities: NDArray[np.float32],
    sh: NDArray[np.float32],
    view: View,
    out: Projected,
) -> int:
    """Project the Gaussians start..stop (of `chosen`, where that is not empty); return how many can be seen.

    One loop, because each Gaussian is left out at the first reason found.
    """
    weights = np.empty(16, np.float32)
    slot = start
    for position in range(start, stop):
        i = chosen[position] if len(chosen) else position
        opacity = opacities[i]
        x, y, z = in_camera(view, means[i, 0], means[i, 1], means[i, 2])
        if not (view.near <= z <= view.far and opacity >= FAINTEST):
            continue
        s00, s01, s11 = screen_covariance(view, jacobian(view, x, y, z), covariances[i])
        det0 = s00 * s11 - s01 * s01
        s00 += view.eps2d
        s11 += view.eps2d
        det = s00 * s11 - s01 * s01
        if not det > _ZERO:
            continue
        if view.is_antialiased:
            opacity *= np.float32(math.sqrt(det0 / det if det0 > _ZERO else _ZERO))
            if not opacity >= FAINTEST:
                continue
        u, v = on_picture(view, x, y, z)
        reach = _TWO * np.float32(math.log(_LEVELS * opacity))
        x0, x1 = _span(u, np.float32(math.sqrt(reach * s00)) + _SLACK, view.width)
        y0, y1 = _span(v, np.float32(math.sqrt(reach * s11)) + _SLACK, view.height)
        if view.ends_at_tiles:
            radius = _radius(s00, s11, det)
            x0, x1 = _within_tiles(x0, x1, u, radius)
            y0, y1 = _within_tiles(y0, y1, v, radius)
        if x0 >= x1 or y0 >= y1:
            continue
        c = view.centre
        red, green, blue = colour(
            view.degree, means[i, 0] - c[0], means[i, 1] - c[1], means[i, 2] - c[2], sh[i], weights
        )
        record = out.records[slot]
        record[0], record[1] = u, v
        record[2], record[3], record[4] = s11 / det, -s01 / det, s00 / det
        record[5] = opacity
        record[6], record[7], record[8] = max(red, _ZERO), max(green, _ZERO), max(blue, _ZERO)
        record[9] = z
        box = out.boxes[slot]
        box[0], box[1], box[2], box[3] = x0, x1, y0, y1
        out.sources[slot] = i
        out.keys[slot] = np.float32(z).view(np.uint32)
        slot += 1
    return slot - start
