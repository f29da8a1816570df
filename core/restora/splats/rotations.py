"""Rotations as unit quaternions (w x y z) and as matrices, in float64."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_ALMOST_PARALLEL = 1e-9
"""Angle in radians below which slerp and a straight line are the same number."""


def normalised(quats: ArrayLike) -> NDArray[np.float64]:
    """Quaternions of length 1; raises BadInputError for one of length 0."""
    values = np.asarray(quats, np.float64)
    lengths = np.linalg.norm(values, axis=-1, keepdims=True)
    if not np.all(lengths > 0):
        raise BadInputError("a rotation was given as a quaternion of length 0")
    return np.asarray(values / lengths)


def matrices(quats: ArrayLike) -> NDArray[np.float64]:
    """Rotation matrices (... x 3 x 3) of quaternions (... x 4) of any non-zero length."""
    w, x, y, z = np.moveaxis(normalised(quats), -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, axis=-1) for row in rows], axis=-2)


def quaternion(rotation: ArrayLike) -> NDArray[np.float64]:
    """The unit quaternion of a 3 x 3 rotation, with w not negative."""
    m = np.asarray(rotation, np.float64)
    # Bar-Itzhack's symmetric matrix: its eigenvector of the largest eigenvalue needs no case distinction.
    trace_parts = np.array(
        [
            [m[0, 0] + m[1, 1] + m[2, 2], m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1]],
            [m[2, 1] - m[1, 2], m[0, 0] - m[1, 1] - m[2, 2], m[1, 0] + m[0, 1], m[0, 2] + m[2, 0]],
            [m[0, 2] - m[2, 0], m[1, 0] + m[0, 1], m[1, 1] - m[0, 0] - m[2, 2], m[2, 1] + m[1, 2]],
            [m[1, 0] - m[0, 1], m[0, 2] + m[2, 0], m[2, 1] + m[1, 2], m[2, 2] - m[0, 0] - m[1, 1]],
        ]
    )
    vector = np.linalg.eigh(trace_parts)[1][:, -1]
    return np.asarray(vector if vector[0] >= 0 else -vector, np.float64)


def product(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """The rotation that does `second`, then `first`."""
    aw, ax, ay, az = np.moveaxis(np.asarray(first, np.float64), -1, 0)
    bw, bx, by, bz = np.moveaxis(np.asarray(second, np.float64), -1, 0)
    parts = (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )
    return np.stack(parts, axis=-1)


def angle_between(first: ArrayLike, second: ArrayLike) -> NDArray[np.float64]:
    """Radians from 0 to pi between rotations given as unit quaternions.

    Equals arccos(2 (q1·q2)² - 1), but never leaves its domain and keeps its digits near 0.
    """
    conjugate = np.asarray(first, np.float64) * (1.0, -1.0, -1.0, -1.0)
    turn = product(conjugate, second)
    return np.asarray(2 * np.arctan2(np.linalg.norm(turn[..., 1:], axis=-1), np.abs(turn[..., 0])))


def slerp(first: ArrayLike, second: ArrayLike, fraction: float) -> NDArray[np.float64]:
    """The unit quaternion a `fraction` of the shorter way from `first` to `second`."""
    start, end = normalised(first), normalised(second)
    cosine = float(start @ end)
    if cosine < 0:
        end, cosine = -end, -cosine
    angle = float(np.arctan2(np.linalg.norm(end - cosine * start), cosine))
    if angle < _ALMOST_PARALLEL:
        return normalised((1 - fraction) * start + fraction * end)
    mixed = np.sin((1 - fraction) * angle) * start + np.sin(fraction * angle) * end
    return normalised(mixed)


def is_rotation(matrix: ArrayLike, tolerance: float = 1e-6) -> bool:
    """Whether a 3 x 3 matrix turns without mirroring or stretching."""
    m = np.asarray(matrix, np.float64)
    if m.shape != (3, 3) or not np.isfinite(m).all():
        return False
    return bool(np.allclose(m @ m.T, np.eye(3), atol=tolerance) and np.linalg.det(m) > 0)
