"""The Anscombe transform for binomial counts, and its exact inverse by table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError
from restora.photons.counts import check_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

_TABLE_POINTS = 4001
_REACH_SD = 10.0
"""How far from its mean a binomial is summed: what lies beyond is below 1e-20."""
_SLACK = 40
"""Added to the reach because rare events have longer tails than their standard deviation says."""
_MOST_FRAMES = 65535


def stabilise(counts: NDArray[np.unsignedinteger], frames: int) -> NDArray[np.float32]:
    """asin √((S + 3/8)/(n + 3/4)): noise of about the same size, `noise_sd(n)`, at every brightness."""
    check_counts(counts, frames)
    return _stabilised(counts.astype(np.float64), frames).astype(np.float32)


def noise_sd(frames: int) -> float:
    """The standard deviation of stabilised counts, 1/√(4n + 2); in the dark it is smaller than that."""
    return 1 / math.sqrt(4 * frames + 2)


def unstabilise(stabilised: NDArray[np.floating], frames: int) -> NDArray[np.float32]:
    """The detection probability whose stabilised counts have the given mean: the exact unbiased inverse.

    Meant for denoised values, which are means; values outside what counts can reach give 0 or 1.
    """
    table = _inverse_table(frames)
    probability: NDArray[np.float32] = np.interp(stabilised, table.expected, table.probability).astype(
        np.float32
    )
    return probability


def expected_stabilised(probability: float, frames: int) -> float:
    """The mean of stabilised counts at one detection probability, summed over the binomial."""
    if not 0 <= probability <= 1:
        raise BadInputError(f"a probability lies in 0 to 1, got {probability:g}")
    return _expected(probability, _BinomialTerms.of(frames))


@dataclass(frozen=True, slots=True, kw_only=True)
class _InverseTable:
    probability: NDArray[np.float64]
    expected: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _BinomialTerms:
    """What the sum over S needs and does not depend on the probability."""

    frames: int
    log_choices: NDArray[np.float64]
    stabilised: NDArray[np.float64]

    @classmethod
    def of(cls, frames: int) -> _BinomialTerms:
        if not 1 <= frames <= _MOST_FRAMES:
            raise BadInputError(f"frames must be 1 to {_MOST_FRAMES}, got {frames}")
        log_factorial = np.array([math.lgamma(k + 1) for k in range(frames + 1)])
        return cls(
            frames=frames,
            log_choices=log_factorial[-1] - log_factorial - log_factorial[::-1],
            stabilised=_stabilised(np.arange(frames + 1, dtype=np.float64), frames),
        )


@lru_cache(maxsize=16)
def _inverse_table(frames: int) -> _InverseTable:
    terms = _BinomialTerms.of(frames)
    # Even steps in the angle, not in p: the curve is steepest at both ends.
    probability = np.sin(np.linspace(0, math.pi / 2, _TABLE_POINTS)) ** 2
    expected = np.array([_expected(float(p), terms) for p in probability])
    return _InverseTable(probability=probability, expected=expected)


def _expected(p: float, terms: _BinomialTerms) -> float:
    n = terms.frames
    if p in (0.0, 1.0):
        return float(terms.stabilised[int(p) * n])
    reach = _REACH_SD * math.sqrt(n * p * (1 - p)) + _SLACK
    low, high = max(0, int(n * p - reach)), min(n, int(n * p + reach) + 1)
    hits = np.arange(low, high + 1)
    log_weight = terms.log_choices[low : high + 1] + hits * math.log(p) + (n - hits) * math.log1p(-p)
    return float(np.exp(log_weight) @ terms.stabilised[low : high + 1])


def _stabilised(counts: NDArray[np.float64], frames: int) -> NDArray[np.float64]:
    return np.arcsin(np.sqrt((counts + 0.375) / (frames + 0.75)))
