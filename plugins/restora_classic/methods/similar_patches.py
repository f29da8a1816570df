"""Finding the patches that look most like given ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PATCH = 8
"""Side of a patch."""
REACH = 16
"""How far from a patch its like are searched, pixels."""


def find_similar(
    guide: NDArray[Any], rows: NDArray[np.intp], columns: NDArray[np.intp], count: int
) -> NDArray[np.intp]:
    """For every reference patch the places of the `count` most similar ones, itself first.

    `rows` and `columns` are the corners of the references in `guide`, at least REACH from its border.
    A place is row * (width - PATCH + 1) + column. Similar means a small sum of squared differences.
    """
    width = guide.shape[1] - PATCH + 1
    span = 2 * REACH + 1
    distance = np.empty((span * span, len(rows) * len(columns)), np.float32)
    height, length = int(rows[-1] - rows[0]) + PATCH, int(columns[-1] - columns[0]) + PATCH
    y, x = int(rows[0]), int(columns[0])
    still = guide[y : y + height, x : x + length]
    for number in range(span * span):
        dy, dx = number // span - REACH, number % span - REACH
        moved = guide[y + dy : y + dy + height, x + dx : x + dx + length]
        across = _windows_of_eight(np.square(moved - still))[:, columns - x]
        distance[number] = _windows_of_eight(across.T)[:, rows - y].T.ravel()
    distance[REACH * span + REACH] = -1
    candidates = np.ascontiguousarray(distance.T)
    nearest = np.argpartition(candidates, count, axis=1)[:, :count]
    order = np.argsort(np.take_along_axis(candidates, nearest, axis=1), axis=1, kind="stable")
    nearest = np.take_along_axis(nearest, order, axis=1)
    own = (rows[:, None] * width + columns).reshape(-1, 1)
    places: NDArray[np.intp] = own + (nearest // span - REACH) * width + nearest % span - REACH
    return places


def _windows_of_eight(values: NDArray[Any]) -> NDArray[Any]:
    """Sums of eight neighbours along the second axis, by doubling."""
    two = values[:, :-1] + values[:, 1:]
    four = two[:, :-2] + two[:, 2:]
    eight: NDArray[Any] = four[:, :-4] + four[:, 4:]
    return eight
