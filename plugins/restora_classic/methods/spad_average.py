"""The share of frames in which each pixel fired: what the sensor says, without any model."""

from __future__ import annotations

import numpy as np

from restora.api import Context, Output, Request
from restora_classic.methods.base import WeightlessMethod, choice
from restora_classic.methods.spad_light import demosaiced
from restora_classic.methods.spad_source import Capture


class SpadAverage(WeightlessMethod):
    """S / n as linear light: saturates at 1 however bright the scene is."""

    def run(self, request: Request, context: Context) -> Output:
        """The average of the asked frames."""
        with context.stage("sum") as stage:
            context.checkpoint()
            capture = Capture.of(request)
            counts = capture.counts()
            stage.advance(1, 1)
        rate = counts / np.float64(capture.binary_frames(capture.window))
        image = demosaiced(rate, capture.colour_filter, choice(request, "demosaic"))
        facts = {k: v for k, v in capture.facts(counts, rate).items() if k != "photons_per_pixel"}
        return Output(image=np.ascontiguousarray(image, np.float32), info=facts)
