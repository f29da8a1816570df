"""Colour filters: which pixel sees which colour, sampling through a filter, and looking at the result."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

BAYER_ORDERS = (ColourFilter.RGGB, ColourFilter.GRBG, ColourFilter.BGGR, ColourFilter.GBRG)
"""The four orders, as the published vectors number them."""


def channel_map(colour_filter: ColourFilter, height: int, width: int) -> NDArray[np.uint8]:
    """The channel (0 red, 1 green, 2 blue) that each pixel sees.

    Raises BadInputError for a sensor without colour filter.
    """
    if colour_filter is ColourFilter.MONO:
        raise BadInputError("a sensor without colour filter has no channels to tell apart")
    cell = np.array(["rgb".index(letter) for letter in colour_filter.value], np.uint8).reshape(2, 2)
    return np.tile(cell, (height // 2 + 1, width // 2 + 1))[:height, :width]


def masked(rgb: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    """A … x H x W x 3 picture with zeros where the filter lets nothing through."""
    height, width = _picture_size(rgb, 3)
    seen = channel_map(colour_filter, height, width)[..., np.newaxis] == np.arange(3)
    return np.where(seen, rgb, np.zeros((), rgb.dtype))


def sampled(rgb: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    """What the sensor reports of a … x H x W x 3 picture: … x H x W x 1, one colour per pixel."""
    height, width = _picture_size(rgb, 3)
    chosen = channel_map(colour_filter, height, width).reshape(*(1,) * (rgb.ndim - 3), height, width, 1)
    return np.take_along_axis(rgb, chosen.astype(np.intp), axis=-1)


def spread(raw: NDArray[Any], colour_filter: ColourFilter) -> NDArray[Any]:
    """A … x H x W x 1 mosaic as three planes, zero where a colour was not sampled."""
    _picture_size(raw, 1)
    return masked(np.broadcast_to(raw, (*raw.shape[:-1], 3)), colour_filter)


def cell_means(planes: NDArray[Any]) -> NDArray[np.float32]:
    """The mean over every 2 x 2 cell of … x H x W x C, half as large; an odd last row or column is left out.

    On zero-filled planes this gives the expected values that networks trained on random filters have seen.
    """
    height, width = planes.shape[-3] // 2 * 2, planes.shape[-2] // 2 * 2
    cut = planes[..., :height, :width, :].astype(np.float32)
    cells = cut.reshape(*cut.shape[:-3], height // 2, 2, width // 2, 2, cut.shape[-1])
    means: NDArray[np.float32] = cells.mean(axis=(-4, -2))
    return means


def cell_colours(raw: NDArray[Any], colour_filter: ColourFilter) -> NDArray[np.float32]:
    """One RGB pixel per 2 x 2 cell of an H x W x 1 mosaic: red, mean of both greens, blue."""
    return cell_means(spread(raw, colour_filter)) * np.array([4, 2, 4], np.float32)


def _picture_size(array: NDArray[Any], channels: int) -> tuple[int, int]:
    if array.ndim < 3 or array.shape[-1] != channels:
        raise BadInputError(f"height x width x {channels} is needed, got shape {array.shape}")
    return array.shape[-3], array.shape[-2]
