"""The photographs of a scene's cameras, ready to be held against renders."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.errors import BadInputError
from restora.io.opening import open_item
from restora.splats.refinement.views import TrainingView, photo_view

_SHARE_OF_FREE_MEMORY = 0.6
_BYTES_PER_PIXEL = 3 * 4 * 3
"""A picture, and what SSIM keeps of it: three float32 planes of three colours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photographs:
    """Views, and the cameras that have none."""

    views: tuple[TrainingView, ...]
    missing: tuple[str, ...]
    """Names of cameras whose photograph is not there."""


def load_photographs(
    cameras: CameraSet,
    *,
    longest_side: int | None = None,
    background: tuple[float, float, float] = (0.0, 0.0, 0.0),
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Photographs:
    """Read, undistort and shrink the photographs of `cameras`; `progress` is told and may raise to stop.

    Raises BadInputError where there is no camera, no photograph at all, or not enough memory for them.
    """
    if not cameras.cameras:
        raise BadInputError(
            "the scene has no cameras, so there is nothing to hold it against",
            advice="State them: --as cameras=PATH, with transforms.json or a COLMAP folder.",
        )
    found = [(camera, path) for camera in cameras if (path := cameras.picture_of(camera)) is not None]
    missing = tuple(camera.name for camera in cameras if cameras.picture_of(camera) is None)
    if not found:
        where = (
            "no folder of photographs is known"
            if cameras.pictures is None
            else f"looked in {cameras.pictures}"
        )
        raise BadInputError(
            f"none of the {len(cameras)} cameras has its photograph: {where}",
            advice="State their folder: --as pictures=FOLDER, or --pictures FOLDER for a COLMAP folder.",
        )
    _check_memory([camera for camera, _ in found], longest_side)
    views = []
    for done, (camera, path) in enumerate(found):
        progress(done, len(found))
        picture = displayed(open_item(path).image(), background)
        views.append(photo_view(camera, picture, longest_side=longest_side))
    progress(len(found), len(found))
    return Photographs(views=tuple(views), missing=missing)


def displayed(image: Image, background: tuple[float, float, float]) -> ImageArray:
    """sRGB code values of three colours, 0 to 1; what is transparent shows the background."""
    pixels = image.in_transfer(Transfer.SRGB).pixels / np.float32(image.nominal_white)
    colours = pixels[:, :, :3] if pixels.shape[2] >= 3 else np.repeat(pixels[:, :, :1], 3, axis=2)
    if pixels.shape[2] == 4:
        alpha = pixels[:, :, 3:]
        colours = colours * alpha + np.array(background, np.float32) * (1 - alpha)
    return np.ascontiguousarray(np.clip(colours, 0, 1), np.float32)


def picture_paths(cameras: CameraSet) -> tuple[Path, ...]:
    """The photographs that are there, in the order of the cameras."""
    paths = (cameras.picture_of(camera) for camera in cameras)
    return tuple(path for path in paths if path is not None)


def _check_memory(cameras: Sequence[Camera], longest_side: int | None) -> None:
    import psutil

    needed = 0.0
    for camera in cameras:
        share = 1.0 if longest_side is None else min(1.0, longest_side / max(camera.width, camera.height))
        needed += camera.width * camera.height * share**2 * _BYTES_PER_PIXEL
    free = float(psutil.virtual_memory().available)
    if needed > _SHARE_OF_FREE_MEMORY * free:
        raise BadInputError(
            f"the {len(cameras)} photographs need {needed / 1e9:.1f} GB of memory, "
            f"{free / 1e9:.1f} GB are free",
            advice="Make them smaller with --longest-side, such as --longest-side 1000.",
        )
