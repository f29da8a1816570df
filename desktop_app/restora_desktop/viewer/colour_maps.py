"""Colours for pictures of one number per pixel."""

from __future__ import annotations

from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


class ColourMap(StrEnum):
    """From black (first colour) to white (last one)."""

    GREY = "grey"
    HEAT = "heat"
    """Black, red, yellow, white: small differences stay dark."""
    DEEP = "deep"
    """Dark violet, blue, green, yellow: even steps of brightness, also for the colour-blind."""
    SIGNED = "signed"
    """Blue, black, orange: zero in the middle."""


_ANCHORS: dict[ColourMap, tuple[tuple[int, int, int], ...]] = {
    ColourMap.GREY: ((0, 0, 0), (255, 255, 255)),
    ColourMap.HEAT: (
        (0, 0, 0),
        (110, 8, 36),
        (208, 48, 20),
        (250, 150, 20),
        (255, 226, 110),
        (255, 255, 255),
    ),
    ColourMap.DEEP: (
        (38, 8, 60),
        (62, 50, 130),
        (40, 104, 140),
        (30, 150, 130),
        (110, 200, 80),
        (250, 230, 50),
    ),
    ColourMap.SIGNED: (
        (200, 235, 255),
        (70, 150, 255),
        (20, 60, 150),
        (0, 0, 0),
        (140, 60, 0),
        (255, 140, 30),
        (255, 235, 190),
    ),
}


@lru_cache(maxsize=len(_ANCHORS))
def colours(colour_map: ColourMap) -> NDArray[np.uint8]:
    """256 colours, 256 x 3, red first."""
    anchors = np.array(_ANCHORS[colour_map], np.float64)
    places = np.linspace(0, len(anchors) - 1, 256)
    channels = [np.interp(places, np.arange(len(anchors)), anchors[:, channel]) for channel in range(3)]
    table = np.stack(channels, axis=1).round().astype(np.uint8)
    table.flags.writeable = False
    return table
