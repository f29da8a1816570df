"""Smoothing that stops at edges."""

from __future__ import annotations

import numpy as np

from restora.api import Context, Output, Request
from restora_classic.methods.base import WeightlessMethod, number, picture, ticking
from restora_classic.methods.shifts import neighbours

REACH_PER_SIGMA = 2.0


class Bilateral(WeightlessMethod):
    """Means over a neighbourhood, weighted by nearness in place and in colour."""

    def run(self, request: Request, context: Context) -> Output:
        """The smoothed picture."""
        pixels = picture(request)
        sigma, contrast = number(request, "sigma"), number(request, "contrast")
        total = np.zeros_like(pixels)
        weights = np.zeros((*pixels.shape[:2], 1), np.float32)
        with context.stage("smooth") as stage:
            reach = int(np.ceil(REACH_PER_SIGMA * sigma))
            for dy, dx, moved in neighbours(pixels, reach, ticking(context, stage)):
                unlike = np.square(moved - pixels).mean(axis=2, keepdims=True)
                weight = np.exp(-unlike / (2 * contrast**2) - (dy * dy + dx * dx) / (2 * sigma**2))
                total += weight * moved
                weights += weight
        return Output(image=np.asarray(total / weights, np.float32))
