"""From the decoder's picture to the result: size, exposure, balance, and the measurement it predicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.api import ColourFilter, ImageArray, UnsuitableItemError
from restora.data.transfer import to_linear, to_srgb
from restora.photons.colour import grey_world_gains
from restora.photons.forward import detection_probability
from restora.photons.mosaic import sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.api import Source
    from restora.data.photon_cube import PhotonCube

_REC601 = np.array([0.299, 0.587, 0.114], np.float32)
_BISECTIONS = 60


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


def predicted_counts(picture: ImageArray, source: Source | None = None) -> NDArray[np.float64]:
    """The mean detections that a result predicts for `source`, H x W x C of the capture, over its window.

    A picture says nothing about exposure: the brightness is fitted so that the total agrees. Only the pattern
    of the residual means something, and white balance counts as a residual. Without a source: the share of
    detections in every channel at a peak of one photon per frame, as in training.
    """
    light = np.clip(to_linear(picture), 0, None)
    if source is None:
        return detection_probability(light)
    cube, window = source.cube, source.window
    if cube is None or window is None:
        raise UnsuitableItemError("counts can be predicted for single-photon captures only")
    light = _as_seen(light, cube)
    binary_frames = window.length * cube.most_per_frame
    target = float(cube.total(window).mean()) / binary_frames
    probability = detection_probability(light, _fitted_brightness(light, target))
    return binary_frames * probability


def _as_seen(light: NDArray[np.float32], cube: PhotonCube) -> NDArray[np.float32]:
    """Light in the channels of the capture, one of them per pixel behind a colour filter."""
    is_mosaic = cube.colour_filter is not ColourFilter.MONO
    if light.shape[2] == 1 and (cube.channels == 3 or is_mosaic):
        light = np.repeat(light, 3, axis=2)
    if is_mosaic:
        seen: NDArray[np.float32] = sampled(light, cube.colour_filter)
        return seen
    return (light @ _REC601)[:, :, np.newaxis] if light.shape[2] > cube.channels else light


def _fitted_brightness(light: NDArray[np.float32], target: float) -> float:
    """The factor at which the mean probability of detection is `target`, by bisection on its logarithm."""
    low, high = -12.0, 12.0
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if detection_probability(light, 10.0**middle).mean() < target:
            low = middle
        else:
            high = middle
    return float(10.0**high)


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
