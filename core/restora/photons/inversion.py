"""From detections back to light: the maximum-likelihood flux of clocked and of free-running pixels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError
from restora.photons.counts import check_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

SATURATION_MARGIN = 0.5
"""Half a detection below saturation: the largest rate that a full pixel is believed to have seen."""

_NO_TIME = 1e-9
"""Share of the exposure below which remaining time is only rounding."""


def flux_from_counts(
    counts: NDArray[np.unsignedinteger], frames: int, *, margin: float = SATURATION_MARGIN
) -> NDArray[np.float64]:
    """Mean detections per frame that would have happened without saturation: -ln(1 - S/n).

    A pixel that fired in every frame has no finite answer: S is held at n - `margin` at most
    (0.5 here; 1 is the other convention in use, and leaves nothing of single frames).
    Sum first, invert last: the mean over inverted frames is biased.

    Raises:
        BadInputError: for counts above `frames`, or a margin outside 0 < margin <= 1.
    """
    check_counts(counts, frames)
    if not 0 < margin <= 1:
        raise BadInputError(f"margin must be above 0 and at most 1, got {margin:g}")
    held = np.minimum(counts.astype(np.float64), frames - margin)
    return 0.0 - np.log1p(-held / frames)


def flux_from_rate(rate: NDArray[np.floating], *, ceiling: float) -> NDArray[np.float64]:
    """-ln(1 - rate) for merged or denoised rates; rates are held in 0..`ceiling`, which lies below 1."""
    if not 0 < ceiling < 1:
        raise BadInputError(f"ceiling must lie between 0 and 1, got {ceiling:g}")
    return 0.0 - np.log1p(-np.clip(np.asarray(rate, np.float64), 0, ceiling))


def scene_light(
    flux: NDArray[np.float64], *, brightness: float = 1.0, dark: float = 0.0
) -> NDArray[np.float64]:
    """Linear scene light from flux per frame; `dark` detections per frame are taken off, never below zero."""
    if not brightness > 0:
        raise BadInputError(f"brightness must be above 0, got {brightness:g}")
    return np.maximum(flux - dark, 0.0) / brightness


def flux_error(flux: NDArray[np.floating], frames: int) -> NDArray[np.float64]:
    """The smallest standard deviation any unbiased estimate from `frames` frames can have (Cramér-Rao)."""
    return np.sqrt(np.expm1(np.asarray(flux, np.float64)) / frames)


def free_running_flux(
    counts: NDArray[np.unsignedinteger], *, exposure: float, dead_time: float, efficiency: float = 1.0
) -> NDArray[np.float64]:
    """Photons per second from the counts of a free-running pixel with a non-paralysable dead time.

    `exposure` and `dead_time` are seconds. N / (q·(T - N·t)): exact in the mean for long exposures.

    Raises:
        BadInputError: where a count reaches what dead time allows in the exposure, or a time is no time.
    """
    if not (exposure > 0 and dead_time >= 0 and 0 < efficiency <= 1):
        raise BadInputError(
            f"exposure must be above 0, dead_time at least 0 and efficiency above 0 and at most 1, "
            f"got {exposure:g}, {dead_time:g} and {efficiency:g}"
        )
    live = exposure - counts.astype(np.float64) * dead_time
    if live.size and live.min() <= exposure * _NO_TIME:
        limit = math.ceil(exposure / dead_time * (1 - _NO_TIME)) - 1
        raise BadInputError(
            f"a count of {int(counts.max())} cannot happen in {exposure:g} s with a dead time of "
            f"{dead_time:g} s, which leaves room for {limit}"
        )
    return counts / (efficiency * live)
