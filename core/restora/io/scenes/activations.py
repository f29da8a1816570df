"""Between what files keep (opacities, colours, unit rotations) and what a scene keeps (logits, harmonics)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.io.scenes.format import C0
from restora.io.scenes.soundness import LARGEST_LOGIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


def logit(opacity: NDArray[np.floating]) -> Floats:
    """The inverse of the sigmoid; 0 and 1 become the largest logits that we keep."""
    wide = np.asarray(opacity, np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(wide) - np.log1p(-wide)
    clipped: Floats = np.clip(found, -LARGEST_LOGIT, LARGEST_LOGIT).astype(np.float32)
    return clipped


def opacity_of(logits: Floats) -> Floats:
    """The sigmoid."""
    with np.errstate(over="ignore"):
        return (1 / (1 + np.exp(-logits.astype(np.float64)))).astype(np.float32)


def constant_band(colour: NDArray[np.floating]) -> Floats:
    """The first coefficient of a colour of 0 to 1."""
    return ((np.asarray(colour, np.float64) - 0.5) / C0).astype(np.float32)


def colour_of(constant: Floats) -> Floats:
    """The inverse, not clipped."""
    return (constant.astype(np.float64) * C0 + 0.5).astype(np.float32)


def unit(quats: Floats) -> Floats:
    """Rotations of length one; those of no length stay zero."""
    length = np.linalg.norm(quats.astype(np.float64), axis=1, keepdims=True)
    found: Floats = (quats / np.where(length == 0, 1, length)).astype(np.float32)
    return found


def levels(values: Floats, low: float, high: float, top: int) -> NDArray[np.int64]:
    """Fractions of the range from `low` to `high` as whole numbers of 0 to `top`, clipped."""
    fraction = (values.astype(np.float64) - low) / (high - low)
    found: NDArray[np.int64] = np.rint(np.clip(fraction, 0, 1) * top).astype(np.int64)
    return found
