"""From the decoder's picture to the result: size, exposure, balance."""

from __future__ import annotations

import numpy as np

from restora.api import ImageArray
from restora.data.transfer import to_linear, to_srgb
from restora.photons.colour import grey_world_gains

_REC601 = np.array([0.299, 0.587, 0.114], np.float32)


def finished(
    picture: ImageArray, *, size: tuple[int, int], exposure: float, is_balanced: bool, is_grey: bool
) -> ImageArray:
    """sRGB H x W x 3 in 0..1 brought to `size` (width, height), then exposed and balanced on linear light.

    `exposure` is in stops. Grey results have one channel: the luma of Rec. 601, as published.
    """
    enlarged = _resized(picture, size)
    if is_grey:
        enlarged = (enlarged @ _REC601)[:, :, np.newaxis]
    is_balanced = is_balanced and not is_grey
    if not is_balanced and exposure == 0:
        return enlarged
    light = to_linear(enlarged)
    if is_balanced:
        light = light * grey_world_gains(light).astype(np.float32)
    return to_srgb(np.clip(light * np.float32(2.0**exposure), 0, 1))


def _resized(picture: ImageArray, size: tuple[int, int]) -> ImageArray:
    """Lanczos (3 lobes), pixel centres at half, channel by channel in float32; held in 0..1."""
    width, height = size
    if picture.shape[:2] == (height, width):
        return picture
    import PIL.Image

    planes = (PIL.Image.fromarray(np.ascontiguousarray(plane)) for plane in np.moveaxis(picture, 2, 0))
    larger = [np.asarray(plane.resize(size, PIL.Image.Resampling.LANCZOS)) for plane in planes]
    held: ImageArray = np.clip(np.stack(larger, axis=2), 0, 1).astype(np.float32)
    return held
