"""A picture at another size."""

from __future__ import annotations

import numpy as np

from restora.api import Context, ImageArray, Output, Request
from restora.optics.resample import Filter, Tick, output_side, resample
from restora_classic.methods.base import WeightlessMethod, choice, flag, number, picture, ticking

_TRANSPARENT = 1e-6


class Resize(WeightlessMethod):
    """Resamples colour weighted by alpha, so that invisible pixels do not bleed into visible ones."""

    def run(self, request: Request, context: Context) -> Output:
        """The picture with each side multiplied by `scale` and rounded."""
        pixels = picture(request)
        scale = number(request, "scale")
        height, width = output_side(pixels.shape[0], scale), output_side(pixels.shape[1], scale)
        if (height, width) == pixels.shape[:2]:
            return Output(image=np.array(pixels))
        with context.stage("resample") as stage:
            out = resized(
                pixels,
                height,
                width,
                filter=Filter(choice(request, "filter")),
                antialias=flag(request, "antialias"),
                tick=ticking(context, stage),
            )
        return Output(image=out)


def resized(
    pixels: ImageArray,
    height: int,
    width: int,
    *,
    filter: Filter,
    antialias: bool,
    tick: Tick | None = None,
) -> ImageArray:
    """See `restora.optics.resample.resample`; a fourth channel is alpha and weights the colours."""
    out = resample(_weighted(pixels), height, width, filter=filter, antialias=antialias, tick=tick)
    return _unweighted(out)


def _weighted(pixels: ImageArray) -> ImageArray:
    if pixels.shape[2] < 4:
        return pixels
    return np.concatenate([pixels[:, :, :3] * pixels[:, :, 3:], pixels[:, :, 3:]], axis=2)


def _unweighted(pixels: ImageArray) -> ImageArray:
    if pixels.shape[2] < 4:
        return pixels
    alpha = pixels[:, :, 3:]
    visible = np.abs(alpha) > _TRANSPARENT
    colour = np.where(visible, pixels[:, :, :3] / np.where(visible, alpha, 1), 0)
    return np.concatenate([colour, alpha], axis=2)
