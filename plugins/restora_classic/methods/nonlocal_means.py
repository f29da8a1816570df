"""Denoising by averaging places that look alike."""

from __future__ import annotations

import numpy as np

from restora.api import Context, ImageArray, Output, Request
from restora_classic.methods.base import WeightlessMethod, number, picture, ticking, whole
from restora_classic.methods.shifts import Tick, box_means, neighbours

_DECAY = 0.4
"""Of the noise's variance: how much unlikeness beyond noise lets a weight fall to 1/e."""


class NonLocalMeans(WeightlessMethod):
    """Every pixel becomes a mean over its search window, weighted by the likeness of patches."""

    def run(self, request: Request, context: Context) -> Output:
        """The denoised picture."""
        with context.stage("denoise") as stage:
            image = nonlocal_means(
                picture(request),
                sigma=number(request, "noise"),
                patch=whole(request, "patch"),
                search=whole(request, "search"),
                tick=ticking(context, stage),
            )
        return Output(image=image)


def nonlocal_means(
    pixels: ImageArray, *, sigma: float, patch: int, search: int, tick: Tick | None
) -> ImageArray:
    """Patches of (2·patch + 1)² pixels, compared up to `search` pixels away; `sigma` is the noise's sd."""
    padded = np.pad(pixels, ((patch, patch), (patch, patch), (0, 0)), mode="symmetric")
    inner = np.s_[patch : patch + pixels.shape[0], patch : patch + pixels.shape[1]]
    total = np.zeros_like(pixels)
    weights = np.zeros((*pixels.shape[:2], 1), np.float32)
    strongest = np.zeros_like(weights)
    variance = np.float32(sigma**2)
    for dy, dx, moved in neighbours(padded, search, tick):
        if dy == dx == 0:
            continue
        unlike = box_means(np.square(moved - padded).mean(axis=2), patch)[:, :, None]
        weight = np.exp(-np.maximum(unlike - 2 * variance, 0) / (_DECAY * variance))
        total += weight * moved[inner]
        weights += weight
        np.maximum(strongest, weight, out=strongest)
    # The pixel itself is always alike; it counts as much as the best of the others.
    own = np.maximum(strongest, np.float32(1e-6))
    return np.asarray((total + own * pixels) / (weights + own), np.float32)
