"""Denoising of detection rates where their noise is even: behind the Anscombe transform for binomials."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.api import ColourFilter
from restora.photons.stabilise import noise_sd, unstabilise
from restora_classic.methods.collaborative import collaborative_filter

if TYPE_CHECKING:
    from numpy.typing import NDArray

Tick = Callable[[int, int], None]

_MOST_FRAMES = 65535
"""Above this the transform changes no more; its table ends here."""


def denoise_counts(
    counts: NDArray[np.uint32], frames: int, colour_filter: ColourFilter, *, strength: float, tick: Tick
) -> NDArray[Any]:
    """Detection rates, height x width x channels as the counts; a mosaic stays a mosaic.

    A mosaic is filtered as a picture of its 2 x 2 cells with four planes: all colours help each other.
    """
    even = _even(counts / np.float64(frames), frames)
    variance = np.float32((strength * noise_sd(frames)) ** 2)
    if colour_filter is ColourFilter.MONO or counts.shape[2] != 1:
        return _rate(collaborative_filter(even, float(variance), tick=tick), frames)
    height, width = even.shape[:2]
    # Mirrored about the last pixel, the filter's pattern goes on unbroken.
    whole = np.pad(
        even[:, :, 0], ((0, height % 2), (0, width % 2)), mode="reflect" if height > 1 < width else "edge"
    )
    clean = _unpacked(
        collaborative_filter(_packed(whole, colour_filter), float(variance), tick=tick), colour_filter
    )
    return _rate(clean[:height, :width, None], frames)


def denoise_rate(rate: NDArray[Any], frames: NDArray[Any], *, strength: float, tick: Tick) -> NDArray[Any]:
    """As `denoise_counts` for merged rates, whose noise is that of `frames` frames, value by value."""
    typical = max(1, round(float(np.median(frames))))
    variance = np.float32(strength**2) / (4 * np.maximum(frames, 1) + 2)
    clean = collaborative_filter(_even(rate, typical), variance.astype(np.float32), tick=tick)
    return _rate(clean, typical)


def _even(rate: NDArray[Any], frames: int) -> NDArray[Any]:
    """The transform of `stabilise`, for rates that need not be whole counts."""
    return np.arcsin(np.sqrt((rate * frames + 0.375) / (frames + 0.75))).astype(np.float32)


def _rate(even: NDArray[Any], frames: int) -> NDArray[Any]:
    return unstabilise(even, min(frames, _MOST_FRAMES))


def _order(colour_filter: ColourFilter) -> list[tuple[int, int]]:
    """Places in the cell in the order red, green, green, blue."""
    places = sorted(
        zip(colour_filter.value, ((0, 0), (0, 1), (1, 0), (1, 1)), strict=True),
        key=lambda p: "rgb".index(p[0]),
    )
    return [place for _, place in places]


def _packed(plane: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    return np.stack([plane[y::2, x::2] for y, x in _order(colour_filter)], axis=2)


def _unpacked(cells: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    plane = np.empty((2 * cells.shape[0], 2 * cells.shape[1]), cells.dtype)
    for number, (y, x) in enumerate(_order(colour_filter)):
        plane[y::2, x::2] = cells[:, :, number]
    return plane
