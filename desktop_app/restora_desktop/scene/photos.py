"""Photographs of a scene's cameras, straightened and small enough for a screen."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from restora.data.arrays import ImageArray
from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.errors import BadInputError
from restora.io.opening import read_image
from restora_desktop.scene.toning import packed, to_qimage

if TYPE_CHECKING:
    from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.uint8)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photo:
    """What a camera saw."""

    camera: Camera
    image: QImage
    title: str


def load_photo(cameras: CameraSet, camera: Camera, longest_side: int) -> Photo:
    """The photograph of a camera as its pinhole part would have taken it.

    Raises BadInputError where there is none, it is of another shape, or its lens cannot be undone.
    """
    from restora.splats.refinement.views import photo_view

    path = cameras.picture_of(camera)
    if path is None:
        named = camera.picture or "none is named"
        raise BadInputError(
            f"{camera.name}: its photograph is not there ({named})",
            advice="State the folder of the photographs when the scene is opened: How it is read.",
        )
    pixels = read_image(path).in_transfer(Transfer.SRGB).pixels
    view = photo_view(camera, _three_channels(pixels), longest_side=longest_side)
    straight = " (straightened)" if camera.is_distorted else ""
    return Photo(camera=camera, image=screen_image(view.picture), title=f"photo {path.name}{straight}")


def load_picture(path: Path, longest_side: int) -> QImage:
    """Any picture, small enough for a screen; raises FileProblemError where it is none."""
    image = picture_image(read_image(path))
    return image.scaled(
        longest_side,
        longest_side,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def screen_image(pixels: ImageArray) -> QImage:
    """Numbers as a screen shows them, three channels or one."""
    codes = np.clip(np.nan_to_num(pixels) * 255 + 0.5, 0, 255).astype(np.uint8)
    return to_qimage(packed(_three_channels(codes)))


def picture_image(image: Image) -> QImage:
    """A picture that was computed, as a screen shows it."""
    return screen_image(image.in_transfer(Transfer.SRGB).pixels / np.float32(image.nominal_white))


def _three_channels(pixels: NDArray[Number]) -> NDArray[Number]:
    return np.repeat(pixels, 3, axis=2) if pixels.shape[2] == 1 else np.ascontiguousarray(pixels[:, :, :3])
