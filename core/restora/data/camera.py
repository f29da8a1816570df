"""Cameras of a scene, in the OpenCV convention."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from restora.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Projection(StrEnum):
    """How a camera maps directions to pixels."""

    PINHOLE = "pinhole"
    ORTHOGRAPHIC = "orthographic"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """Looks along +z with y down; pixel centres lie at +0.5.

    `distortion` keeps a file's coefficients by name: OpenCV's k1, k2, p1, p2, k3 to k6, COLMAP's omega, and
    `fisheye_k1`, … for lenses whose radius grows with the angle. Renderers differ in what they honour.
    """

    name: str
    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    world_to_camera: NDArray[np.float64]
    """4 x 4."""
    projection: Projection = Projection.PINHOLE
    distortion: tuple[tuple[str, float], ...] = ()
    picture: str | None = None
    """The photograph taken from here, as the camera file names it."""

    def __post_init__(self) -> None:
        if self.world_to_camera.shape != (4, 4):
            raise BadInputError(f"{self.name}: the pose must be 4 x 4, got {self.world_to_camera.shape}")
        if self.width < 1 or self.height < 1:
            raise BadInputError(f"{self.name}: a picture needs pixels, got {self.width} x {self.height}")

    @property
    def is_distorted(self) -> bool:
        """Whether photographs from here must be undistorted before they are held against renders."""
        # A fisheye without coefficients still is none of ours.
        return any(value != 0.0 or name.startswith("fisheye_") for name, value in self.distortion)

    @property
    def centre(self) -> NDArray[np.float64]:
        """Where it stands, in scene units."""
        import numpy as np

        rotation, shift = self.world_to_camera[:3, :3], self.world_to_camera[:3, 3]
        return np.asarray(-rotation.T @ shift, np.float64)

    @property
    def intrinsics(self) -> NDArray[np.float64]:
        """The 3 x 3 matrix from directions to pixels."""
        import numpy as np

        return np.array([[self.fx, 0.0, self.cx], [0.0, self.fy, self.cy], [0.0, 0.0, 1.0]])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CameraSet:
    """The cameras that belong to a scene, in the order of their file."""

    cameras: tuple[Camera, ...] = ()
    pictures: Path | None = None
    """The folder that the cameras' `picture` names are relative to; None where nobody knows it."""
    source: str = ""
    """For people: where they came from, such as `cameras.json` or `COLMAP, sparse/0`."""
    path: tuple[Camera, ...] = ()
    """A camera path that somebody drew through the scene: the frames to look at in place of those above."""

    def __len__(self) -> int:
        return len(self.cameras)

    def __iter__(self) -> Iterator[Camera]:
        return iter(self.cameras)

    def picture_of(self, camera: Camera) -> Path | None:
        """The photograph taken by a camera, if one is named and the file is there."""
        if camera.picture is None or self.pictures is None:
            return None
        path = self.pictures / camera.picture
        return path if path.is_file() else None
