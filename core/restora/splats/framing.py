"""Where a scene is, so that a camera can look at it, and cameras that circle it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_KEPT_PERCENT = (2.0, 98.0)
"""A few stray Gaussians far away must not decide where the scene is."""
_PARALLEL = 1e4
"""Axes that are almost parallel meet nowhere in particular."""
_AHEAD = 0.7
"""Cameras that look at a point have it ahead: depth by distance."""
_ROOM = 1.2
"""How much farther than a snug fit a camera stands that shows the whole scene."""


class UpAxis(StrEnum):
    """Which direction of the scene points to the sky; scenes trained from COLMAP mostly have y down."""

    MINUS_Y = "-y"
    PLUS_Y = "+y"
    PLUS_Z = "+z"
    MINUS_Z = "-z"

    @property
    def direction(self) -> NDArray[np.float64]:
        """The unit vector towards the sky."""
        sign = 1.0 if self.value[0] == "+" else -1.0
        return np.asarray(sign * np.eye(3)["xyz".index(self.value[1])])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Framing:
    """A box around most of a scene."""

    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @property
    def centre(self) -> NDArray[np.float64]:
        """The middle of the box."""
        return (self.low + self.high) / 2

    @property
    def radius(self) -> float:
        """Half the diagonal of the box, never 0."""
        return max(float(np.linalg.norm(self.high - self.low)) / 2, 1e-6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Optics:
    """The picture of a camera that is made up: its size and its vertical field of view."""

    width: int
    height: int
    fov_degrees: float = 50.0

    def __post_init__(self) -> None:
        if not 1.0 <= self.fov_degrees <= 170.0:
            raise BadInputError(f"a field of view must be 1 to 170 degrees, got {self.fov_degrees:g}")

    @property
    def focal(self) -> float:
        """Focal length in pixels."""
        return self.height / 2 / float(np.tan(np.radians(self.fov_degrees) / 2))


def framing(scene: GaussianScene) -> Framing:
    """The box from the 2nd to the 98th percentile of the positions along each axis."""
    if scene.count == 0:
        raise BadInputError("a scene without Gaussians has no place to look at")
    low, high = np.percentile(scene.means.astype(np.float64), _KEPT_PERCENT, axis=0)
    return Framing(low=low, high=high)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Focus:
    """What a set of cameras looks at."""

    centre: NDArray[np.float64]
    distance: float
    """Median distance of the cameras from it."""

    @property
    def around(self) -> Framing:
        """A box about the centre that the cameras see whole."""
        reach = np.full(3, self.distance / 4)
        return Framing(low=self.centre - reach, high=self.centre + reach)


def focus(cameras: Sequence[Camera]) -> Focus | None:
    """The point nearest to all optical axes; None where most cameras look past each other or away from it.

    A sky or a far background makes a scene's box useless to look at; its cameras know better.
    """
    if len(cameras) < 2:
        return None
    centres = np.stack([camera.centre for camera in cameras])
    axes = np.stack([camera.world_to_camera[2, :3] for camera in cameras])
    across = np.eye(3) - axes[:, :, None] * axes[:, None, :]
    matrix = across.sum(axis=0)
    if np.linalg.cond(matrix) > _PARALLEL:
        return None
    point = np.linalg.solve(matrix, np.einsum("nij,nj->i", across, centres))
    depths = np.einsum("ni,ni->n", point - centres, axes)
    distances = np.linalg.norm(point - centres, axis=1)
    if np.median(depths) < _AHEAD * np.median(distances):
        return None
    return Focus(centre=point, distance=float(np.median(distances)))


def looking_at(
    name: str, eye: ArrayLike, target: ArrayLike, optics: Optics, up: UpAxis = UpAxis.MINUS_Y
) -> Camera:
    """A camera at `eye` whose middle is `target`, upright where it does not look straight up or down."""
    place = np.asarray(eye, np.float64)
    forward = np.asarray(target, np.float64) - place
    length = float(np.linalg.norm(forward))
    if not length > 0:
        raise BadInputError(f"{name}: a camera cannot look at the point where it stands")
    forward /= length
    right = np.cross(forward, up.direction)
    if np.linalg.norm(right) < 1e-6:
        # Any direction across will do; the next axis is never parallel to this one.
        right = np.cross(forward, np.roll(up.direction, 1))
    right /= np.linalg.norm(right)
    pose = np.eye(4)
    pose[:3, :3] = np.stack([right, np.cross(forward, right), forward])
    pose[:3, 3] = -pose[:3, :3] @ place
    return Camera(
        name=name,
        width=optics.width,
        height=optics.height,
        fx=optics.focal,
        fy=optics.focal,
        cx=optics.width / 2,
        cy=optics.height / 2,
        world_to_camera=pose,
    )


def fitting_distance(radius: float, optics: Optics) -> float:
    """How far from its middle a sphere of `radius` is seen whole, with some room around it."""
    half_height = np.radians(optics.fov_degrees) / 2
    half_width = np.arctan(np.tan(half_height) * optics.width / optics.height)
    return _ROOM * radius / float(np.sin(min(half_height, half_width)))


def orbit(
    around: Framing,
    count: int,
    optics: Optics,
    *,
    elevation_degrees: float = 20.0,
    up: UpAxis = UpAxis.MINUS_Y,
    distance: float | None = None,
) -> tuple[Camera, ...]:
    """`count` cameras on a circle around a scene, each looking at its middle.

    `elevation_degrees` lifts the circle towards the sky; without a `distance` the whole scene is seen.
    """
    if count < 1:
        raise BadInputError(f"an orbit needs 1 camera or more, got {count}")
    if not -89.0 <= elevation_degrees <= 89.0:
        raise BadInputError(f"the elevation must be -89 to 89 degrees, got {elevation_degrees:g}")
    sky = up.direction
    ahead = np.roll(sky, 1) if up in (UpAxis.PLUS_Y, UpAxis.MINUS_Y) else np.roll(sky, -1)
    across = np.cross(sky, ahead)
    reach = fitting_distance(around.radius, optics) if distance is None else distance
    lift = np.radians(elevation_degrees)
    cameras = []
    for index in range(count):
        turn = 2 * np.pi * index / count
        level = np.cos(turn) * ahead + np.sin(turn) * across
        eye = around.centre + reach * (np.cos(lift) * level + np.sin(lift) * sky)
        cameras.append(looking_at(f"orbit_{index:04}", eye, around.centre, optics, up))
    return tuple(cameras)
