"""Orthonormal bases for patches, stacks of patches and colours."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@lru_cache(maxsize=4)
def cosine_basis(side: int) -> NDArray[Any]:
    """The two-dimensional cosine transform of side x side patches: coefficients x pixels."""
    k, x = np.mgrid[:side, :side]
    line = np.cos(np.pi * (x + 0.5) * k / side) * np.sqrt(2 / side)
    line[0] /= np.sqrt(2)
    return np.kron(line, line).astype(np.float32)


@lru_cache(maxsize=4)
def haar_basis(count: int) -> NDArray[Any]:
    """The Haar transform along a stack of `count` patches, a power of two."""
    basis = np.ones((1, 1))
    while len(basis) < count:
        size = len(basis)
        basis = np.vstack([np.kron(basis, (1, 1)), np.kron(np.eye(size), (1, -1))]) / np.sqrt(2)
    return basis.astype(np.float32)


def opponent_basis(channels: int) -> NDArray[Any]:
    """Brightness first, then colour differences: 1, 3 (RGB) or 4 (the pixels of a colour-filter cell)."""
    if channels == 1:
        rows = [[1.0]]
    elif channels == 3:
        rows = [[1, 1, 1], [1, 0, -1], [1, -2, 1]]
    else:
        rows = [[1, 1, 1, 1], [1, 0, 0, -1], [0, 1, -1, 0], [1, -1, -1, 1]]
    basis = np.asarray(rows, np.float64)
    unit: NDArray[Any] = basis / np.linalg.norm(basis, axis=1, keepdims=True)
    return unit.astype(np.float32)
