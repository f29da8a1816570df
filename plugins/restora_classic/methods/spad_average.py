"""The share of frames in which each pixel fired: what the sensor says, without any model."""

from __future__ import annotations

import numpy as np

from restora.api import Context, Output, Request
from restora_classic.methods.base import WeightlessMethod, choice, ticking
from restora_classic.methods.spad_light import demosaiced
from restora_classic.methods.spad_source import Capture


class SpadAverage(WeightlessMethod):
    """S / n as linear light: saturates at 1 however bright the scene is."""

    def run(self, request: Request, context: Context) -> Output:
        """The average of the asked frames."""
        with context.stage("sum") as stage:
            capture = Capture.of(request)
            raw = capture.summed(capture.window, ticking(context, stage))
            bad = capture.bad_pixels(raw)
            counts = capture.repaired(raw, bad)
        rate = counts / np.float64(capture.binary_frames(capture.window))
        image = demosaiced(rate, capture.colour_filter, choice(request, "demosaic"))
        facts = capture.facts(float(counts.mean()), 0.0, bad)
        del facts["photons_per_pixel"]  # the average knows nothing of photons that were missed
        return Output(image=np.ascontiguousarray(image, np.float32), info=facts)
