"""Bilinear demosaicing, for previews and as the plainest baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.photons.mosaic import channel_map

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SMALLEST_SIDE = 3


def demosaic_bilinear(raw: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    """H x W x 1 counts or rates as H x W x 3 of the same type.

    Missing colours are means of the nearest two or four samples; integers are rounded half up. The
    outermost ring repeats the one inside it, as OpenCV does, so both give the same numbers.
    """
    if raw.ndim != 3 or raw.shape[2] != 1 or min(raw.shape[:2]) < _SMALLEST_SIDE:
        raise BadInputError(f"a mosaic must be at least 3 x 3 with one channel, got shape {raw.shape}")
    whole = np.issubdtype(raw.dtype, np.integer)
    plane = raw[:, :, 0].astype(np.int64 if whole else raw.dtype)
    seen = channel_map(colour_filter, *plane.shape)[1:-1, 1:-1]
    sides, columns, rows, corners = _neighbour_sums(plane)
    centre = plane[1:-1, 1:-1]
    inner = np.empty((*centre.shape, 3), plane.dtype)
    inner[:, :, 1] = np.where(seen == 1, centre, _mean(sides, 4, whole=whole))
    # On a green site its own row holds red where the row's other sites are red, blue otherwise.
    row_colour = channel_map(colour_filter, *plane.shape)[1:-1, 2:]
    for channel, other in ((0, 2), (2, 0)):
        beside, above = _mean(columns, 2, whole=whole), _mean(rows, 2, whole=whole)
        on_green = np.where(row_colour == channel, beside, above)
        elsewhere = np.where(seen == other, _mean(corners, 4, whole=whole), on_green)
        inner[:, :, channel] = np.where(seen == channel, centre, elsewhere)
    return np.pad(inner, ((1, 1), (1, 1), (0, 0)), mode="edge").astype(raw.dtype)


def _neighbour_sums(plane: NDArray[Any]) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any], NDArray[Any]]:
    """Over all four sides, left and right, above and below, and the four corners of each inner pixel."""
    columns = plane[1:-1, :-2] + plane[1:-1, 2:]
    rows = plane[:-2, 1:-1] + plane[2:, 1:-1]
    corners = plane[:-2, :-2] + plane[:-2, 2:] + plane[2:, :-2] + plane[2:, 2:]
    return columns + rows, columns, rows, corners


def _mean(total: NDArray[Any], count: int, *, whole: bool) -> NDArray[Any]:
    return (total + count // 2) // count if whole else total / count
