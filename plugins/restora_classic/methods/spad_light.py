"""From rates to the picture that is handed over: inversion, colours, white."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.api import ColourFilter, ImageArray, Request
from restora.photons.colour import brightest_gains, grey_world_gains, white_point
from restora.photons.demosaic import demosaic_bilinear
from restora.photons.directed_demosaic import demosaic_directed
from restora.photons.inversion import flux_from_rate, scene_light
from restora_classic.methods.base import choice, number

if TYPE_CHECKING:
    from numpy.typing import NDArray

_HALF_A_DETECTION = 0.5
"""How far below saturation a rate is held, in detections: a full pixel has no finite answer."""
_SMALLEST_DIRECTED = 6
_WHITE_PERCENTILE = 97.0


def flux_of(rate: NDArray[Any], frames: int) -> NDArray[Any]:
    """Photons per frame from denoised or merged rates over `frames` binary frames."""
    return flux_from_rate(rate, ceiling=1 - _HALF_A_DETECTION / frames)


def finished(flux: NDArray[Any], request: Request) -> ImageArray:
    """Linear light as the parameters ask: brightness, dark counts, white balance, white."""
    light = scene_light(flux, brightness=number(request, "brightness"), dark=number(request, "dark"))
    light = balanced(light, choice(request, "white_balance"))
    if choice(request, "white") == "percentile":
        light = light / white_point(light, _WHITE_PERCENTILE)
    return np.ascontiguousarray(light, np.float32)


def demosaiced(raw: NDArray[Any], colour_filter: ColourFilter, how: str) -> NDArray[Any]:
    """Three channels out of a mosaic; a picture without colour filter or with all colours stays as it is."""
    if colour_filter is ColourFilter.MONO or raw.shape[2] != 1:
        return raw
    if how == "directed" and min(raw.shape[:2]) >= _SMALLEST_DIRECTED:
        # Interpolating along edges can overshoot below black.
        return np.asarray(np.maximum(demosaic_directed(raw, colour_filter), 0))
    return demosaic_bilinear(raw, colour_filter)


def balanced(light: NDArray[Any], how: str) -> NDArray[Any]:
    """Colour channels brought into balance; grey pictures stay as they are."""
    if light.shape[2] != 3 or how == "none":
        return light
    gains = grey_world_gains(light) if how == "grey_world" else brightest_gains(light, float(light.max()))
    return np.asarray(light * gains)
