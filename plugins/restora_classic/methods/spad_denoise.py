"""Denoising one sum of frames before the inversion."""

from __future__ import annotations

from restora.api import Context, Output, Request
from restora_classic.methods.base import WeightlessMethod, choice, number, ticking
from restora_classic.methods.spad_denoising import denoise_counts
from restora_classic.methods.spad_light import demosaiced, finished, flux_of
from restora_classic.methods.spad_source import Capture


class SpadDenoise(WeightlessMethod):
    """Anscombe transform, collaborative filter, exact inverse by table, then the inversion to light."""

    def run(self, request: Request, context: Context) -> Output:
        """Linear light of the asked frames, taken as still."""
        with context.stage("sum", 0.05) as stage:
            capture = Capture.of(request)
            raw = capture.summed(capture.window, ticking(context, stage))
            bad = capture.bad_pixels(raw)
            counts = capture.repaired(raw, bad)
        frames = capture.binary_frames(capture.window)
        with context.stage("denoise", 0.95) as stage:
            rate = denoise_counts(
                counts,
                frames,
                capture.colour_filter,
                strength=number(request, "strength"),
                tick=ticking(context, stage),
            )
        flux = flux_of(rate, frames)
        full = demosaiced(flux, capture.colour_filter, choice(request, "demosaic"))
        image = finished(full, request)
        return Output(image=image, info=capture.facts(float(counts.mean()), float(flux.mean()), bad))
