"""Photographs as an ideal lens would have taken them, so that they can be held against renders."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.camera import Camera
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_USUAL = ("k1", "k2", "p1", "p2", "k3", "k4", "k5", "k6")
"""OpenCV's order; the last three divide."""
FISHEYE = "fisheye_"
"""How the coefficients of the equidistant fisheye lens begin; it bends even where all of them are 0."""
_FISHEYE = tuple(f"{FISHEYE}k{index}" for index in range(1, 5))


def undistorted(picture: ImageArray, camera: Camera) -> tuple[ImageArray, NDArray[np.float32] | None, Camera]:
    """The picture through the pinhole part of its camera, the weight of each pixel, and that camera.

    Pixels that the photograph does not reach weigh 0; weights are None where there is nothing to undo.
    Raises BadInputError for a lens that cannot be undone here.
    """
    if not camera.is_distorted:
        return picture, None, replace(camera, distortion=())
    import cv2

    columns, rows = _maps(camera)
    straight = cv2.remap(picture, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    inside = (columns >= 0) & (columns <= camera.width - 1) & (rows >= 0) & (rows <= camera.height - 1)
    pixels = np.clip(straight.reshape(picture.shape), 0, 1).astype(np.float32)
    return pixels, inside.astype(np.float32), replace(camera, distortion=())


def _maps(camera: Camera) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Where straight pixels lie in the photograph, in OpenCV's coordinates: centres are whole numbers."""
    import cv2

    lens = camera.intrinsics
    lens[:2, 2] -= 0.5
    size = (camera.width, camera.height)
    values = {name: value for name, value in camera.distortion if value != 0.0}
    if any(name.startswith(FISHEYE) for name, _ in camera.distortion) and values.keys() <= set(_FISHEYE):
        named = np.array([values.get(name, 0.0) for name in _FISHEYE])
        maps = cv2.fisheye.initUndistortRectifyMap(lens, named, np.eye(3), lens, size, cv2.CV_32FC1)
        return np.asarray(maps[0], np.float32), np.asarray(maps[1], np.float32)
    unknown = sorted(set(values) - set(_USUAL))
    if unknown:
        raise BadInputError(
            f"{camera.name}: lens coefficients {', '.join(unknown)} are not known, "
            "its photograph cannot be undistorted",
            advice="Undistort the photographs first, for example with COLMAP's image_undistorter.",
        )
    usual = np.array([values.get(name, 0.0) for name in _USUAL])
    maps = cv2.initUndistortRectifyMap(lens, usual, np.eye(3), lens, size, cv2.CV_32FC1)
    return np.asarray(maps[0], np.float32), np.asarray(maps[1], np.float32)
