"""Moving, turning and scaling a whole scene, together with its cameras."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera, CameraSet, Projection
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.edits.band_rotation import rotated
from restora.splats.rotations import is_rotation, product, quaternion

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Similarity:
    """The map p -> scale · rotation · p + shift.

    Raises BadInputError where the rotation mirrors or stretches, or the scale is not a positive number.
    """

    rotation: NDArray[np.float64] = field(default_factory=lambda: np.eye(3))
    shift: NDArray[np.float64] = field(default_factory=lambda: np.zeros(3))
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not is_rotation(self.rotation):
            raise BadInputError("a scene can be turned, but not mirrored or stretched: no rotation was given")
        if not (np.isfinite(self.scale) and self.scale > 0):
            raise BadInputError(f"a scene's scale must be above 0, got {self.scale:g}")
        if np.shape(self.shift) != (3,) or not np.isfinite(self.shift).all():
            raise BadInputError("a scene is moved by three finite numbers")

    @property
    def inverse(self) -> Similarity:
        """The map back."""
        back = self.rotation.T
        return Similarity(rotation=back, shift=-(back @ self.shift) / self.scale, scale=1 / self.scale)


def transformed(scene: GaussianScene, change: Similarity) -> GaussianScene:
    """The scene after `change`, cameras included: each camera sees the same picture as before."""
    means = change.scale * scene.means.astype(np.float64) @ change.rotation.T + change.shift
    quats = product(quaternion(change.rotation), scene.quats)
    return replace(
        scene,
        means=means.astype(np.float32),
        quats=quats.astype(np.float32),
        log_scales=scene.log_scales + np.float32(np.log(change.scale)),
        sh=rotated(scene.sh, change.rotation),
        cameras=moved_cameras(scene.cameras, change),
    )


def moved_cameras(cameras: CameraSet, change: Similarity) -> CameraSet:
    """The cameras after `change`."""
    return replace(
        cameras,
        cameras=tuple(moved_camera(camera, change) for camera in cameras),
        path=tuple(moved_camera(camera, change) for camera in cameras.path),
    )


def moved_camera(camera: Camera, change: Similarity) -> Camera:
    """A camera after `change`: it stands where the scene took it, and depths are in the new units."""
    pose = np.eye(4)
    pose[:3, :3] = camera.world_to_camera[:3, :3] @ change.rotation.T
    pose[:3, 3] = change.scale * camera.world_to_camera[:3, 3] - pose[:3, :3] @ change.shift
    moved = replace(camera, world_to_camera=pose)
    if camera.projection is Projection.ORTHOGRAPHIC:
        return replace(moved, fx=camera.fx / change.scale, fy=camera.fy / change.scale)
    return moved
