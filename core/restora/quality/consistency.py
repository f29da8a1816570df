"""How far a measurement lies from what a result predicts for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.arrays import Mask


def residual_of_counts(
    measured: NDArray[np.unsignedinteger],
    predicted: NDArray[np.floating],
    frames: int,
    bad_pixels: Mask,
) -> NDArray[np.float64]:
    """Measured minus predicted detections in standard deviations of a count from `frames` binary frames.

    A perfect prediction leaves values of mean 0 and mean square 1. Bad pixels are NaN. The deviation is that
    of the prediction, at least that of half a detection (or of half a missing one).
    """
    check_shapes(measured, predicted)
    least = 0.5 / frames
    probability = np.clip(np.asarray(predicted, np.float64) / frames, least, 1 - least)
    deviation = np.sqrt(frames * probability * (1 - probability))
    residual: NDArray[np.float64] = (measured - np.asarray(predicted, np.float64)) / deviation
    residual[bad_pixels] = np.nan
    return residual


def residual_of_picture(
    measured: NDArray[np.floating], predicted: NDArray[np.floating]
) -> NDArray[np.float64]:
    """Measured minus predicted values; NaN where either is not finite."""
    check_shapes(measured, predicted)
    with np.errstate(invalid="ignore"):
        residual = np.asarray(measured, np.float64) - predicted
    return np.where(np.isfinite(residual), residual, np.nan)


def root_mean_square(residual: NDArray[np.float64]) -> float:
    """Over all values but NaN; 0 where there is none."""
    known = residual[np.isfinite(residual)]
    return float(np.sqrt(np.mean(np.square(known)))) if known.size else 0.0


def over_blocks(residual: NDArray[np.float64], side: int) -> float:
    """Root mean square of standardised residuals summed over blocks of `side` x `side` pixels.

    Each sum is divided by the root of how many samples it has, so that noise alone gives 1 again, while a
    picture that is wrong over larger areas gives much more than it does pixel by pixel.
    """
    known = np.isfinite(residual)
    sums, counts = (_block_sums(plane, side) for plane in (np.where(known, residual, 0), known))
    return float(np.sqrt(np.mean(np.square(sums[counts > 0]) / counts[counts > 0]))) if counts.any() else 0.0


def _block_sums(values: NDArray[np.generic], side: int) -> NDArray[np.float64]:
    planes = np.asarray(values, np.float64).sum(axis=2)
    rows = np.add.reduceat(planes, np.arange(0, planes.shape[0], side), axis=0)
    sums: NDArray[np.float64] = np.add.reduceat(rows, np.arange(0, planes.shape[1], side), axis=1)
    return sums


def per_pixel(residual: NDArray[np.float64], *, is_standardised: bool) -> NDArray[np.float32]:
    """One signed value per pixel, height x width x 1; 0 where nothing is known.

    The mean over channels; of standardised residuals their sum over the root of their number, which is
    standardised again.
    """
    known = np.isfinite(residual)
    total = np.where(known, residual, 0).sum(axis=2, keepdims=True)
    count = np.maximum(known.sum(axis=2, keepdims=True), 1)
    return np.asarray(total / (np.sqrt(count) if is_standardised else count), np.float32)


def check_shapes(measured: NDArray[np.generic], predicted: NDArray[np.generic]) -> None:
    """Raise BadInputError unless both have the same shape."""
    if measured.shape != predicted.shape:
        raise BadInputError(
            f"the prediction has shape {predicted.shape}, the measurement {measured.shape}; they must agree"
        )
