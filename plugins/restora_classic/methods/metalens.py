"""A metalens photo without its veil and with the blur of its lens undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.api import JSON, Context, ImageArray, Output, Request, UnsuitableItemError
from restora.data.transfer import to_linear, to_srgb
from restora.optics.deconvolution import richardson_lucy, wiener
from restora.optics.distortion import undistort
from restora.optics.psf import Lens, gaussian_lens, typical_metalens
from restora.optics.spread import MOST_MISFIT, SpreadEstimate, estimate_spread
from restora.optics.veil import Veil, estimate_veil
from restora_classic.methods.base import WeightlessMethod, choice, number, picture, ticking, whole
from restora_classic.methods.collaborative import collaborative_filter
from restora_classic.methods.noise_level import noise_level

if TYPE_CHECKING:
    from collections.abc import Callable

_FOR_THE_VEIL = 0.003
"""Noise to signal for a first look through the blur: only its darkest places matter."""
_LEAST_NOISE = 1e-3


class Metalens(WeightlessMethod):
    """Denoise, look through the blur for the veil, take the veil off, undo the blur, straighten."""

    def run(self, request: Request, context: Context) -> Output:
        """sRGB values; the veil that was taken off is reported, and the spread where it was estimated."""
        photo = picture(request)
        if not np.isfinite(photo).all():
            raise UnsuitableItemError("the photo holds NaN or infinity, which undoing a blur would spread")
        with context.stage("lens", 0.02) as stage:
            context.checkpoint()
            estimate = estimate_of(request)
            lens = lens_of(request, estimate)
            stage.advance(1, 1)
        with context.stage("denoise", 0.35) as stage:
            light = to_linear(_calm(photo, number(request, "denoise"), ticking(context, stage)))
            stage.advance(1, 1)
        with context.stage("veil", 0.05) as stage:
            context.checkpoint()
            veil = _veil(light, lens, request)
            light = veil.remove(light)
            stage.advance(1, 1)
        with context.stage("deconvolve", 0.58) as stage:
            sharp = _deblurred(light, lens, request, ticking(context, stage))
        straight = undistort(sharp, number(request, "distortion")) if number(request, "distortion") else sharp
        info: dict[str, JSON] = {"pedestal": veil.pedestal, "tint": list(veil.tint)}
        if estimate is not None:
            info |= {"spread": estimate.factor, "spread_range": [estimate.lowest, estimate.highest]}
        return Output(image=to_srgb(np.maximum(straight, 0)), info=info)


def estimate_of(request: Request) -> SpreadEstimate | None:
    """How wide the typical lens is in the photo, where that is to be estimated; None elsewhere.

    Raises UnsuitableItemError where the photo does not tell.
    """
    if choice(request, "psf") != "estimated":
        return None
    found = estimate_spread(picture(request), typical_metalens())
    if not found.is_sure:
        why = f"spreads from {found.lowest:.2g} to {found.highest:.2g} explain it alike"
        if found.misfit >= MOST_MISFIT:
            why = "its colours do not differ as a typical metalens makes them"
        raise UnsuitableItemError(
            f"how wide the blur is cannot be told from this photo: {why}",
            advice="State it instead: the typical metalens with a spread, or Gaussians by hand.",
        )
    return found


def lens_of(request: Request, estimate: SpreadEstimate | None) -> Lens:
    """The lens whose blur is undone; `estimate` as `estimate_of` found it."""
    if estimate is not None:
        return typical_metalens().spread_by(estimate.factor)
    if choice(request, "psf") == "metalens":
        return typical_metalens().spread_by(number(request, "spread"))
    sigmas = number(request, "sigma_centre"), number(request, "sigma_corner")
    return gaussian_lens(sigmas, radii=(0.0, 2**0.5))


def _calm(photo: ImageArray, strength: float, tick: Callable[[int, int], None]) -> ImageArray:
    sigma = strength * noise_level(photo)
    if sigma < _LEAST_NOISE:
        return photo
    return collaborative_filter(photo, sigma**2, tick=tick)


def _veil(light: ImageArray, lens: Lens, request: Request) -> Veil:
    how, corner = choice(request, "veil"), number(request, "corner")
    if how == "none":
        return Veil(corner=corner)
    if how == "stated":
        return Veil(pedestal=number(request, "pedestal"), corner=corner)
    even = Veil(corner=corner).remove(light)
    found = estimate_veil(wiener(even, lens, _FOR_THE_VEIL))
    return Veil(pedestal=found.pedestal, tint=found.tint, corner=corner)


def _deblurred(
    light: ImageArray, lens: Lens, request: Request, tick: Callable[[int, int], None]
) -> ImageArray:
    if choice(request, "algorithm") == "none":
        tick(1, 1)
        return light
    if choice(request, "algorithm") == "wiener":
        return wiener(light, lens, number(request, "noise_to_signal"), tick=tick)
    return richardson_lucy(light, lens, whole(request, "rounds"), tick=tick)
