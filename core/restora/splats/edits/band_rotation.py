"""Turning view-dependent colours: how the coefficients of spherical harmonics follow a rotation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

_DIRECTIONS = 64
"""Many more than the 7 coefficients of the largest band, spread evenly: the system is well conditioned."""


def harmonics(directions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The 16 real basis functions of degree 3 at unit directions (N x 3), in the order of scene files."""
    x, y, z = directions.T
    xx, yy, zz = x * x, y * y, z * z
    columns = (
        np.full_like(x, 0.28209479177387814),
        -0.4886025119029199 * y,
        0.4886025119029199 * z,
        -0.4886025119029199 * x,
        1.0925484305920792 * x * y,
        -1.0925484305920792 * y * z,
        0.9461746957575601 * zz - 0.31539156525252005,
        -1.0925484305920792 * x * z,
        0.5462742152960396 * (xx - yy),
        -0.5900435899266435 * y * (3 * xx - yy),
        2.890611442640554 * x * y * z,
        y * (0.4570457994644658 - 2.285228997322329 * zz),
        z * (1.865881662950577 * zz - 1.1195289977703462),
        x * (0.4570457994644658 - 2.285228997322329 * zz),
        1.445305721320277 * z * (xx - yy),
        -0.5900435899266435 * x * (xx - 3 * yy),
    )
    return np.stack(columns, axis=1)


def rotated(sh: NDArray[np.float32], rotation: NDArray[np.float64]) -> NDArray[np.float32]:
    """Coefficients (N x K x 3) after the scene was turned by a 3 x 3 rotation.

    Each band is mapped by the matrix that carries its functions over in `_DIRECTIONS` directions, by least
    squares: no special functions, and the files' sign conventions come along by themselves.
    """
    straight = _spread(_DIRECTIONS)
    before, after = harmonics(straight), harmonics(straight @ rotation.T)
    turned = sh.astype(np.float32, copy=True)
    for band in range(1, round(sh.shape[1] ** 0.5)):
        part = slice(band**2, (band + 1) ** 2)
        # after · (M c) must equal before · c for every c.
        mapping = np.linalg.lstsq(after[:, part], before[:, part], rcond=None)[0]
        turned[:, part] = np.einsum("ij,njc->nic", mapping, sh[:, part].astype(np.float64))
    return turned


def _spread(count: int) -> NDArray[np.float64]:
    """Unit directions on a Fibonacci spiral."""
    index = np.arange(count) + 0.5
    z = 1 - 2 * index / count
    turn = index * np.pi * (3 - 5**0.5)
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)
