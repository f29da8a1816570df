"""Denoising by collaborative filtering: similar patches are stacked, transformed and shrunk together.

Written from the published description: K. Dabov, A. Foi, V. Katkovnik and K. Egiazarian, "Image denoising by
sparse 3-D transform-domain collaborative filtering", IEEE TIP 2007. Choices of our own: the noise may differ
from pixel to pixel, planes of several colours share their groups, sums are kept in the transform domain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csc_matrix

from restora.api import ImageArray
from restora_classic.methods.patch_transforms import cosine_basis, haar_basis, opponent_basis
from restora_classic.methods.similar_patches import PATCH, REACH, find_similar

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tick = Callable[[int, int], None]

_STEP = 3
"""Distance of reference patches."""
_THRESHOLD = 2.6
"""Standard deviations below which a coefficient counts as noise (first pass)."""
_MEMBERS_FIRST, _MEMBERS_SECOND = 16, 32
"""Patches per group."""
_BAND = 24
"""Rows of reference patches handled at once: bounds memory whatever the picture's height."""
_KAISER_BETA = 2.0


def collaborative_filter(
    pixels: ImageArray,
    variance: ImageArray | float,
    *,
    phase: tuple[int, int] = (0, 0),
    tick: Tick | None = None,
) -> ImageArray:
    """`pixels` (height x width x 1, 3 or 4 planes) without additive noise of the given variance per value.

    `variance` is one number or an array of the picture's shape; it should be right within a third.
    `phase` is the place of the first pixel (row, column) in a larger picture, whose tiles then agree.
    """
    height, width, channels = pixels.shape
    basis = opponent_basis(channels)
    least = np.float32(np.finfo(np.float32).tiny ** 0.5)
    noise = np.maximum(np.broadcast_to(np.asarray(variance, np.float32), pixels.shape), least)
    pad = ((REACH, REACH + PATCH), (REACH, REACH + PATCH), (0, 0))
    planes = np.pad(pixels @ basis.T, pad, mode="symmetric")
    spread = _patch_means(np.pad(noise @ (basis.T**2), pad, mode="symmetric"))
    rows, columns = _reference_grid(height, phase[0]), _reference_grid(width, phase[1])
    bands = [rows[start : start + _BAND // _STEP] for start in range(0, len(rows), _BAND // _STEP)]
    basic: ImageArray | None = None
    for turn in range(2):
        guide = planes if basic is None else basic
        sums = _Sums.empty(planes.shape)
        for number, band in enumerate(bands):
            _filter_band(planes, basic, guide[:, :, 0], spread, band, columns, sums)
            if tick is not None:
                tick(turn * len(bands) + number + 1, 2 * len(bands))
        basic = np.divide(sums.weighted, sums.weights, out=planes.copy(), where=sums.weights > 0)
    assert basic is not None
    return np.ascontiguousarray(basic[REACH : REACH + height, REACH : REACH + width] @ basis)


@dataclass(frozen=True, slots=True)
class _Sums:
    """Weighted estimates of every pixel and their weights."""

    weighted: NDArray[Any]
    weights: NDArray[Any]

    @classmethod
    def empty(cls, shape: tuple[int, ...]) -> _Sums:
        return cls(np.zeros(shape, np.float32), np.zeros(shape, np.float32))

    def add(self, top: int, pixels: NDArray[np.float32], weights: NDArray[np.float32]) -> None:
        """Lay patches down, tapered towards their borders.

        `pixels` is PATCH² x rows x columns x channels: what each pixel of the patches that start there says.
        """
        taper = np.kaiser(PATCH, _KAISER_BETA).astype(np.float32)
        rows, columns, channels = weights.shape
        for number, plane in enumerate(pixels):
            dy, dx = divmod(number, PATCH)
            plane *= taper[dy] * taper[dx]
            self.weighted[top + dy : top + dy + rows, dx : dx + columns] += plane
        across = np.zeros((rows, columns + PATCH - 1, channels), np.float32)
        for dx in range(PATCH):
            across[:, dx : dx + columns] += weights * taper[dx]
        for dy in range(PATCH):
            self.weights[top + dy : top + dy + rows, : across.shape[1]] += across * taper[dy]


def _filter_band(
    planes: ImageArray,
    basic: ImageArray | None,
    guide: NDArray[Any],
    spread: ImageArray,
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    sums: _Sums,
) -> None:
    """One band of reference rows, with its results added to `sums`."""
    top, bottom = int(rows[0]) - REACH, int(rows[-1]) + REACH + PATCH
    count = _MEMBERS_FIRST if basic is None else _MEMBERS_SECOND
    members = find_similar(guide[top:bottom], rows - top, columns, count)
    noisy = _coefficients(planes[top:bottom])
    places, channels = noisy.shape[0], planes.shape[2]
    inside = spread[top : bottom - PATCH + 1].reshape(places, channels)
    variance = inside[members].mean(axis=1)[:, None, :, None]
    stack = haar_basis(count)
    group = np.matmul(stack, noisy[members].reshape(len(members), count, -1))
    group = group.reshape(len(members), count, channels, -1)
    if basic is None:
        weight = _threshold(group, variance)
    else:
        model = np.matmul(stack, _coefficients(basic[top:bottom])[members].reshape(len(members), count, -1))
        weight = _shrink(group, model.reshape(group.shape), variance)
    group *= weight
    back = np.matmul(stack.T, group.reshape(len(members), count, -1))
    scatter = _scatter(members, places)
    shape = (bottom - top - PATCH + 1, -1, channels)
    summed = (scatter @ back.reshape(members.size, -1)).reshape(places * channels, -1)
    pixels = cosine_basis(PATCH).T @ summed.T
    weights = scatter @ np.repeat(weight[:, 0, :, 0], count, axis=0)
    sums.add(top, pixels.reshape(PATCH * PATCH, *shape), weights.reshape(shape))


def _threshold(group: NDArray[Any], variance: NDArray[Any]) -> NDArray[Any]:
    """Set weak coefficients to zero in place; the weight is small where much noise was kept."""
    group[np.abs(group) < _THRESHOLD * np.sqrt(variance)] = 0
    kept = np.count_nonzero(group, axis=(1, 3), keepdims=True)
    return np.asarray(1 / (variance * np.maximum(kept, 1)), np.float32)


def _shrink(group: NDArray[Any], model: NDArray[Any], variance: NDArray[Any]) -> NDArray[Any]:
    """Wiener shrinkage in place, with the first pass as the model of the signal."""
    np.square(model, out=model)
    model /= model + variance
    group *= model
    kept = np.square(model, out=model).sum(axis=(1, 3), keepdims=True)
    return np.asarray(1 / (variance * np.maximum(kept, 1)), np.float32)


def _coefficients(region: ImageArray) -> NDArray[Any]:
    """Cosine transforms of the patches at all places, places x channels x coefficients."""
    windows = np.lib.stride_tricks.sliding_window_view(region, (PATCH, PATCH), axis=(0, 1))
    flat = windows.reshape(-1, PATCH * PATCH)
    coefficients: NDArray[Any] = flat @ cosine_basis(PATCH).T
    return coefficients.reshape(-1, region.shape[2], PATCH * PATCH)


def _scatter(members: NDArray[np.intp], places: int) -> csc_matrix:
    """Adds up what the groups say about each place."""
    count = members.size
    return csc_matrix(
        (np.ones(count, np.float32), members.ravel(), np.arange(count + 1)), shape=(places, count)
    )


def _reference_grid(side: int, phase: int) -> NDArray[np.intp]:
    """Where reference patches start along one axis of the padded picture: they cover all of it."""
    last = REACH + max(side - PATCH, 0)
    regular = np.arange(REACH + -phase % _STEP, last + 1, _STEP)
    return np.unique(np.concatenate([[REACH], regular, [last]]))


def _patch_means(values: ImageArray) -> ImageArray:
    """Means over the patch that starts at each pixel (the last ones repeat)."""
    sums = np.zeros((values.shape[0] - PATCH + 1, values.shape[1] - PATCH + 1, values.shape[2]), np.float32)
    for dy in range(PATCH):
        for dx in range(PATCH):
            sums += values[dy : dy + sums.shape[0], dx : dx + sums.shape[1]]
    sums /= np.float32(PATCH * PATCH)
    return sums
