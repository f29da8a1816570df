"""One frame seen from another frame's camera, carried over by rendered depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError
from restora.splats.camera_points import NEAR, pixel_centres, project, unproject
from restora.splats.references import DepthView

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTH_AGREEMENT = 0.03
"""Depths that differ by a larger share belong to different surfaces: one hides the other."""
SOLID = 0.5
"""Rendered alpha from which on a pixel shows a surface whose depth means something."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frame:
    """A picture, fixed or not, with the camera, depth and alpha it was rendered with."""

    picture: ImageArray
    view: DepthView

    def __post_init__(self) -> None:
        if self.picture.shape[:2] != self.view.depth.shape:
            raise BadInputError(
                f"{self.view.camera.name}: the picture has {self.picture.shape[1]} x {self.picture.shape[0]} "
                f"pixels, its camera {self.view.camera.width} x {self.view.camera.height}"
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Warped:
    """A frame as another camera would see it."""

    picture: ImageArray
    """Height x width x channels; 0 where the mask is False."""
    mask: NDArray[np.bool_]
    """True where both frames show the same surface."""


def reprojected(frame: Frame, onto: DepthView, *, agreement: float = DEPTH_AGREEMENT) -> Warped:
    """`frame` as the camera of `onto` would see it.

    Each pixel of `onto` goes through its own depth to the place where `frame` shows it, and takes the
    colour there (bilinear). It counts where that lies inside `frame`, both show a solid surface, and the
    depths agree to a share of `agreement`: what was hidden in `frame` is left out.
    """
    camera = onto.camera
    solid = (onto.alpha > SOLID) & np.isfinite(onto.depth) & (onto.depth > NEAR)
    points = unproject(camera, pixel_centres(camera.width, camera.height), np.where(solid, onto.depth, 1.0))
    pixels, depth = project(frame.view.camera, points)
    # Half a pixel of the border cannot be interpolated.
    at = np.moveaxis(pixels[..., ::-1], -1, 0) - 0.5
    limits = np.array(frame.view.depth.shape).reshape(2, 1, 1) - 1
    inside = ((at >= 0) & (at <= limits)).all(axis=0) & (depth > NEAR)
    at = np.where(inside, at, 0.0)
    there = _sampled(frame.view.depth, at)
    agrees = np.abs(there - depth) <= agreement * np.maximum(depth, NEAR)
    mask = solid & inside & agrees & (_sampled(frame.view.alpha, at) > SOLID)
    colours = np.stack([_sampled(channel, at) for channel in np.moveaxis(frame.picture, -1, 0)], axis=-1)
    return Warped(picture=np.where(mask[..., None], colours, 0).astype(np.float32), mask=mask)


def _sampled(plane: NDArray[np.float32], at: NDArray[np.float64]) -> NDArray[np.float32]:
    from scipy.ndimage import map_coordinates

    return np.asarray(map_coordinates(plane, at, order=1, mode="nearest", prefilter=False), np.float32)
