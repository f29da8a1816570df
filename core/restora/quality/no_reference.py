"""Figures for a single picture: how noisy and how sharp it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Image
from restora.errors import BadInputError
from restora.quality.views import check_finite, displayed, luma

if TYPE_CHECKING:
    from numpy.typing import NDArray

_NORMAL_MEDIAN = 0.6745
"""Median of |x| for standard normal x."""
_REBLUR = 9
"""Pixels over which the picture is blurred once more, after Crete et al. 2007."""


def noise(image: Image) -> float:
    """Estimated standard deviation of white noise in luma, sRGB code values 0..1 (Donoho's median rule).

    The median absolute diagonal difference of 2 x 2 blocks; fine texture counts as noise, blurred noise does
    not. Raises BadInputError below 2 x 2 pixels.
    """
    values = _luma(image, 2)
    rows, columns = values.shape[0] // 2 * 2, values.shape[1] // 2 * 2
    even, odd = values[0:rows:2, :columns], values[1:rows:2, :columns]
    diagonal = (even[:, ::2] - even[:, 1::2] - odd[:, ::2] + odd[:, 1::2]) / 2
    return float(np.median(np.abs(diagonal)) / _NORMAL_MEDIAN)


def sharpness(image: Image) -> float:
    """0 (nothing is lost by one more blur) to 1 (a further blur takes all contrast between neighbours).

    One minus the perceptual blur figure of Crete et al. 2007, on luma of sRGB code values. Noise looks sharp
    to it. A flat picture gives 0. Raises BadInputError below 10 x 10 pixels.
    """
    values = _luma(image, _REBLUR + 1)
    return min(_lost_by_blur(values), _lost_by_blur(values.T))


def _luma(image: Image, least: int) -> NDArray[np.float64]:
    check_finite(image, "the picture")
    if min(image.width, image.height) < least:
        raise BadInputError(
            f"this figure needs at least {least} pixels per side, "
            f"the picture has {image.width} x {image.height}"
        )
    return luma(displayed(image))


def _lost_by_blur(values: NDArray[np.float64]) -> float:
    """The share of the contrast between rows that a blur across rows takes away."""
    before = np.abs(np.diff(values, axis=0))
    reach = _REBLUR // 2
    padded = np.pad(values, ((reach, reach), (0, 0)), mode="edge")
    sums = sum(padded[k : k + values.shape[0]] for k in range(_REBLUR))
    after = np.abs(np.diff(np.asarray(sums) / _REBLUR, axis=0))
    contrast = float(before.sum())
    return float(np.maximum(before - after, 0).sum()) / contrast if contrast > 0 else 0.0
