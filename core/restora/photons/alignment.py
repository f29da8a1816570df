"""Where each place of one picture has gone in another: hierarchical matching of tiles, made for noise.

Coarse to fine: first the motion of the whole picture (shift, then affine), then that of tiles, by least
squares in which neighbouring tiles hold each other, so that places without texture follow those with it.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.photons.warping import crossings, sample, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CELL = 8
"""Distance of tile centres; a tile is two cells wide, so that each pixel belongs to four tiles."""
_SMALLEST_SIDE = 48
"""A level whose shorter side is below this has no coarser one."""
_POLISHING = 3
"""Least-squares steps per level."""
_RELAXING = 60
"""Rounds in which neighbours agree; a grid has a few thousand tiles, so they cost little."""
_STIFFNESS = 64.0
"""1 / px²: how strongly a tile is held to its neighbours; 32 to 128 did equally well on pans and parallax."""
_CHANCE_SD = 4.0
"""By how many standard deviations a shift must be better than none."""
_SMOOTHING = np.array([1, 4, 6, 4, 1], np.float32) / 16
"""Taken on every level before matching."""


def align(
    reference: NDArray[Any],
    moving: NDArray[Any],
    *,
    noise_variance: float,
) -> NDArray[Any]:
    """Displacement of every pixel of `reference`, height x width x 2 (columns right, rows down).

    `reference[y, x]` shows what `moving[y + rows, x + columns]` shows. Both are height x width with noise of
    about the same size everywhere; `noise_variance` is that of their difference. Shifts of up to a quarter of
    the picture are found.
    """
    still, moved = _pyramid(reference), _pyramid(moving)
    top = len(still) - 1
    shift = _whole_shift(still[top], moved[top], noise_variance / 4**top * _kept_noise(_SMOOTHING))
    grid = np.broadcast_to(shift, (*_grid_shape(still[top].shape), 2)).astype(np.float32)
    for level in range(top, -1, -1):
        variance = noise_variance / 4**level * _kept_noise(_SMOOTHING)
        grid = _affine(still[level], moved[level], grid)
        for _ in range(_POLISHING):
            grid = _polished(still[level], moved[level], grid, variance)
        if level:
            grid = 2 * _finer(grid, _grid_shape(still[level - 1].shape))
    return _dense(grid, reference.shape)


def _pyramid(picture: NDArray[Any]) -> list[NDArray[Any]]:
    """The picture and its halves by averaging, smoothed; the finest first."""
    levels = [picture]
    while min(levels[-1].shape) >= 2 * _SMALLEST_SIDE:
        height, width = levels[-1].shape[0] // 2, levels[-1].shape[1] // 2
        cells = levels[-1][: 2 * height, : 2 * width].reshape(height, 2, width, 2)
        levels.append(cells.mean(axis=(1, 3)))
    return [smooth(level, _SMOOTHING) for level in levels]


def _whole_shift(still: NDArray[Any], moved: NDArray[Any], variance: float) -> NDArray[Any]:
    """The one whole-pixel displacement (columns, rows) under which two coarse pictures differ least.

    None (0, 0) is kept unless another one is better by more than noise would make it.
    """
    height, width = still.shape
    cost: dict[tuple[int, int], float] = {}
    for y in range(-height // 4, height // 4 + 1):
        for x in range(-width // 4, width // 4 + 1):
            top, left = max(0, -y), max(0, -x)
            bottom, right = height - max(0, y), width - max(0, x)
            part = moved[top + y : bottom + y, left + x : right + x] - still[top:bottom, left:right]
            cost[x, y] = float(np.square(part - part.mean()).mean())
    best = min(cost, key=cost.__getitem__)
    chance = _CHANCE_SD * variance * float(np.sqrt(2 / still.size))
    return np.array(best if cost[best] + chance < cost[0, 0] else (0, 0), np.float32)


def _affine(still: NDArray[Any], moved: NDArray[Any], grid: NDArray[Any]) -> NDArray[Any]:
    """`grid` plus the affine motion of the whole picture that is still missing."""
    height, width = still.shape
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    model = np.stack([np.ones_like(x), x, y], axis=2).astype(np.float32)
    rows, columns = _grid_shape(still.shape)
    at_nodes = np.stack(
        np.broadcast_arrays(
            1.0,
            (2 * _CELL * np.arange(columns)[None, :] - width) / width,
            (2 * _CELL * np.arange(rows)[:, None] - height) / height,
        ),
        axis=2,
    )
    for _ in range(_POLISHING):
        slope_y, slope_x, difference = _slopes(still, moved, _dense(grid, still.shape))
        inside = np.s_[2:-2, 2:-2]
        design = np.concatenate([model * slope_x[:, :, None], model * slope_y[:, :, None]], axis=2)[inside]
        design = design.reshape(-1, 6).astype(np.float64)
        rest = difference[inside].ravel()
        weight = 1 / (1 + np.square(rest) / (4 * np.mean(np.square(rest)) + 1e-12))
        normal = design.T @ (design * weight[:, None])
        normal += 1e-6 * np.trace(normal) * np.eye(6) + 1e-12 * np.eye(6)
        step = -np.linalg.solve(normal, design.T @ (rest * weight))
        grid = grid + np.stack([at_nodes @ step[:3], at_nodes @ step[3:]], axis=2).astype(np.float32)
    return grid


def _slopes(
    still: NDArray[Any], moved: NDArray[Any], flow: NDArray[Any]
) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Slopes down and right of what both show, and by how much the displaced picture is brighter."""
    warped = sample(moved[:, :, None], flow)[:, :, 0]
    slope_y, slope_x = np.gradient((warped + still) / 2)
    return slope_y, slope_x, warped - still


def _polished(still: NDArray[Any], moved: NDArray[Any], grid: NDArray[Any], variance: float) -> NDArray[Any]:
    """One least-squares step to fractions of a pixel, with neighbours holding each other."""
    slope_y, slope_x, difference = _slopes(still, moved, _dense(grid, still.shape))
    products = np.stack(
        [
            slope_x * slope_x,
            slope_x * slope_y,
            slope_y * slope_y,
            slope_x * difference,
            slope_y * difference,
            difference * difference,
            np.ones_like(difference),
        ],
        axis=2,
    )
    # Each pixel counts in four tiles, which would otherwise pretend to four times the evidence.
    xx, xy, yy, xd, yd, dd, count = np.moveaxis(_tile_sums(products) / 4, 2, 0)
    noise = np.maximum(dd / count, variance)
    # Noise has slopes too: without this, flat places would seem certain that nothing moved.
    from_noise = count * variance / 4 * _slope_noise()
    xx, yy = np.maximum(xx - from_noise, 0), np.maximum(yy - from_noise, 0)
    pull_x = xx * grid[:, :, 0] + xy * grid[:, :, 1] - xd
    pull_y = xy * grid[:, :, 0] + yy * grid[:, :, 1] - yd
    hold = _STIFFNESS * noise
    determinant = (xx + hold) * (yy + hold) - xy * xy
    solved = grid
    for _ in range(_RELAXING):
        mean = _neighbour_mean(solved)
        right_x, right_y = pull_x + hold * mean[:, :, 0], pull_y + hold * mean[:, :, 1]
        solved = np.stack(
            [
                ((yy + hold) * right_x - xy * right_y) / determinant,
                ((xx + hold) * right_y - xy * right_x) / determinant,
            ],
            axis=2,
        )
    change = np.clip(solved - grid, -1, 1)
    return np.asarray(grid + change, np.float32)


def _tile_sums(values: NDArray[Any]) -> NDArray[Any]:
    """Sums over the tile around every grid node; outside the picture there is nothing."""
    height, width, depth = values.shape
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    room = ((_CELL, (rows + 1) * _CELL - height), (_CELL, (columns + 1) * _CELL - width), (0, 0))
    cells = np.pad(values, room).reshape(rows + 2, _CELL, columns + 2, _CELL, depth).sum(axis=(1, 3))
    tiles: NDArray[Any] = cells[:-1, :-1] + cells[1:, :-1] + cells[:-1, 1:] + cells[1:, 1:]
    return tiles


def _neighbour_mean(grid: NDArray[Any]) -> NDArray[Any]:
    padded = np.pad(grid, ((1, 1), (1, 1), (0, 0)), mode="edge")
    total: NDArray[Any] = padded[:-2, 1:-1] + padded[2:, 1:-1] + padded[1:-1, :-2] + padded[1:-1, 2:]
    return total / 4


def _grid_shape(shape: tuple[int, ...]) -> tuple[int, int]:
    """Nodes lie at multiples of a cell, from the first pixel's edge to the last one's or beyond."""
    return -(-shape[0] // _CELL) + 1, -(-shape[1] // _CELL) + 1


def _dense(grid: NDArray[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    """Displacements of all pixels from those at the nodes, bilinear."""
    return crossings(grid, (np.arange(shape[0]) + 0.5) / _CELL, (np.arange(shape[1]) + 0.5) / _CELL)


def _finer(grid: NDArray[Any], shape: tuple[int, int]) -> NDArray[Any]:
    """The grid of the next finer level, whose nodes lie half as far apart in the scene."""
    return crossings(grid, np.arange(shape[0]) / 2, np.arange(shape[1]) / 2)


def _kept_noise(kernel: NDArray[Any]) -> float:
    """The share of white noise's variance that a kernel along both axes leaves."""
    return float((kernel**2).sum() ** 2)


@lru_cache(maxsize=1)
def _slope_noise() -> float:
    """Variance of the central difference of smoothed noise, where the smoothed noise has variance 1."""
    slope = np.convolve(_SMOOTHING, [0.5, 0, -0.5])
    return float((slope**2).sum() / (_SMOOTHING**2).sum())
