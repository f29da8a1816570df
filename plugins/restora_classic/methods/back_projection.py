"""Enlarging so that shrinking the result gives the original back."""

from __future__ import annotations

import numpy as np

from restora.api import Context, ImageArray, Output, Request
from restora.optics.resample import Filter, resample
from restora_classic.methods.base import WeightlessMethod, number, picture, ticking, whole
from restora_classic.methods.shifts import neighbours


class BackProjection(WeightlessMethod):
    """Lanczos first; then what is missing after shrinking is added, round by round, along edges."""

    def run(self, request: Request, context: Context) -> Output:
        """The picture `scale` times as large; how far it explains the original is reported."""
        small = picture(request)
        scale = whole(request, "scale")
        height, width = small.shape[0] * scale, small.shape[1] * scale
        large = resample(small, height, width, filter=Filter.LANCZOS)
        rounds = whole(request, "rounds")
        with context.stage("refine") as stage:
            tick = ticking(context, stage)
            for done in range(rounds):
                missing = small - _shrunk(large, small)
                step = resample(missing, height, width, filter=Filter.BICUBIC)
                large += _along_edges(step, large, scale, number(request, "edge"))
                tick(done + 1, rounds)
        residual = float(np.sqrt(np.mean(np.square(small - _shrunk(large, small)))))
        return Output(image=large, info={"unexplained": residual})


def _shrunk(large: ImageArray, small: ImageArray) -> ImageArray:
    return resample(large, small.shape[0], small.shape[1], filter=Filter.BICUBIC)


def _along_edges(step: ImageArray, guide: ImageArray, scale: int, contrast: float) -> ImageArray:
    """The correction averaged over pixels of like colour, so that it does not leak over edges."""
    total = np.zeros_like(step)
    weights = np.zeros((*step.shape[:2], 1), np.float32)
    both = np.concatenate([guide, step], axis=2)
    channels = guide.shape[2]
    for dy, dx, moved in neighbours(both, scale // 2 + 1):
        unlike = np.square(moved[:, :, :channels] - guide).mean(axis=2, keepdims=True)
        weight = np.exp(-unlike / (2 * contrast**2) - (dy * dy + dx * dx) / (2 * (scale / 2) ** 2))
        total += weight * moved[:, :, channels:]
        weights += weight
    return np.asarray(total / weights, np.float32)
