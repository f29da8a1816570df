"""Denoising by collaborative filtering, for any picture."""

from __future__ import annotations

from restora.api import Context, Output, Request
from restora_classic.methods.base import WeightlessMethod, number, picture, ticking
from restora_classic.methods.collaborative import collaborative_filter


class Denoise(WeightlessMethod):
    """Similar patches are stacked, transformed and shrunk together."""

    def run(self, request: Request, context: Context) -> Output:
        """The denoised picture."""
        region = request.region
        with context.stage("denoise") as stage:
            image = collaborative_filter(
                picture(request),
                number(request, "noise") ** 2,
                phase=(0, 0) if region is None else (region.y, region.x),
                tick=ticking(context, stage),
            )
        return Output(image=image)
