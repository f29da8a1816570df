"""White balance and exposure: gains on linear light, after inversion."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def grey_world_gains(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """Gains that bring the three channel means of an H x W x 3 picture to their common mean."""
    means = _colour(rgb).reshape(-1, 3).mean(axis=0, dtype=np.float64)
    return _gains(means.mean(), means)


def brightest_gains(rgb: NDArray[Any], white: float = 1.0) -> NDArray[np.float64]:
    """Gains that bring the maximum of every channel to `white`."""
    return _gains(white, _colour(rgb).reshape(-1, 3).max(axis=0).astype(np.float64))


def white_point(light: NDArray[Any], percentile: float = 97.0) -> float:
    """The light that becomes white on display, by percentile over all channels; 1 for a black picture."""
    found = float(np.percentile(light, percentile))
    return found if found > 0 else 1.0


def _gains(target: float, found: NDArray[np.float64]) -> NDArray[np.float64]:
    # A channel without any light has no gain that would help: it stays as it is.
    return np.divide(target, found, out=np.ones(3), where=found > 0)


def _colour(rgb: NDArray[Any]) -> NDArray[Any]:
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.size == 0:
        raise BadInputError(f"white balance needs height x width x 3, got shape {rgb.shape}")
    return rgb
