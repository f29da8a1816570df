"""Structural similarity with its gradient, separable: 11 + 11 taps in place of 121."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

WINDOW = 11
SIGMA = 1.5
_C1, _C2 = 0.01**2, 0.03**2
_EDGE = WINDOW // 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SsimTarget:
    """A picture to be held against many others; what depends on it alone is computed once."""

    picture: NDArray[np.float32]
    mean: NDArray[np.float32]
    square: NDArray[np.float32]

    @classmethod
    def of(cls, picture: NDArray[np.float32]) -> SsimTarget:
        """Raises BadInputError for a picture smaller than the window."""
        if min(picture.shape[:2]) < WINDOW:
            raise BadInputError(
                f"SSIM needs at least {WINDOW} pixels per side, "
                f"the picture has {picture.shape[1]} x {picture.shape[0]}"
            )
        return cls(picture=picture, mean=_means(picture), square=_means(picture * picture))


def ssim_with_gradient(picture: NDArray[np.float32], target: SsimTarget) -> tuple[float, NDArray[np.float32]]:
    """Mean SSIM where the window fits, of values 0 to 1, and its gradient with respect to `picture`.

    Gaussian window of 11 pixels with sigma 1.5; height x width x colours, float32.
    """
    mean, other = _means(picture), target.mean
    shared = _means(picture * target.picture)
    both = mean * other
    brightness = 2 * both + _C1
    contrast = 2 * (shared - both) + _C2
    levels = mean * mean + other * other + _C1
    spread = _means(picture * picture) + target.square - levels + (_C1 + _C2)
    scale = 1 / (levels * spread)
    similarity = brightness * contrast * scale
    along_mean = 2 * (other * (contrast - brightness) * scale - mean * similarity * (1 / levels - 1 / spread))
    gradient = _spread_back(along_mean)
    gradient += np.float32(2) * picture * _spread_back(-similarity / spread)
    gradient += target.picture * _spread_back(2 * brightness * scale)
    return float(similarity.mean(dtype=np.float64)), gradient * np.float32(1 / similarity.size)


def _means(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Gaussian means at all places where the window fits."""
    import cv2

    kernel = _kernel()
    filtered = cv2.sepFilter2D(values, cv2.CV_32F, kernel, kernel).reshape(values.shape)
    return np.ascontiguousarray(filtered[_EDGE:-_EDGE, _EDGE:-_EDGE])


def _spread_back(values: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """The adjoint of `_means`: each place gives its value back to the pixels it was made of."""
    import cv2

    padded = np.pad(values, ((_EDGE, _EDGE), (_EDGE, _EDGE), (0, 0)))
    kernel = _kernel()
    spread = cv2.sepFilter2D(padded, cv2.CV_32F, kernel, kernel, borderType=cv2.BORDER_CONSTANT)
    return np.asarray(spread.reshape(padded.shape), np.float32)


def _kernel() -> NDArray[np.float32]:
    x = np.arange(WINDOW) - _EDGE
    kernel = np.exp(-(x**2) / (2 * SIGMA**2))
    return np.asarray(kernel / kernel.sum(), np.float32)
