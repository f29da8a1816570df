"""Demosaicing along edges rather than across them.

Green is interpolated in the direction in which the picture changes least, corrected by the curvature of the
colour that was measured there (the idea of Hamilton and Adams, 1997, with soft weights because of noise); red
and blue follow as smooth differences from green.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.photons.mosaic import channel_map
from restora.photons.warping import smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BORDER = 4
_SMALLEST_SIDE = 6
_EVEN = 1e-6
"""Squared change below which no direction is preferred."""
_TENT = np.array([1, 2, 1], np.float32) / 4


def demosaic_directed(raw: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    """H x W x 1 rates or light as H x W x 3; measured values stay as they are.

    Raises BadInputError below 6 x 6 pixels.
    """
    if raw.ndim != 3 or raw.shape[2] != 1 or min(raw.shape[:2]) < _SMALLEST_SIDE:
        raise BadInputError(f"a mosaic must be at least 6 x 6 with one channel, got shape {raw.shape}")
    # Mirrored about the outermost pixel, the filter's pattern goes on unbroken.
    plane = np.pad(raw[:, :, 0].astype(np.float32), _BORDER, mode="reflect")
    seen = channel_map(colour_filter, *plane.shape)
    green = np.where(seen == 1, plane, _green(plane))
    out = np.empty((*plane.shape, 3), np.float32)
    out[:, :, 1] = green
    for channel in (0, 2):
        known = (seen == channel).astype(np.float32)
        difference = smooth(known * (plane - green), _TENT) / smooth(known, _TENT)
        out[:, :, channel] = np.where(seen == channel, plane, green + difference)
    return np.ascontiguousarray(out[_BORDER:-_BORDER, _BORDER:-_BORDER])


def _green(plane: NDArray[Any]) -> NDArray[Any]:
    """Green as it would be at the sites of the other colours."""
    across, change_across = _along_rows(plane)
    turned, turned_change = _along_rows(plane.T)
    down, change_down = turned.T, turned_change.T
    weight_across, weight_down = 1 / (change_across**2 + _EVEN), 1 / (change_down**2 + _EVEN)
    mixed: NDArray[Any] = (across * weight_across + down * weight_down) / (weight_across + weight_down)
    return mixed


def _along_rows(plane: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Green from the left and right neighbours, and how much the picture changes in that direction."""
    near_left, near_right = np.roll(plane, 1, axis=1), np.roll(plane, -1, axis=1)
    curvature = 2 * plane - np.roll(plane, 2, axis=1) - np.roll(plane, -2, axis=1)
    green = (near_left + near_right) / 2 + curvature / 4
    return green, np.abs(near_left - near_right) + np.abs(curvature)
