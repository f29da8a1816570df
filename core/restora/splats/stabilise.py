"""Calmer films: each fixed frame takes over from the one before it what both show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError
from restora.splats.references import DepthView
from restora.splats.reprojection import Frame, Warped, reprojected

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FEATHER = 5
"""Pixels over which the blend fades in, so that no edge shows where agreement ends."""
_CHANGE = 0.15
"""A mean colour difference of this size halves the blend about twice: a moving gleam is not smeared."""


class Stabiliser:
    """Takes the frames of one path in order and gives each back, blended with its predecessors.

    `strength` is the weight of the past, from 0 (nothing changes) to below 1.
    """

    def __init__(self, strength: float = 0.5) -> None:
        if not 0 <= strength < 1:
            raise BadInputError(f"the strength of stabilising must be 0 to below 1, got {strength:g}")
        self._strength = strength
        self._before: Frame | None = None

    def next(self, picture: ImageArray, view: DepthView) -> ImageArray:
        """The frame after `picture` was blended with what came before; the first one is returned as it is."""
        frame = Frame(picture=picture, view=view)
        if self._before is not None and self._strength > 0:
            warped = reprojected(self._before, view)
            frame = Frame(picture=blended(picture, warped, self._strength), view=view)
        self._before = frame
        return frame.picture

    def forget(self) -> None:
        """Begin a new path."""
        self._before = None


def blended(picture: ImageArray, warped: Warped, strength: float) -> ImageArray:
    """`picture` mixed with a warped frame where alpha and depth agree, less where the colours differ."""
    if picture.shape != warped.picture.shape:
        raise BadInputError(
            f"frames of one path need one size, got {picture.shape[1]} x {picture.shape[0]} and "
            f"{warped.picture.shape[1]} x {warped.picture.shape[0]}"
        )
    difference = np.abs(picture - warped.picture).mean(axis=2)
    likeness = np.exp(-np.square(difference / _CHANGE))
    weight = (strength * feathered(warped.mask) * likeness)[..., None]
    return np.asarray((1 - weight) * picture + weight * warped.picture, np.float32)


def feathered(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """1 inside a mask, 0 outside, rising over some pixels from its edge inwards."""
    from scipy.ndimage import uniform_filter

    mean = uniform_filter(mask.astype(np.float32), _FEATHER, mode="nearest")
    # At a straight edge the mean is a half: 0 there, so that the blend begins without a step.
    return np.asarray(np.where(mask, np.clip(2 * mean - 1, 0, 1), 0), np.float32)
