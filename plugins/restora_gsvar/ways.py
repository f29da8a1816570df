"""From where a scene is looked at: its own cameras or a path, a way through them, or a circle around it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from restora.api import Camera, GaussianScene, UnsuitableItemError
from restora.splats.camera_paths import CameraPath, Key
from restora.splats.framing import Optics, UpAxis, framing, orbit
from restora.splats.refinement.views import camera_for

_USUAL = Optics(width=960, height=540)
"""Of a circle around a scene that has no cameras."""


class Way(StrEnum):
    """Where frames are taken."""

    CAMERAS = "cameras"
    BETWEEN = "between"
    ORBIT = "orbit"


@dataclass(frozen=True, slots=True, kw_only=True)
class WayOptions:
    """Which frames are made."""

    way: Way = Way.CAMERAS
    every: int = 1
    """Of the scene's cameras, each so many-th counts."""
    frames: int = 60
    """On a way through them or around the scene."""
    longest_side: int = 0
    """Pixels; 0 keeps the cameras' own."""
    elevation_degrees: float = 20.0
    up: UpAxis = UpAxis.MINUS_Y


def cameras_of(scene: GaussianScene, options: WayOptions) -> tuple[Camera, ...]:
    """The frames' cameras; raises UnsuitableItemError where a scene has none and some are needed."""
    stated = scene.cameras.path if options.way is Way.CAMERAS else ()
    looking = stated or scene.cameras.cameras
    own = tuple(replace(camera, distortion=(), picture=None) for camera in looking)[:: options.every]
    if options.way is Way.ORBIT:
        optics = Optics(width=own[0].width, height=own[0].height) if own else _USUAL
        frames = orbit(
            framing(scene), options.frames, optics, elevation_degrees=options.elevation_degrees, up=options.up
        )
    elif not own:
        raise UnsuitableItemError(
            "the scene has no cameras to take frames from",
            advice="Open it with cameras (--as cameras=PATH) or a path, or choose a circle around it.",
        )
    elif options.way is Way.BETWEEN:
        frames = _between(own, options.frames)
    else:
        frames = own
    return tuple(_sized(camera, options.longest_side) for camera in frames)


def _between(cameras: tuple[Camera, ...], count: int) -> tuple[Camera, ...]:
    """`count` frames on a smooth way through all cameras, equally long between each two."""
    path = CameraPath(keys=tuple(Key(camera=camera) for camera in cameras))
    steps = max(count - 1, 1)
    return tuple(
        replace(path.at(path.seconds * index / steps), name=f"frame_{index:04}") for index in range(count)
    )


def _sized(camera: Camera, longest_side: int) -> Camera:
    longest = max(camera.width, camera.height)
    if longest_side in {0, longest}:
        return camera
    width, height = (max(1, round(side * longest_side / longest)) for side in (camera.width, camera.height))
    return camera_for(camera, width, height)
