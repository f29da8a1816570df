"""The cameras of a scene: stated by the user, or where the program that wrote the scene puts them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from restora.data.camera import CameraSet
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.options import OpenOptions

_TRANSFORMS = "transforms.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCameras:
    """Cameras and how they were found."""

    cameras: CameraSet
    origin: Origin | None = None
    """None where there are none."""
    warnings: tuple[str, ...] = ()

    @property
    def facts(self) -> tuple[Fact, ...]:
        """For people."""
        return (*self._of_cameras(), *self._of_path())

    def _of_path(self) -> tuple[Fact, ...]:
        if not self.cameras.path:
            return ()
        return (Fact(name="camera path", value=f"{len(self.cameras.path)} frames", origin=Origin.STATED),)

    def _of_cameras(self) -> tuple[Fact, ...]:
        if self.origin is None:
            return ()
        value = f"{len(self.cameras)} from {self.cameras.source}"
        found = [Fact(name="cameras", value=value, origin=self.origin)]
        if any(camera.is_distorted for camera in self.cameras):
            distorted = sum(camera.is_distorted for camera in self.cameras)
            found.append(
                Fact(
                    name="lens distortion",
                    value=f"kept for {distorted} cameras, not drawn",
                    origin=Origin.FILE,
                )
            )
        if self.cameras.pictures is not None:
            there = sum(self.cameras.picture_of(camera) is not None for camera in self.cameras)
            value = f"{there} of {len(self.cameras)} in {self.cameras.pictures}"
            found.append(Fact(name="photographs", value=value, origin=self.origin))
        return tuple(found)


def find_cameras(scene: Path, options: OpenOptions) -> FoundCameras:
    """Stated cameras, else those of the training, and a stated path; raises FileProblemError."""
    found = _find_own(scene, options)
    if options.camera_path is None:
        return found
    from restora.io.cameras import read_cameras  # most scenes come without

    path = read_cameras(options.camera_path).cameras
    return replace(found, cameras=replace(found.cameras, path=path))


def _find_own(scene: Path, options: OpenOptions) -> FoundCameras:
    beside = options.cameras or _of_training(scene)
    if beside is None:
        if options.pictures is not None:
            raise FileProblemError(
                scene,
                "has no cameras, so a folder of pictures means nothing",
                advice="State cameras=PATH too.",
            )
        return FoundCameras(cameras=CameraSet())
    from restora.io.cameras import read_cameras  # most scenes come without

    try:
        found = read_cameras(beside, pictures=options.pictures)
    except FileProblemError as error:
        if options.cameras is not None or options.pictures is not None:
            raise
        return FoundCameras(cameras=CameraSet(), warnings=(f"its cameras cannot be used: {error}",))
    origin = Origin.SIDECAR if options.cameras is None else Origin.STATED
    return FoundCameras(cameras=found, origin=origin)


def _of_training(scene: Path) -> Path | None:
    """Where they belong to the scene for certain.

    transforms.json in the scene's own folder; else cameras.json of the original code, two folders above
    point_cloud/iteration_N/point_cloud.ply.
    """
    iteration = scene.absolute().parent
    if (iteration / _TRANSFORMS).is_file():
        return iteration / _TRANSFORMS
    if not iteration.name.startswith("iteration_") or iteration.parent.name != "point_cloud":
        return None
    found = iteration.parent.parent / "cameras.json"
    return found if found.is_file() else None
