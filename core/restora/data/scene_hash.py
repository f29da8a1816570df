"""Fingerprints of scenes and frames, for recipes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.result import ResultFrame


def hash_scene(scene: GaussianScene) -> str:
    """SHA-256 over every bit of all arrays and over the cameras; folders and origins do not count."""
    digest = hashlib.sha256(f"scene {scene.count} {scene.degree} {scene.is_antialiased}".encode())
    for name in ("means", "quats", "log_scales", "logit_opacities", "sh"):
        _put(digest, name, getattr(scene, name))
    for name in sorted(scene.extra):
        _put(digest, name, scene.extra[name])
    for camera in scene.cameras:
        _put_camera(digest, camera)
    for camera in scene.cameras.path:
        digest.update(b"path ")
        _put_camera(digest, camera)
    return digest.hexdigest()


def hash_frames(frames: Sequence[ResultFrame]) -> str:
    """SHA-256 over the cameras and the values of all frames, in their order."""
    digest = hashlib.sha256(f"frames {len(frames)}".encode())
    for frame in frames:
        _put_camera(digest, frame.camera)
        image = frame.image()
        _put(digest, image.transfer.value, image.pixels)
    return digest.hexdigest()


def hash_together(hashes: Iterable[str]) -> str:
    """One hash for several."""
    return hashlib.sha256(" ".join(hashes).encode()).hexdigest()


def _put(digest: hashlib._Hash, name: str, array: NDArray[np.float32]) -> None:
    digest.update(f"{name} {array.shape}".encode())
    digest.update(np.ascontiguousarray(array, dtype="<f4").data)


def _put_camera(digest: hashlib._Hash, camera: Camera) -> None:
    lens = (camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy)
    told = f"camera {camera.name} {lens!r} {camera.projection} {camera.distortion!r} {camera.picture}"
    digest.update(told.encode())
    digest.update(np.ascontiguousarray(camera.world_to_camera, dtype="<f8").data)
