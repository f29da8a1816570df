"""What a COLMAP model holds: cameras, images with their observations, and points with their tracks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.errors import FileProblemError
from restora.io.cameras.lens_models import LensModel, distortion_of, pinhole_of
from restora.io.cameras.poses import rotation_of

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class ColmapCamera:
    """Intrinsics that several images may share."""

    id: int
    model: LensModel
    width: int
    height: int
    params: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColmapImage:
    """One photograph: where it was taken, and which points are seen where in it."""

    id: int
    camera_id: int
    name: str
    quaternion: NDArray[np.float64]
    """w x y z, world to camera."""
    shift: NDArray[np.float64]
    pixels: NDArray[np.float64]
    """M x 2, x and y of the observations; empty where they were not asked for."""
    point_ids: NDArray[np.int64]
    """M, the point seen there, -1 for none."""

    @property
    def world_to_camera(self) -> NDArray[np.float64]:
        """4 x 4."""
        pose = np.eye(4)
        pose[:3, :3], pose[:3, 3] = rotation_of(self.quaternion), self.shift
        return pose


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColmapPoints:
    """The sparse points."""

    ids: NDArray[np.int64]
    exact_positions: NDArray[np.float64]
    """N x 3."""
    colours: NDArray[np.uint8]
    """N x 3."""
    errors: NDArray[np.float64]
    """N, mean reprojection error in pixels; -1 where nobody knows it."""
    track_starts: NDArray[np.int64]
    """N + 1: the sightings of point n are rows `track_starts[n]` to `track_starts[n + 1]` of `tracks`."""
    tracks: NDArray[np.int32]
    """T x 2: id of the image, number of the observation in it."""

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def positions(self) -> NDArray[np.float32]:
        """N x 3, as scenes keep them."""
        return self.exact_positions.astype(np.float32)

    def track_of(self, number: int) -> NDArray[np.int32]:
        """The sightings of one point, rows of image id and observation."""
        return self.tracks[self.track_starts[number] : self.track_starts[number + 1]]


def no_points() -> ColmapPoints:
    """A model may have none."""
    return ColmapPoints(
        ids=np.zeros(0, np.int64),
        exact_positions=np.zeros((0, 3)),
        colours=np.zeros((0, 3), np.uint8),
        errors=np.zeros(0),
        track_starts=np.zeros(1, np.int64),
        tracks=np.zeros((0, 2), np.int32),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ColmapModel:
    """All of it; images in the order of their ids, whatever the file's."""

    folder: Path
    cameras: Mapping[int, ColmapCamera]
    images: tuple[ColmapImage, ...]
    points: ColmapPoints

    def camera_of(self, image: ColmapImage) -> Camera:
        """The image as a camera of ours."""
        found = self.cameras[image.camera_id]
        fx, fy, cx, cy = pinhole_of(found.model, found.params)
        return Camera(
            name=image.name,
            width=found.width,
            height=found.height,
            fx=fx,
            fy=fy,
            cx=cx,
            cy=cy,
            world_to_camera=image.world_to_camera,
            distortion=distortion_of(found.model, found.params),
            picture=image.name,
        )


def checked_camera(path: Path, camera: ColmapCamera) -> ColmapCamera:
    """The camera, if it can take a picture; raises FileProblemError otherwise."""
    name = f"camera {camera.id}"
    if not (1 <= camera.width <= 10**6 and 1 <= camera.height <= 10**6):
        raise FileProblemError(
            path, f"{name} has {camera.width} x {camera.height} pixels, which is no picture"
        )
    if not np.isfinite(camera.params).all():
        raise FileProblemError(path, f"{name} has numbers that are not finite")
    fx, fy, _, _ = pinhole_of(camera.model, camera.params)
    if fx <= 0 or fy <= 0:
        raise FileProblemError(path, f"{name} has the focal length {min(fx, fy):g}, expected more than 0")
    return camera


def checked_image(path: Path, image: ColmapImage, cameras: Mapping[int, ColmapCamera]) -> ColmapImage:
    """The image, if it has a pose and a camera; raises FileProblemError otherwise."""
    pose = np.concatenate([image.quaternion, image.shift])
    if not np.isfinite(pose).all() or not image.quaternion.any():
        raise FileProblemError(path, f"image {image.id} has no usable pose")
    if image.camera_id not in cameras:
        raise FileProblemError(path, f"image {image.id} names camera {image.camera_id}, which does not exist")
    if not image.name:
        raise FileProblemError(path, f"image {image.id} has no name")
    return image
