"""Looking at scenes and frames that a method returned, before they are called a result."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.data.image import CHANNEL_COUNTS
from restora.data.kinds import Kind
from restora.data.scene import GaussianScene
from restora.errors import OutputRejectedError
from restora.plugins.declarations import MethodInfo
from restora.plugins.running import Frame, Output

if TYPE_CHECKING:
    from numpy.typing import NDArray

SCENE_ARRAYS = ("means", "quats", "log_scales", "logit_opacities", "sh")
"""In the order in which they are hashed and compared."""

_BAND_ROWS = 256
"""Frames are looked through in bands, so that a large one need not fit the memory."""


def makes_scene_or_frames(info: MethodInfo) -> bool:
    """Whether a run gives more than pictures, so that its picture is only a preview."""
    return info.produces is Kind.SPLAT or info.produces_frames


def check_kinds(info: MethodInfo, output: Output) -> None:
    """Refuse what was not declared, and the lack of what was."""
    scene, frames = output.scene is not None, bool(output.frames)
    if scene and info.produces is not Kind.SPLAT:
        raise OutputRejectedError(info.id, f"a scene, but it declares that it makes {info.produces} items")
    if frames and not info.produces_frames:
        raise OutputRejectedError(info.id, "frames, but it does not declare produces_frames")
    if info.produces is Kind.SPLAT and not scene:
        raise OutputRejectedError(info.id, "no scene, but it declares that it makes one")
    if info.produces_frames and not frames and not scene:
        raise OutputRejectedError(info.id, "no frames, but it declares that it makes them")


def check_scene(method_id: str, scene: object) -> GaussianScene:
    """The scene as it is, with read-only arrays, if it has Gaussians whose numbers are float32 and finite."""
    if not isinstance(scene, GaussianScene):
        raise OutputRejectedError(method_id, f"{type(scene).__name__} instead of a GaussianScene")
    if scene.count == 0:
        raise OutputRejectedError(method_id, "a scene without Gaussians")
    for name in SCENE_ARRAYS:
        _check_array(method_id, name, getattr(scene, name))
    columns: Mapping[str, object] = scene.extra
    for name, column in columns.items():
        if not isinstance(column, np.ndarray) or column.shape[:1] != (scene.count,):
            raise OutputRejectedError(method_id, f"a scene whose column {name!r} has not one value each")
    cameras: object = scene.cameras
    if not isinstance(cameras, CameraSet):
        raise OutputRejectedError(method_id, f"{type(cameras).__name__} instead of a CameraSet")
    for camera in cameras:
        _check_camera(method_id, camera)
    return with_frozen_arrays(scene)


def with_frozen_arrays(scene: GaussianScene) -> GaussianScene:
    """The same scene, whose arrays nobody can change through it."""
    return replace(
        scene,
        means=_frozen(scene.means),
        quats=_frozen(scene.quats),
        log_scales=_frozen(scene.log_scales),
        logit_opacities=_frozen(scene.logit_opacities),
        sh=_frozen(scene.sh),
        extra=MappingProxyType({name: _frozen(column) for name, column in scene.extra.items()}),
    )


def _frozen(array: NDArray[np.float32]) -> NDArray[np.float32]:
    view = array.view()
    view.flags.writeable = False
    return view


def _check_array(method_id: str, name: str, array: object) -> None:
    if not isinstance(array, np.ndarray) or array.dtype != np.float32:
        found = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
        raise OutputRejectedError(method_id, f"a scene whose {name} are {found}; expected float32")
    bad = int(array.size - np.count_nonzero(np.isfinite(array)))
    if bad:
        raise OutputRejectedError(method_id, f"a scene with {bad} values of {name} that are NaN or infinite")


def _check_camera(method_id: str, camera: object) -> None:
    if not isinstance(camera, Camera):
        raise OutputRejectedError(method_id, f"{type(camera).__name__} instead of a Camera")
    lenses = (camera.fx, camera.fy, camera.cx, camera.cy)
    if not np.isfinite(camera.world_to_camera).all() or not all(map(math.isfinite, lenses)):
        raise OutputRejectedError(method_id, f"the camera {camera.name!r} with numbers that are not finite")


def check_frames(method_id: str, frames: object, folders: Collection[Path]) -> tuple[Frame, ...]:
    """The frames as they are, if each is a finite picture of its camera's size in a file below `folders`."""
    if not isinstance(frames, tuple) or not all(isinstance(frame, Frame) for frame in frames):
        raise OutputRejectedError(method_id, "frames that are not a tuple of Frame")
    places = [folder.resolve() for folder in folders]
    files: set[Path] = set()
    varies = not frames
    for number, frame in enumerate(frames, start=1):
        what = f"frame {number}"
        _check_camera(method_id, frame.camera)
        path = _checked_path(method_id, what, frame.path, places)
        if path in files:
            raise OutputRejectedError(method_id, f"{what} in the file of another, {path.name}")
        files.add(path)
        varies = _check_pixels(method_id, what, frame) or varies
    if not varies:
        raise OutputRejectedError(method_id, f"{len(frames)} frames, each of one colour throughout")
    return frames


def _checked_path(method_id: str, what: str, path: object, places: list[Path]) -> Path:
    if not isinstance(path, Path) or not path.is_file() or path.is_symlink():
        raise OutputRejectedError(method_id, f"{what} without a file: {path}")
    resolved = path.resolve()
    if not any(resolved.is_relative_to(place) for place in places):
        raise OutputRejectedError(method_id, f"{what} outside its folders for files: {path}")
    return resolved


def _check_pixels(method_id: str, what: str, frame: Frame) -> bool:
    """Whether the frame shows anything but one colour; refuses what is no picture of the camera's size."""
    try:
        pixels = np.load(frame.path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise OutputRejectedError(method_id, f"{what} in a file that is no .npy array ({error})") from error
    size = (frame.camera.height, frame.camera.width)
    is_picture = pixels.ndim == 3 and pixels.shape[:2] == size and pixels.shape[2] in CHANNEL_COUNTS
    if not is_picture or pixels.dtype not in (np.float16, np.float32):
        wanted = f"float16 or float32, {size[0]} x {size[1]} x 1, 3 or 4 as its camera says"
        raise OutputRejectedError(
            method_id, f"{what} of {pixels.dtype}, shape {pixels.shape}; expected {wanted}"
        )
    first, varies = pixels[0, 0], False
    for start in range(0, size[0], _BAND_ROWS):
        band = np.asarray(pixels[start : start + _BAND_ROWS])
        if not np.isfinite(band).all():
            raise OutputRejectedError(method_id, f"{what} with values that are NaN or infinite")
        varies = varies or bool((band != first).any())
    return varies
