"""Colour from a picture that was taken through a colour filter."""

from __future__ import annotations

import numpy as np

from restora.api import ColourFilter, Context, Output, Request
from restora.data.photon_cube import shift_filter
from restora_classic.methods.base import WeightlessMethod, choice, picture
from restora_classic.methods.spad_light import demosaiced


class Demosaic(WeightlessMethod):
    """Fills in the two colours that every pixel did not see."""

    def run(self, request: Request, context: Context) -> Output:
        """Three channels of the same size."""
        with context.stage("demosaic") as stage:
            context.checkpoint()
            mosaic = picture(request)
            order = ColourFilter(choice(request, "order"))
            if request.region is not None:
                order = shift_filter(order, request.region.x, request.region.y)
            image = demosaiced(mosaic, order, choice(request, "demosaic"))
            stage.advance(1, 1)
        return Output(image=np.ascontiguousarray(image, np.float32))
