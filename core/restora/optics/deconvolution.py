"""Undoing a blur that varies over the field."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError
from restora.optics.psf import Lens, blur, blur_adjoint, picture_of, spectrum_of, zone_shares

Tick = Callable[[int, int], None]

_DARK = 1e-4
"""Light below which ratios mean nothing."""


def wiener(light: ImageArray, lens: Lens, noise_to_signal: float, *, tick: Tick | None = None) -> ImageArray:
    """Least squares per frequency, H / (H² + noise_to_signal), zone by zone, then blended over the field.

    Linear light, height x width x channels. Coma is left in. Raises BadInputError for a ratio of 0 or less.
    """
    if not noise_to_signal > 0:
        raise BadInputError(f"the noise to signal ratio must be above 0, got {noise_to_signal:g}")
    height, width, channels = light.shape
    shares = zone_shares(lens, height, width)
    out = np.zeros(light.shape, np.float32)
    for channel in range(channels):
        mean = light[:, :, channel].mean()
        spectrum, shape, border = spectrum_of(light[:, :, channel] - mean)
        for zone, share in enumerate(shares):
            transfer = lens.transfer(zone, channel, shape, min(height, width))
            spectrum_clean = spectrum * (transfer / (transfer**2 + np.float32(noise_to_signal)))
            out[:, :, channel] += share * picture_of(spectrum_clean, shape, border, (height, width))
            if tick is not None:
                tick(channel * len(shares) + zone + 1, channels * len(shares))
        out[:, :, channel] += mean
    return out


def richardson_lucy(light: ImageArray, lens: Lens, rounds: int, *, tick: Tick | None = None) -> ImageArray:
    """The light that most probably made these electrons, by `rounds` multiplications; never below zero.

    Sharpens with every round, and noise with it. Coma is left in. Raises BadInputError below one round.
    """
    if rounds < 1:
        raise BadInputError(f"at least one round is needed, got {rounds}")
    seen = np.maximum(light, _DARK)
    reach = blur_adjoint(np.ones_like(seen), lens)
    guess: ImageArray = seen.copy()
    for number in range(rounds):
        ratio = np.asarray(seen / np.maximum(blur(guess, lens), _DARK), np.float32)
        guess = np.asarray(guess * blur_adjoint(ratio, lens) / reach, np.float32)
        if tick is not None:
            tick(number + 1, rounds)
    return guess
