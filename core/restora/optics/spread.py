"""How wide a photo's blur is, told from how it differs between the colours.

What a scene holds at each fineness is unknown, but it is nearly the same in red, green and blue. A metalens
is not: its blue has less halo and more veil. So the ratios between the colours, from coarse to fine, follow
the lens, and stretching the lens shifts them. Only products of two different colours are used, in which the
noise of the sensor cancels. docs/measurements.md says how well this works.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.transfer import to_linear
from restora.errors import UnsuitableItemError
from restora.optics.psf import FIELD_SIDE, Lens, zone_shares

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WINDOW = 128
"""Side of the pieces that are looked at, in pixels of a field of 400."""
_SMALLEST = 128
_EDGES = np.array([1.5, 2.5, 3.5, 4.5, 6, 8, 11, 15, 20, 27]) / _WINDOW
"""Between the bands of fineness, in cycles per pixel of a field of 400."""
_BANDS = len(_EDGES) - 1
_COARSE_BANDS = 6
"""That many are used where colours are kept coarser than brightness, as JPEG does."""
_COARSE = 0.3
_FINEST = (0.35, 0.5)
"""Cycles per pixel of the file, where that is seen."""
_FEWEST_BANDS = 4
_PAIRS = ((0, 1), (0, 2), (1, 2))
_FACTORS = np.exp(np.linspace(np.log(0.25), np.log(4), 97))
_FALL = 3.0
"""Power of scenes falls about with this power of the frequency; it only weighs the inside of a band."""
_TILT = 0.1
"""By how much the colours of a scene part, in the logarithm per e-fold of frequency: a standard deviation."""
_TOLERANCE = 0.08
"""Standard deviation of what neither lens nor tilt explains, in the same logarithm."""
_UNSURE = 0.5
"""Bands are used up to the first whose ratios are less certain than this."""
_LIKELY = 4.0
"""Misfit above the least one at which a factor is taken for possible: two standard deviations."""
MOST_MISFIT = 2.0
"""From here on another lens than the one that was asked about took the photo."""
_WIDEST = 1.7
"""Between the lowest and the highest factor that is possible. Chosen so that of 512 simulated photos none
that was accepted was off by more than 1.32 times."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpreadEstimate:
    """By what the widths of a lens are to be multiplied."""

    factor: float
    lowest: float
    """Factors from here to `highest` explain the photo about as well."""
    highest: float
    misfit: float
    """About 1 where the lens explains the photo."""

    @property
    def is_sure(self) -> bool:
        """Whether the factor is known well enough to be used."""
        is_inside = self.lowest > _FACTORS[0] and self.highest < _FACTORS[-1]
        return is_inside and self.highest <= _WIDEST * self.lowest and self.misfit < MOST_MISFIT


def estimate_spread(photo: ImageArray, lens: Lens) -> SpreadEstimate:
    """The factor for which `lens` explains a photo best, sRGB height x width x 3.

    Raises UnsuitableItemError where the photo is grey, too small, or nothing in it can be told from noise.
    """
    if photo.shape[2] != 3 or min(photo.shape[:2]) < _SMALLEST:
        raise UnsuitableItemError(
            f"the blur is told from the three colours of a photo of at least {_SMALLEST} pixels a side, "
            f"this one is {photo.shape[1]} x {photo.shape[0]} with {photo.shape[2]} channel(s)"
        )
    bands = _COARSE_BANDS if _has_coarse_colours(photo) else _BANDS
    powers, shares = _cross_powers(to_linear(photo), lens)
    powers = powers[:, :, :bands]
    ratios, deviations, used = _ratios(powers)
    if used < _FEWEST_BANDS:
        raise UnsuitableItemError(
            "the blur cannot be told from this photo: its fine structure is lost in noise"
        )
    weights = np.maximum(powers[:, 0, 1:].sum(axis=1), 0)
    seen = weights @ shares / max(weights.sum(), np.finfo(np.float64).tiny)
    expected = _expected_ratios(lens, seen)[:, :, :used]
    misfits = _misfits(ratios[:, :used], deviations[:, :used], expected)
    best = int(misfits.argmin())
    misfit = float(misfits[best]) / max(1, 2 * used - 5)
    likely = _FACTORS[misfits <= misfits[best] + _LIKELY * max(1.0, misfit)]
    return SpreadEstimate(
        factor=float(_FACTORS[best]),
        lowest=float(likely.min()),
        highest=float(likely.max()),
        misfit=misfit,
    )


def _has_coarse_colours(photo: ImageArray) -> bool:
    """Whether colours end before brightness does, at the finest structure that the file holds."""
    height, width = photo.shape[:2]
    window = np.outer(np.hanning(height), np.hanning(width))
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None, :]
    frequency = np.hypot(rows, columns)
    finest = (frequency > _FINEST[0]) & (frequency < _FINEST[1])
    bright = photo.mean(axis=2)
    powers = [
        float((np.abs(np.fft.rfft2((plane - plane.mean()) * window)[finest]) ** 2).mean())
        for plane in (bright, photo[:, :, 0] - photo[:, :, 1], photo[:, :, 2] - photo[:, :, 1])
    ]
    # Noise that is alike and independent in all colours gives six times as much power to a difference.
    return (powers[1] + powers[2]) / 2 < 6 * _COARSE * powers[0]


def _cross_powers(light: ImageArray, lens: Lens) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of each window: the products of two colours' spectra, pairs x bands, and the lens's zones in it."""
    height, width = light.shape[:2]
    scale = min(height, width) / FIELD_SIDE
    side = min(round(_WINDOW * scale), height, width)
    frequencies, counts = _frequencies(side, scale)
    inside, band = _in_bands(frequencies)
    window = np.outer(np.hanning(side + 2)[1:-1], np.hanning(side + 2)[1:-1])
    zones = zone_shares(lens, height, width)
    powers, shares = [], []
    for top in range(0, height - side + 1, side // 2):
        for left in range(0, width - side + 1, side // 2):
            piece = light[top : top + side, left : left + side].astype(np.float64)
            spectra = [
                np.fft.rfft2((piece[:, :, c] - piece[:, :, c].mean()) * window)[inside] for c in range(3)
            ]
            products = [(spectra[a] * spectra[b].conj()).real * counts[inside] for a, b in _PAIRS]
            powers.append([np.bincount(band, product, _BANDS) for product in products])
            shares.append(zones[:, top : top + side, left : left + side].mean(axis=(1, 2)))
    return np.array(powers), np.array(shares, np.float64)


def _frequencies(side: int, scale: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Cycles per pixel of a field of 400 in an `rfft2`, and how often each stands in the whole spectrum."""
    columns = np.fft.rfftfreq(side)
    frequencies = np.hypot(np.fft.fftfreq(side)[:, None], columns[None, :]) * scale
    counts = np.where((columns == 0) | (columns == 0.5), 1.0, 2.0)
    return frequencies, np.broadcast_to(counts, frequencies.shape)


def _in_bands(frequencies: NDArray[np.float64]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which frequencies lie in any band, and in which."""
    band = np.digitize(frequencies, _EDGES) - 1
    inside = (band >= 0) & (band < _BANDS)
    return inside, band[inside]


def _ratios(powers: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Logarithms of red to blue and red to green, their standard deviations, and how many bands are certain.

    The deviations come from leaving out one window after the other.
    """
    total = powers.sum(axis=0)
    without = total - powers
    tiny = np.finfo(np.float64).tiny

    def compared(sums: NDArray[np.float64]) -> NDArray[np.float64]:
        logarithms = np.log(np.maximum(sums, tiny))
        return np.stack(
            [logarithms[..., 0, :] - logarithms[..., 2, :], logarithms[..., 1, :] - logarithms[..., 2, :]], -2
        )

    count = len(powers)
    left_out = compared(without)
    variance = (count - 1) / count * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    deviations = np.sqrt(variance)
    is_certain = (total > 0).all(axis=0) & (deviations < _UNSURE).all(axis=0)
    used = int(np.argmin(np.append(is_certain, False)))
    return compared(total), deviations, used


def _expected_ratios(lens: Lens, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same ratios for a scene without colours through the lens at each factor, factors x 2 x bands."""
    frequencies, counts = _frequencies(_WINDOW, 1.0)
    inside, band = _in_bands(frequencies)
    square = -2 * (np.pi * frequencies[inside]) ** 2
    weight = counts[inside] * frequencies[inside] ** -_FALL
    found = np.empty((len(_FACTORS), 2, _BANDS))
    for number, factor in enumerate(_FACTORS):
        passed = [_passed(lens, shares, colour, factor**2 * square) for colour in range(3)]
        sums = [np.log(np.bincount(band, passed[a] * passed[b] * weight, _BANDS)) for a, b in _PAIRS]
        found[number] = sums[0] - sums[2], sums[1] - sums[2]
    return found


def _passed(
    lens: Lens, shares: NDArray[np.float64], colour: int, square: NDArray[Any]
) -> NDArray[np.float64]:
    """What the lens lets through of each frequency, its zones mixed."""
    total = np.zeros_like(square)
    for share, weights, sigmas in zip(shares, lens.weights[:, colour], lens.sigmas[:, colour], strict=True):
        for part, sigma in zip(weights, sigmas, strict=True):
            total += share * part * np.exp(square * sigma**2)
    return total


def _misfits(
    ratios: NDArray[np.float64], deviations: NDArray[np.float64], expected: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Of each factor: squared distance between ratios and expectation in standard deviations.

    Each curve may lie higher or lower, as scenes have colours, and tilt a little.
    """
    middles = np.log(np.sqrt(_EDGES[1:] * _EDGES[:-1]) / _EDGES[len(_EDGES) // 2])[: ratios.shape[1]]
    basis = np.stack([np.ones_like(middles), middles], axis=1)
    total = np.zeros(len(expected))
    for curve in range(2):
        weight = 1 / (deviations[curve] ** 2 + _TOLERANCE**2)
        normal = basis.T @ (basis * weight[:, None]) + np.diag([0.0, _TILT**-2])
        difference = ratios[curve] - expected[:, curve]
        fitted = np.linalg.solve(normal, basis.T @ (weight[:, None] * difference.T)).T
        rest = difference - fitted @ basis.T
        total += (weight * rest**2).sum(axis=1) + (fitted[:, 1] / _TILT) ** 2
    return total
