"""What the cameras of a scene look at: where one wants to begin, whatever sky lies around it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import CameraSet
from restora.splats.framing import Framing

if TYPE_CHECKING:
    from restora_desktop.scene.viewpoint import Vector

_REACH = 0.6
"""Of the cameras' usual distance: what they see of the thing in the middle."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Focus:
    """A ball that a view begins with and that flying is measured by."""

    centre: Vector
    radius: float
    distance: float | None = None
    """How far the cameras stand from it; None where none tell."""


def focus_of(framing: Framing, cameras: CameraSet) -> Focus:
    """The point nearest to all lines of sight, if most cameras have it in front; else most of the scene."""
    whole = Focus(centre=framing.centre, radius=framing.radius)
    if len(cameras) < 2:
        return whole
    places = np.array([camera.centre for camera in cameras])
    directions = np.array([camera.world_to_camera[2, :3] for camera in cameras])
    across = np.eye(3) - directions[:, :, None] * directions[:, None, :]
    matrix = across.sum(axis=0)
    if np.linalg.cond(matrix) > 1e6:
        return whole  # they all look the same way
    centre = np.linalg.solve(matrix, np.einsum("nij,nj->i", across, places))
    depths = np.einsum("ni,ni->n", centre - places, directions)
    if np.mean(depths > 0) < 0.8:
        return whole  # they look outwards, as in a room
    distance = float(np.median(depths[depths > 0]))
    return Focus(centre=centre, radius=_REACH * distance, distance=distance)
