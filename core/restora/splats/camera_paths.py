"""A way for a camera: key cameras with times between them, and the frames in between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera, Projection
from restora.errors import BadInputError
from restora.splats.camera_points import camera_to_world
from restora.splats.rotations import matrices, quaternion, slerp

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_FRAMES = 100_000
"""A longer way is a slip of the keyboard."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Key:
    """A camera that the way passes through, and how long it takes from here to the next key."""

    camera: Camera
    seconds: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.seconds) and self.seconds > 0):
            raise BadInputError(
                f"{self.camera.name}: the way to the next key must take more than 0 s, got {self.seconds:g}"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraPath:
    """Keys in order; raises BadInputError for none, and for a mixture of projections."""

    keys: tuple[Key, ...]
    frames_per_second: float = 24.0
    is_closed: bool = False
    """Whether the last key leads back to the first."""
    is_smooth: bool = True
    """Whether places follow a curve through the keys (Catmull-Rom) rather than straight lines."""

    def __post_init__(self) -> None:
        if not self.keys:
            raise BadInputError("a camera path needs at least one camera")
        if not (np.isfinite(self.frames_per_second) and self.frames_per_second > 0):
            raise BadInputError(f"frames per second must be above 0, got {self.frames_per_second:g}")
        if len({key.camera.projection for key in self.keys}) > 1:
            raise BadInputError("a camera path cannot go from a pinhole to an orthographic camera")

    @property
    def seconds(self) -> float:
        """How long the whole way takes."""
        return sum(key.seconds for key in self.keys[: self._spans])

    @property
    def frame_count(self) -> int:
        """How many pictures it makes; a closed way does not repeat its first one."""
        steps = round(self.seconds * self.frames_per_second)
        return max(1, steps) if self.is_closed else steps + 1

    @property
    def _spans(self) -> int:
        return len(self.keys) if self.is_closed and len(self.keys) > 1 else len(self.keys) - 1

    def frames(self) -> tuple[Camera, ...]:
        """All cameras of the way, with the size of the first key; named frame_0000 and so on."""
        if self.frame_count > MOST_FRAMES:
            raise BadInputError(f"the path has {self.frame_count} frames; at most {MOST_FRAMES} are made")
        steps = max(1, self.frame_count if self.is_closed else self.frame_count - 1)
        return tuple(
            replace(self.at(self.seconds * index / steps), name=f"frame_{index:04}")
            for index in range(self.frame_count)
        )

    def at(self, seconds: float) -> Camera:
        """The camera at a time; before the start and after the end it stands still."""
        if self._spans == 0:
            return self.keys[0].camera
        span, begun = 0, 0.0
        while span < self._spans - 1 and seconds >= begun + self.keys[span].seconds:
            begun += self.keys[span].seconds
            span += 1
        fraction = min(max((seconds - begun) / self.keys[span].seconds, 0.0), 1.0)
        return self._between(span, fraction)

    def _between(self, span: int, fraction: float) -> Camera:
        first, second = self._key(span).camera, self._key(span + 1).camera
        places = [
            camera.centre
            for camera in (self._key(span - 1).camera, first, second, self._key(span + 2).camera)
        ]
        place = _curve(places, fraction) if self.is_smooth else _line(places[1], places[2], fraction)
        turn = slerp(quaternion(_turn(first)), quaternion(_turn(second)), fraction)
        pose = np.eye(4)
        pose[:3, :3] = matrices(turn).T
        pose[:3, 3] = -pose[:3, :3] @ place
        return _with_lens(self.keys[0].camera, first, second, fraction, pose)

    def _key(self, index: int) -> Key:
        if self.is_closed:
            return self.keys[index % len(self.keys)]
        return self.keys[min(max(index, 0), len(self.keys) - 1)]


def straight_path(cameras: Sequence[Camera], seconds_each: float, frames_per_second: float) -> CameraPath:
    """A path of straight lines through cameras, equally long between each two."""
    keys = tuple(Key(camera=camera, seconds=seconds_each) for camera in cameras)
    return CameraPath(keys=keys, frames_per_second=frames_per_second, is_smooth=False)


def vertical_fov(camera: Camera) -> float:
    """Radians from the upper to the lower edge of a pinhole camera's picture."""
    return 2 * float(np.arctan(camera.height / 2 / camera.fy))


def _turn(camera: Camera) -> NDArray[np.float64]:
    return camera_to_world(camera)[:3, :3]


def _line(first: NDArray[np.float64], second: NDArray[np.float64], fraction: float) -> NDArray[np.float64]:
    return (1 - fraction) * first + fraction * second


def _curve(places: Sequence[NDArray[np.float64]], t: float) -> NDArray[np.float64]:
    """Uniform Catmull-Rom between the two middle places."""
    before, first, second, after = places
    return np.asarray(
        0.5
        * (
            2 * first
            + (second - before) * t
            + (2 * before - 5 * first + 4 * second - after) * t**2
            + (3 * first - before - 3 * second + after) * t**3
        )
    )


def _with_lens(
    size: Camera, first: Camera, second: Camera, fraction: float, pose: NDArray[np.float64]
) -> Camera:
    """A camera with the size of `size`, whose field of view lies between those of two others."""
    if size.projection is Projection.ORTHOGRAPHIC:
        spans = (first.height / first.fy, second.height / second.fy)
        focal = size.height / ((1 - fraction) * spans[0] + fraction * spans[1])
    else:
        angle = (1 - fraction) * vertical_fov(first) + fraction * vertical_fov(second)
        focal = size.height / 2 / float(np.tan(angle / 2))
    aspects = (first.fx / first.fy, second.fx / second.fy)
    middles = [(camera.cx / camera.width, camera.cy / camera.height) for camera in (first, second)]
    return replace(
        size,
        fx=focal * ((1 - fraction) * aspects[0] + fraction * aspects[1]),
        fy=focal,
        cx=size.width * ((1 - fraction) * middles[0][0] + fraction * middles[1][0]),
        cy=size.height * ((1 - fraction) * middles[0][1] + fraction * middles[1][1]),
        world_to_camera=pose,
        distortion=(),
        picture=None,
    )
