"""Where points of a scene lie in a camera's picture, and where its pixels lie in the scene."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera, Projection

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

NEAR = 0.01
"""Scene units in front of a camera from which on it sees anything, as the rasteriser has it."""


def camera_to_world(camera: Camera) -> NDArray[np.float64]:
    """The inverse of a camera's rigid pose."""
    pose = np.eye(4)
    pose[:3, :3] = camera.world_to_camera[:3, :3].T
    pose[:3, 3] = camera.centre
    return pose


def project(camera: Camera, points: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Pixel coordinates (... x 2; the first pixel's centre is 0.5, 0.5) and depths along the axis.

    Points beside or behind the camera get coordinates too: look at the depth, or ask `is_in_frame`.
    """
    world = np.asarray(points, np.float64)
    local = world @ camera.world_to_camera[:3, :3].T + camera.world_to_camera[:3, 3]
    depth = local[..., 2]
    over = 1.0 if camera.projection is Projection.ORTHOGRAPHIC else np.where(depth == 0, np.inf, depth)
    u = camera.fx * local[..., 0] / over + camera.cx
    v = camera.fy * local[..., 1] / over + camera.cy
    return np.stack([u, v], axis=-1), depth


def is_in_frame(camera: Camera, points: ArrayLike) -> NDArray[np.bool_]:
    """Which points lie in front of the camera and inside its picture."""
    pixels, depth = project(camera, points)
    u, v = pixels[..., 0], pixels[..., 1]
    return (depth > NEAR) & (u >= 0) & (u < camera.width) & (v >= 0) & (v < camera.height)


def unproject(camera: Camera, pixels: ArrayLike, depth: ArrayLike) -> NDArray[np.float64]:
    """The points of the scene at pixel coordinates (... x 2) and depths along the axis (...)."""
    at, z = np.asarray(pixels, np.float64), np.asarray(depth, np.float64)
    reach = np.ones_like(z) if camera.projection is Projection.ORTHOGRAPHIC else z
    x = (at[..., 0] - camera.cx) / camera.fx * reach
    y = (at[..., 1] - camera.cy) / camera.fy * reach
    local = np.stack([x, y, z], axis=-1) - camera.world_to_camera[:3, 3]
    return np.asarray(local @ camera.world_to_camera[:3, :3], np.float64)


def pixel_centres(width: int, height: int) -> NDArray[np.float64]:
    """Height x width x 2: the coordinates at which a picture's pixels are sampled."""
    columns, rows = np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5)
    return np.stack([columns, rows], axis=-1)
