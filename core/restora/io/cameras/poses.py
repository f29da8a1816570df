"""Poses of cameras between the conventions of files: world to camera, OpenCV axes, is the one we keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import FileProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix = NDArray[np.float64]

_TURN_AXES = np.diag([1.0, -1.0, -1.0, 1.0])
"""Between OpenGL's camera (y up, looking along -z) and OpenCV's (y down, looking along +z)."""

_SKEW = 1e-3
"""How far rows may be from a rotation's: files keep six digits or so."""


def from_opengl(path: Path, name: str, camera_to_world: Matrix) -> Matrix:
    """World to camera of a camera-to-world matrix with OpenGL's axes.

    A uniform scale in it is taken out; raises FileProblemError where it is no rotation otherwise.
    """
    return inverse_of(path, name, camera_to_world @ _TURN_AXES)


def to_opengl(world_to_camera: Matrix) -> Matrix:
    """The camera-to-world matrix with OpenGL's axes."""
    return np.asarray(np.linalg.inv(world_to_camera) @ _TURN_AXES, np.float64)


def inverse_of(path: Path, name: str, camera_to_world: Matrix) -> Matrix:
    """World to camera of a rigid camera-to-world matrix with OpenCV's axes; raises FileProblemError."""
    block = camera_to_world[:3, :3]
    scale = float(np.linalg.norm(block)) / np.sqrt(3)
    if not np.isfinite(camera_to_world).all() or scale == 0:
        raise FileProblemError(path, f"the pose of {name} has no finite numbers, or only zeros")
    rotation = block / scale
    if np.abs(rotation @ rotation.T - np.eye(3)).max() > _SKEW or np.linalg.det(rotation) < 0:
        raise FileProblemError(
            path, f"the pose of {name} is mirrored or skewed, expected a rotation and a place"
        )
    rigid = np.eye(4)
    rigid[:3, :3] = block if abs(scale - 1) < _SKEW else rotation
    rigid[:3, 3] = camera_to_world[:3, 3]
    return np.asarray(np.linalg.inv(rigid), np.float64)


def rotation_of(quaternion: Matrix) -> Matrix:
    """The rotation matrix of w x y z, of any length but zero."""
    w, x, y, z = quaternion / np.linalg.norm(quaternion)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def quaternion_of(rotation: Matrix) -> Matrix:
    """w x y z of a rotation matrix, w not negative: the eigenvector that is stable for every angle."""
    xx, xy, xz, yx, yy, yz, zx, zy, zz = rotation.flat
    lower = [
        [xx - yy - zz, 0, 0, 0],
        [yx + xy, yy - xx - zz, 0, 0],
        [zx + xz, zy + yz, zz - xx - yy, 0],
        [zy - yz, xz - zx, yx - xy, xx + yy + zz],
    ]
    _, vectors = np.linalg.eigh(np.array(lower) / 3)
    x, y, z, w = vectors[:, 3]
    found = np.array([w, x, y, z])
    return -found if w < 0 else found
