"""What a capture would have held, had the scene been a given picture: a result held against its frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.geometry import FrameWindow
from restora.data.kinds import ColourFilter
from restora.data.photon_cube import PhotonCube
from restora.errors import UnsuitableItemError
from restora.photons.forward import detection_probability
from restora.photons.mosaic import channel_map, sampled

if TYPE_CHECKING:
    from numpy.typing import NDArray

_REC601 = np.array([0.299, 0.587, 0.114], np.float32)
_BISECTIONS = 60
_DECADES = 12.0
"""A brightness is looked for between 1e-12 and 1e12."""


def predicted_counts(
    light: NDArray[np.floating],
    cube: PhotonCube,
    window: FrameWindow,
    *,
    brightness: float | None = None,
    dark: float = 0.0,
    by_colour: bool = False,
) -> NDArray[np.float64]:
    """Mean detections over `window`, H x W x C of the capture, under linear `light` (H x W x 1 or 3).

    A pixel fires in a binary frame with probability 1 - exp(-(brightness · light + dark)). Where nobody
    knows the `brightness` it is fitted so that the total agrees with what was measured, with `by_colour` the
    total of every colour: then only the pattern of the residual means something.
    Raises UnsuitableItemError where the light is not as large as the frames.
    """
    seen = seen_by(np.clip(np.asarray(light, np.float64), 0, None), cube)
    binary_frames = window.length * cube.most_per_frame
    if brightness is not None:
        return binary_frames * detection_probability(seen, brightness, dark)
    share = cube.total(window) / binary_frames
    probability = np.zeros_like(seen)
    for part in _parts(cube, by_colour=by_colour):
        counting = part & _trusted(cube)
        found = _fitted_brightness(seen[counting], float(share[counting].mean()), dark)
        probability[part] = detection_probability(seen[part], found, dark)
    return binary_frames * probability


def seen_by(light: NDArray[np.float64], cube: PhotonCube) -> NDArray[np.float64]:
    """Light in the channels of the capture, one of them per pixel behind a colour filter.

    Raises UnsuitableItemError where the light is not as large as the frames.
    """
    if light.shape[:2] != (cube.height, cube.width):
        raise UnsuitableItemError(
            f"a picture of {light.shape[1]} x {light.shape[0]} pixels says nothing about frames of "
            f"{cube.width} x {cube.height}"
        )
    is_mosaic = cube.colour_filter is not ColourFilter.MONO
    if light.shape[2] == 1 and (cube.channels == 3 or is_mosaic):
        light = np.repeat(light, 3, axis=2)
    if is_mosaic:
        seen: NDArray[np.float64] = sampled(light, cube.colour_filter)
        return seen
    return (light @ _REC601)[:, :, np.newaxis] if light.shape[2] > cube.channels else light


def _parts(cube: PhotonCube, *, by_colour: bool) -> list[NDArray[np.bool_]]:
    """Which samples share one brightness: all of them, or those of each colour."""
    shape = (cube.height, cube.width, cube.channels)
    if not by_colour or (cube.channels == 1 and cube.colour_filter is ColourFilter.MONO):
        return [np.ones(shape, bool)]
    if cube.channels == 3:
        colours = np.broadcast_to(np.arange(3, dtype=np.uint8), shape)
    else:
        colours = channel_map(cube.colour_filter, cube.height, cube.width)[:, :, None]
    return [part for colour in range(3) if (part := colours == colour).any()]


def _trusted(cube: PhotonCube) -> NDArray[np.bool_]:
    if cube.bad_pixels is None or cube.bad_pixels.all():
        return np.ones((cube.height, cube.width, 1), bool)
    return ~cube.bad_pixels[:, :, None]


def _fitted_brightness(light: NDArray[np.float64], target: float, dark: float) -> float:
    """The factor at which the mean probability of detection is `target`, by bisection on its logarithm."""
    low, high = -_DECADES, _DECADES
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if light.size and detection_probability(light, 10.0**middle, dark).mean() < target:
            low = middle
        else:
            high = middle
    return float(10.0**high)
