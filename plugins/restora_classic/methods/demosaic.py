"""Colour from a picture that was taken through a colour filter."""

from __future__ import annotations

import numpy as np

from restora.api import ColourFilter, Context, Output, Request, UnsuitableItemError
from restora.data.photon_cube import shift_filter
from restora_classic.methods.base import WeightlessMethod, choice, picture
from restora_classic.methods.spad_light import demosaiced

_SMALLEST_SIDE = 3


class Demosaic(WeightlessMethod):
    """Fills in the two colours that every pixel did not see."""

    def run(self, request: Request, context: Context) -> Output:
        """Three channels of the same size."""
        with context.stage("demosaic") as stage:
            context.checkpoint()
            mosaic = picture(request)
            if min(mosaic.shape[:2]) < _SMALLEST_SIDE:
                size = f"{mosaic.shape[1]} x {mosaic.shape[0]}"
                raise UnsuitableItemError(f"a mosaic needs at least 3 x 3 pixels, the picture has {size}")
            order = ColourFilter(choice(request, "order"))
            if request.region is not None:
                order = shift_filter(order, request.region.x, request.region.y)
            image = demosaiced(mosaic, order, choice(request, "demosaic"))
            stage.advance(1, 1)
        return Output(image=np.ascontiguousarray(image, np.float32))
