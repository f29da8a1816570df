"""Reading pictures at displaced places, and the small smoothings that go with it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def sample(picture: NDArray[Any], flow: NDArray[Any]) -> NDArray[Any]:
    """`picture` (height x width x channels) read at each pixel's displaced place, bilinear; edges repeat."""
    rows, columns, down, right = _places(flow, picture.shape)
    return _gathered(picture, rows, columns, _linear(down), _linear(right))


def sample_squared(picture: NDArray[Any], flow: NDArray[Any]) -> NDArray[Any]:
    """As `sample` with every weight squared: how the variance of independent pixels is carried along."""
    rows, columns, down, right = _places(flow, picture.shape)
    across, along = _squares(_linear(right)), _squares(_linear(down))
    return _gathered(picture, rows, columns, along, across)


def sample_cubic(picture: NDArray[Any], flow: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """As `sample` with Catmull-Rom weights, which keep detail; second, the share of variance that stays."""
    rows, columns, down, right = _places(flow, picture.shape)
    across, along = _cubic(right), _cubic(down)
    kept = sum(_squares(along)) * sum(_squares(across))
    return _gathered(picture, rows - 1, columns - 1, along, across), np.asarray(kept, np.float32)


def smooth(picture: NDArray[Any], kernel: NDArray[Any]) -> NDArray[Any]:
    """`picture` correlated with an odd, symmetric `kernel` along its first two axes; edges repeat."""
    reach = len(kernel) // 2
    for axis in (0, 1):
        ends = [(reach, reach) if a == axis else (0, 0) for a in range(picture.ndim)]
        padded = np.moveaxis(np.pad(picture, ends, mode="edge"), axis, 0)
        length = picture.shape[axis]
        total = kernel[0] * padded[:length]
        for tap in range(1, len(kernel)):
            total += kernel[tap] * padded[tap : tap + length]
        picture = np.moveaxis(total, 0, axis)
    return picture


def crossings(values: NDArray[Any], rows: NDArray[Any], columns: NDArray[Any]) -> NDArray[Any]:
    """Bilinear values of height x width x channels where fractional rows and columns cross; edges repeat."""
    for axis, places in ((0, rows), (1, columns)):
        inside = np.clip(places, 0, values.shape[axis] - 1)
        first = np.minimum(inside.astype(np.intp), max(values.shape[axis] - 2, 0))
        second = np.minimum(first + 1, values.shape[axis] - 1)
        share = (inside - first).astype(np.float32).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        values = np.take(values, first, axis) * (1 - share) + np.take(values, second, axis) * share
    return values


def enlarged(values: NDArray[Any], height: int, width: int) -> NDArray[Any]:
    """Bilinear values for a picture of twice the size, pixel centres at +0.5; they are not doubled."""
    return crossings(values, (np.arange(height) + 0.5) / 2 - 0.5, (np.arange(width) + 0.5) / 2 - 0.5)


def _places(
    flow: NDArray[Any], shape: tuple[int, ...]
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[Any], NDArray[Any]]:
    """Whole rows and columns, and the fractions beyond them."""
    height, width = flow.shape[:2]
    y = np.clip(np.arange(height, dtype=np.float32)[:, None] + flow[:, :, 1], 0, shape[0] - 1)
    x = np.clip(np.arange(width, dtype=np.float32)[None, :] + flow[:, :, 0], 0, shape[1] - 1)
    rows, columns = y.astype(np.intp), x.astype(np.intp)
    return rows, columns, (y - rows)[:, :, None], (x - columns)[:, :, None]


def _gathered(
    picture: NDArray[Any],
    rows: NDArray[np.intp],
    columns: NDArray[np.intp],
    along: Sequence[NDArray[Any]],
    across: Sequence[NDArray[Any]],
) -> NDArray[Any]:
    height, width = picture.shape[:2]
    total = np.zeros((*rows.shape, picture.shape[2]), np.float32)
    for dy, down in enumerate(along):
        line = np.clip(rows + dy, 0, height - 1) * width
        for dx, right in enumerate(across):
            place = line + np.clip(columns + dx, 0, width - 1)
            total += picture.reshape(height * width, -1)[place] * (down * right)
    return total


def _linear(rest: NDArray[Any]) -> list[NDArray[Any]]:
    return [1 - rest, rest]


def _cubic(rest: NDArray[Any]) -> list[NDArray[Any]]:
    return [
        ((-0.5 * rest + 1) * rest - 0.5) * rest,
        (1.5 * rest - 2.5) * rest * rest + 1,
        ((-1.5 * rest + 2) * rest + 0.5) * rest,
        (0.5 * rest - 0.5) * rest * rest,
    ]


def _squares(weights: Sequence[NDArray[Any]]) -> list[NDArray[Any]]:
    return [weight * weight for weight in weights]
