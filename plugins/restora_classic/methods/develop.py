"""Exposure, white balance and tone on linear light."""

from __future__ import annotations

import numpy as np

from restora.api import Context, ImageArray, Output, Request
from restora.photons.colour import white_point
from restora_classic.methods.base import WeightlessMethod, choice, flag, number, picture
from restora_classic.methods.spad_light import balanced

_WHITE_PERCENTILE = 97.0
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_MIDDLE_GREY = 0.18


class Develop(WeightlessMethod):
    """White balance, then exposure, contrast, saturation and a shoulder for what is brighter than white."""

    def run(self, request: Request, context: Context) -> Output:
        """The developed picture; the gain that was found is reported."""
        with context.stage("develop") as stage:
            context.checkpoint()
            light = _white_balanced(picture(request), request)
            automatic = (
                1 / white_point(np.maximum(light, 0), _WHITE_PERCENTILE) if flag(request, "auto") else 1.0
            )
            gain = automatic * 2.0 ** number(request, "exposure")
            light = _saturated(light * np.float32(gain), number(request, "saturation"))
            light = _contrasted(light, number(request, "contrast"))
            image = _shouldered(light, number(request, "highlights"))
            stage.advance(1, 1)
        return Output(image=np.ascontiguousarray(image, np.float32), info={"gain": float(gain)})


def _white_balanced(light: ImageArray, request: Request) -> ImageArray:
    how = choice(request, "white_balance")
    if light.shape[2] != 3:
        return light
    if how != "manual":
        return np.asarray(balanced(light, how), np.float32)
    gains = np.array([number(request, "red"), 1, number(request, "blue")], np.float32)
    return np.asarray(light * gains, np.float32)


def _saturated(light: ImageArray, saturation: float) -> ImageArray:
    if light.shape[2] != 3 or saturation == 1:
        return light
    grey = (light @ _LUMA)[:, :, None]
    return np.asarray(grey + np.float32(saturation) * (light - grey), np.float32)


def _contrasted(light: ImageArray, contrast: float) -> ImageArray:
    """A power around middle grey; the sign of light is kept."""
    if contrast == 1:
        return light
    curve = _MIDDLE_GREY * (np.abs(light) / _MIDDLE_GREY) ** np.float32(contrast)
    return np.asarray(np.copysign(curve, light), np.float32)


def _shouldered(light: ImageArray, highlights: float) -> ImageArray:
    """Reinhard's curve with a white point: light of 2**highlights becomes white, darkness stays as it is."""
    if highlights == 0:
        return light
    white = np.float32(4.0**highlights)
    bright = np.maximum(light, 0)
    return np.asarray(np.where(light > 0, bright * (1 + bright / white) / (1 + bright), light), np.float32)
