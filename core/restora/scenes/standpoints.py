"""Which cameras a scene is rendered from: its own, one of them, an orbit, or those of a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from restora.data.camera import Camera, CameraSet
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.io.cameras import read_cameras, read_frame_rate
from restora.splats.camera_paths import straight_path
from restora.splats.framing import Optics, UpAxis, focus, framing, orbit
from restora.splats.refinement.views import camera_for

_SIZE = (800, 600)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """At most one of `camera`, `orbit` and `path` is given; none means all cameras of the scene."""

    camera: str | None = None
    """The name or the number (from 0) of one of the scene's cameras."""
    orbit: int | None = None
    """How many cameras stand around the scene."""
    path: Path | None = None
    """A file of cameras."""
    seconds: float | None = None
    """Time between each two cameras of the path, filled with frames; None: as they are."""
    frames_per_second: float | None = None
    """None: as the path's file has it, else 24."""
    size: tuple[int, int] | None = None
    """Width and height; None: as the cameras have it."""
    fov_degrees: float = 50.0
    """Of an orbit's cameras, vertical."""
    elevation_degrees: float = 20.0
    up: UpAxis = UpAxis.MINUS_Y

    def __post_init__(self) -> None:
        given = [self.camera is not None, self.orbit is not None, self.path is not None]
        if sum(given) > 1:
            raise BadInputError("a camera, an orbit and a path exclude each other; state one of them")
        if self.seconds is not None and self.path is None:
            raise BadInputError("only a path has time between its cameras")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standpoints:
    """Cameras to render from."""

    cameras: tuple[Camera, ...]
    frames_per_second: float | None = None
    """Of a film; None for single pictures."""


def chosen_cameras(scene: GaussianScene, wish: Standpoint) -> Standpoints:
    """The cameras that are asked for; raises BadInputError where there are none."""
    if wish.orbit is not None:
        width, height = wish.size or _SIZE
        optics = Optics(width=width, height=height, fov_degrees=wish.fov_degrees)
        known = focus(scene.cameras.cameras)
        around = orbit(
            framing(scene) if known is None else known.around,
            wish.orbit,
            optics,
            elevation_degrees=wish.elevation_degrees,
            up=wish.up,
            distance=None if known is None else known.distance,
        )
        return Standpoints(cameras=around, frames_per_second=wish.frames_per_second or 24.0)
    if wish.path is not None:
        return _along(wish.path, wish)
    own = scene.cameras.cameras
    if not own:
        raise BadInputError(
            "the scene has no cameras to render from",
            advice="State --orbit N, --path FILE, or the scene's own with --as cameras=PATH.",
        )
    chosen = own if wish.camera is None else (named_camera(scene.cameras, wish.camera),)
    return Standpoints(cameras=tuple(_sized(camera, wish.size) for camera in chosen))


def named_camera(cameras: CameraSet, name: str) -> Camera:
    """The camera of a name, of its photograph's name with or without ending, or of a number from 0."""
    for camera in cameras:
        if name in (camera.name, camera.picture, Path(camera.picture or "").stem):
            return camera
    if name.isdecimal() and int(name) < len(cameras):
        return cameras.cameras[int(name)]
    names = [camera.name for camera in cameras]
    known = ", ".join([*names[:8], "…"] if len(names) > 8 else names)
    raise BadInputError(f"{name}: no such camera (known: {known}; or a number from 0 to {len(names) - 1})")


def unique_names(cameras: Sequence[Camera]) -> tuple[str, ...]:
    """A name for the file of each camera, without folders and endings, none twice."""
    names: list[str] = []
    for index, camera in enumerate(cameras):
        stem = Path(camera.name.replace("\\", "/")).stem or f"{index:04}"
        safe = "".join(letter if letter.isalnum() or letter in "-_. " else "_" for letter in stem).strip(" .")
        names.append(safe if safe and safe not in names else f"{safe or 'camera'}_{index:04}")
    return tuple(names)


def _along(path: Path, wish: Standpoint) -> Standpoints:
    cameras = tuple(_sized(camera, wish.size) for camera in read_cameras(path, size=wish.size or _SIZE))
    rate = wish.frames_per_second or read_frame_rate(path) or 24.0
    if wish.seconds is None:
        return Standpoints(cameras=cameras, frames_per_second=rate)
    return Standpoints(cameras=straight_path(cameras, wish.seconds, rate).frames(), frames_per_second=rate)


def _sized(camera: Camera, size: tuple[int, int] | None) -> Camera:
    """The camera with another size; where the shape changes, the vertical field of view stays."""
    if size is None or size == (camera.width, camera.height):
        return camera
    width, height = size
    share = height / camera.height
    scaled = replace(
        camera,
        width=max(1, round(camera.width * share)),
        height=height,
        fx=camera.fx * share,
        fy=camera.fy * share,
        cx=camera.cx * share,
        cy=camera.cy * share,
    )
    if abs(scaled.width - width) <= 1:
        return camera_for(camera, width, height) if width != scaled.width else scaled
    return replace(scaled, width=width, cx=scaled.cx + (width - scaled.width) / 2)
