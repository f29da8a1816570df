"""Where a scene is, so that a camera can look at it, and cameras that circle it."""

from __future__ import annotations

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
