"""Sharpening by adding back what a blur takes away."""

from __future__ import annotations

import numpy as np

from restora.api import Context, Output, Request
from restora.optics.blur import gaussian_blur
from restora_classic.methods.base import WeightlessMethod, number, picture, ticking


class Unsharp(WeightlessMethod):
    """`x + amount * d` with `d = x - blur(x)`, where |d| reaches the threshold."""

    def run(self, request: Request, context: Context) -> Output:
        """The sharpened picture, not clipped."""
        pixels = picture(request)
        with context.stage("sharpen") as stage:
            detail = gaussian_blur(pixels, number(request, "sigma"), tick=ticking(context, stage))
        np.subtract(pixels, detail, out=detail)
        threshold = number(request, "threshold")
        if threshold > 0:
            detail[np.abs(detail) < threshold] = 0
        detail *= np.float32(number(request, "amount"))
        detail += pixels
        return Output(image=detail)
