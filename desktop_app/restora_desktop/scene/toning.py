"""From numbers of a renderer to pixels of a screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

import numpy as np
from PySide6.QtGui import QImage

from restora_desktop.scene.drawing import Channel, Drawn
from restora_desktop.viewer.colour_maps import ColourMap, colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.camera import Camera
    from restora.data.scene import GaussianScene

Range: TypeAlias = tuple[float, float]
_LEAST_ALPHA: Final = 1e-10
_SAMPLES: Final = 20_000
_CUT: Final = 2.0
"""Percent of the depths at each end that the colours do not spread for."""


def depth_range(scene: GaussianScene, camera: Camera) -> Range:
    """The depths that the colours span, from the middles of some Gaussians in front of the camera."""
    step = max(1, scene.count // _SAMPLES)
    points = scene.means[::step].astype(np.float64)
    pose = camera.world_to_camera
    seen = points @ pose[:3, :3].T + pose[:3, 3]
    depth = seen[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        across = seen[:, 0] / depth * camera.fx + camera.cx
        down = seen[:, 1] / depth * camera.fy + camera.cy
    inside = (depth > 0) & (across >= 0) & (across < camera.width) & (down >= 0) & (down < camera.height)
    depths = depth[inside] if inside.any() else depth[depth > 0]
    if len(depths) == 0:
        return 0.0, 1.0
    near, far = np.percentile(depths, (_CUT, 100 - _CUT))
    return float(near), float(max(far, near + 1e-6))


def to_codes(drawn: Drawn, channel: Channel, depths: Range) -> NDArray[np.uint8]:
    """Height x width x 4, blue first: what a screen takes."""
    if channel is Channel.COLOUR:
        rgb = np.clip(drawn.rgb, 0.0, 1.0) * np.float32(255) + np.float32(0.5)
        return packed(np.nan_to_num(rgb).astype(np.uint8))
    if channel is Channel.ALPHA:
        grey = np.clip(drawn.alpha, 0.0, 1.0) * np.float32(255) + np.float32(0.5)
        return packed(np.repeat(grey.astype(np.uint8)[:, :, None], 3, axis=2))
    expected = drawn.depth / np.maximum(drawn.alpha, np.float32(_LEAST_ALPHA))
    near, far = depths
    places = np.clip((expected - near) / (far - near), 0.0, 1.0) * 255
    colour = colours(ColourMap.DEEP)[np.nan_to_num(places).astype(np.uint8)].astype(np.float32)
    # Where hardly anything is hit there is no depth either: it fades to black.
    return packed((colour * np.clip(drawn.alpha, 0.0, 1.0)[:, :, None]).astype(np.uint8))


def to_qimage(codes: NDArray[np.uint8]) -> QImage:
    """An image that owns its bytes: the array may be drawn into again."""
    height, width = codes.shape[:2]
    return QImage(codes.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()


def packed(rgb: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Red, green, blue as blue, green, red and an opaque byte."""
    codes = np.full((*rgb.shape[:2], 4), 255, np.uint8)
    codes[:, :, :3] = rgb[:, :, ::-1]
    return codes
