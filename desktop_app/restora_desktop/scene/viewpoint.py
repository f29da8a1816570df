"""Where one looks at a scene from: a camera that turns around a pivot."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from restora.data.camera import Camera, Projection

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]

NARROWEST_FOV: Final = 5.0
WIDEST_FOV: Final = 120.0
USUAL_FOV: Final = 50.0
_STEEPEST: Final = math.radians(89.0)
_NEAREST: Final = 1e-4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Viewpoint:
    """A pinhole camera without a picture size, in the OpenCV frame."""

    rotation: Vector
    """3 x 3, world to camera: its rows are right, down and forward."""
    position: Vector
    pivot: Vector
    """What orbiting turns around, and whose distance dollying changes."""
    fov: float = USUAL_FOV
    """Vertical, in degrees."""

    @classmethod
    def looking(cls, direction: Vector, up: Vector, pivot: Vector, distance: float) -> Viewpoint:
        """Towards `direction` at a pivot that is `distance` away, with `up` upright."""
        rotation = facing(direction, up)
        return cls(rotation=rotation, position=pivot - rotation[2] * distance, pivot=pivot)

    @classmethod
    def of_camera(cls, camera: Camera, distance: float) -> Viewpoint:
        """Where a camera stands, with a pivot in front of it; its principal point is taken as its middle."""
        rotation, position = np.array(camera.world_to_camera[:3, :3]), camera.centre
        fov = math.degrees(2 * math.atan(camera.height / (2 * camera.fy)))
        return cls(
            rotation=rotation,
            position=position,
            pivot=position + rotation[2] * max(distance, _NEAREST),
            fov=min(max(fov, NARROWEST_FOV), WIDEST_FOV),
        )

    @property
    def distance(self) -> float:
        """From here to the pivot."""
        return float(np.linalg.norm(self.pivot - self.position))

    @property
    def world_to_camera(self) -> Vector:
        """4 x 4."""
        pose = np.eye(4)
        pose[:3, :3] = self.rotation
        pose[:3, 3] = -self.rotation @ self.position
        return pose

    def camera(self, width: int, height: int, name: str = "view") -> Camera:
        """A camera of that picture size that looks from here."""
        focal = height / (2 * math.tan(math.radians(self.fov) / 2))
        return Camera(
            name=name,
            width=width,
            height=height,
            fx=focal,
            fy=focal,
            cx=width / 2,
            cy=height / 2,
            world_to_camera=self.world_to_camera,
            projection=Projection.PINHOLE,
        )

    # -- moving ------------------------------------------------------------------------------------

    def orbited(self, yaw: float, pitch: float, up: Vector) -> Viewpoint:
        """Turned around the pivot: about `up`, then about its own right; it stops short of the poles."""
        steepness = math.asin(float(np.clip(self.rotation[2] @ up, -1.0, 1.0)))
        limit = max(_STEEPEST, abs(steepness))
        pitch = float(np.clip(steepness + pitch, -limit, limit)) - steepness
        turn = turning(up, yaw) @ turning(self.rotation[0], pitch)
        return self._turned_about_pivot(turn)

    def turned_up(self, old: Vector, new: Vector) -> Viewpoint:
        """As a person sees it who takes `new` for up instead of `old`: the same view of turned data."""
        return self._turned_about_pivot(between(old, new))

    def looked(self, yaw: float, pitch: float, up: Vector) -> Viewpoint:
        """Turned in place; the pivot stays in the middle of the view."""
        turn = turning(up, yaw) @ turning(self.rotation[0], pitch)
        rotation = orthonormal(self.rotation @ turn.T)
        return replace(self, rotation=rotation, pivot=self.position + rotation[2] * self.distance)

    def panned(self, right: float, down: float) -> Viewpoint:
        """Moved sideways with its pivot; in shares of what is visible at the pivot's distance, downwards."""
        height = 2 * self.distance * math.tan(math.radians(self.fov) / 2)
        return self.moved(right * height, down * height, 0.0)

    def moved(self, right: float, down: float, forward: float) -> Viewpoint:
        """Moved with its pivot, in scene units along its own axes."""
        step = np.array([right, down, forward]) @ self.rotation
        return replace(self, position=self.position + step, pivot=self.pivot + step)

    def dollied(self, factor: float) -> Viewpoint:
        """At `factor` times the distance from the pivot."""
        distance = max(self.distance * factor, _NEAREST)
        return replace(self, position=self.pivot - self.rotation[2] * distance)

    def rolled(self, angle: float) -> Viewpoint:
        """Turned about the line of sight."""
        rotation = orthonormal(self.rotation @ turning(self.rotation[2], angle).T)
        return replace(self, rotation=rotation)

    def levelled(self, up: Vector) -> Viewpoint:
        """Without roll."""
        return replace(self, rotation=facing(self.rotation[2], up))

    def with_fov(self, fov: float) -> Viewpoint:
        """With another angle of view, within what makes sense."""
        return replace(self, fov=min(max(fov, NARROWEST_FOV), WIDEST_FOV))

    def around(self, pivot: Vector) -> Viewpoint:
        """From the same place, turned so that another point is in the middle and is orbited."""
        away = pivot - self.position
        distance = float(np.linalg.norm(away))
        if distance < _NEAREST:
            return self
        turn = between(self.rotation[2], away / distance)
        return replace(self, pivot=pivot, rotation=orthonormal(self.rotation @ turn.T))

    def _turned_about_pivot(self, turn: Vector) -> Viewpoint:
        rotation = orthonormal(self.rotation @ turn.T)
        return replace(self, rotation=rotation, position=self.pivot - rotation[2] * self.distance)


def facing(direction: Vector, up: Vector) -> Vector:
    """A rotation that looks along `direction` with `up` upright."""
    forward = direction / np.linalg.norm(direction)
    right = np.cross(forward, up)
    if np.linalg.norm(right) < 1e-6:  # straight up or down: any right will do
        right = np.cross(forward, np.roll(up, 1))
    right = right / np.linalg.norm(right)
    return np.stack([right, np.cross(forward, right), forward])


def turning(axis: Vector, angle: float) -> Vector:
    """The rotation about a unit axis (Rodrigues)."""
    x, y, z = axis
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * (cross @ cross))


def between(old: Vector, new: Vector) -> Vector:
    """The shortest rotation that takes one unit vector to another."""
    axis = np.cross(old, new)
    sine, cosine = float(np.linalg.norm(axis)), float(old @ new)
    if sine > 1e-9:
        return turning(axis / sine, math.atan2(sine, cosine))
    if cosine > 0:
        return np.eye(3)
    other = np.cross(old, np.eye(3)[int(np.argmin(np.abs(old)))])
    return turning(other / np.linalg.norm(other), math.pi)


def orthonormal(rotation: Vector) -> Vector:
    """The nearest rotation: a thousand small turns must not shear the view."""
    left, _, right = np.linalg.svd(rotation)
    return np.asarray(left @ right)
