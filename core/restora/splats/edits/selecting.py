"""Which Gaussians are meant: by where they lie, in space or in a picture, and by their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.attributes import attribute
from restora.splats.camera_points import NEAR, project

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


def in_rectangle(
    scene: GaussianScene, camera: Camera, corners: tuple[float, float, float, float]
) -> NDArray[np.bool_]:
    """Gaussians whose centres a camera sees between two corners (x0, y0, x1, y1) of its picture, in pixels.

    The corners may come in any order, and may lie outside the picture.
    """
    x0, y0, x1, y1 = corners
    pixels, depth = project(camera, scene.means)
    u, v = pixels[:, 0], pixels[:, 1]
    across = (u >= min(x0, x1)) & (u <= max(x0, x1))
    down = (v >= min(y0, y1)) & (v <= max(y0, y1))
    return np.asarray(across & down & (depth > NEAR))


def in_sphere(scene: GaussianScene, centre: ArrayLike, radius: float) -> NDArray[np.bool_]:
    """Gaussians whose centres lie within `radius` scene units of a point."""
    if not radius > 0:
        raise BadInputError(f"a sphere's radius must be above 0, got {radius:g}")
    away = scene.means.astype(np.float64) - np.asarray(centre, np.float64)
    return np.asarray(np.einsum("ni,ni->n", away, away) <= radius**2)


def in_box(scene: GaussianScene, low: ArrayLike, high: ArrayLike) -> NDArray[np.bool_]:
    """Gaussians whose centres lie between two corners of a box along the axes, edges included."""
    low, high = np.asarray(low, np.float64), np.asarray(high, np.float64)
    if low.shape != (3,) or high.shape != (3,) or not np.all(low <= high):
        raise BadInputError("a box goes from a lower to a higher corner, three numbers each")
    return np.asarray(((scene.means >= low) & (scene.means <= high)).all(axis=1))


def in_range(
    scene: GaussianScene, attribute_id: str, low: float = -np.inf, high: float = np.inf
) -> NDArray[np.bool_]:
    """Gaussians whose attribute lies from `low` to `high`; those without a finite value are not among them.

    Raises BadInputError for an attribute that does not exist and for an empty range.
    """
    if not low <= high:
        raise BadInputError(f"{attribute_id}: the range from {low:g} to {high:g} is empty")
    values = attribute(attribute_id).measure(scene)
    return np.asarray((values >= low) & (values <= high) & np.isfinite(values))
