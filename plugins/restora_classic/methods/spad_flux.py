"""The light that most probably made the detections, pixel by pixel."""

from __future__ import annotations

from restora.api import Context, Output, Request
from restora.photons.inversion import flux_from_counts
from restora_classic.methods.base import WeightlessMethod, choice, number, ticking
from restora_classic.methods.spad_light import demosaiced, finished
from restora_classic.methods.spad_source import Capture


class SpadFlux(WeightlessMethod):
    """-ln(1 - S/n), with S held below n by a margin."""

    def run(self, request: Request, context: Context) -> Output:
        """Linear light of the asked frames."""
        with context.stage("sum", 0.7) as stage:
            capture = Capture.of(request)
            raw = capture.summed(capture.window, ticking(context, stage))
            bad = capture.bad_pixels(raw)
            counts = capture.repaired(raw, bad)
        with context.stage("invert", 0.3) as stage:
            context.checkpoint()
            frames = capture.binary_frames(capture.window)
            flux = flux_from_counts(counts, frames, margin=number(request, "margin"))
            full = demosaiced(flux, capture.colour_filter, choice(request, "demosaic"))
            image = finished(full, request)
            stage.advance(1, 1)
        return Output(image=image, info=capture.facts(float(counts.mean()), float(flux.mean()), bad))
