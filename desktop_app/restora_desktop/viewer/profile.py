"""The numbers of a picture along a line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora_desktop.viewer.layers import Layer

if TYPE_CHECKING:
    from numpy.typing import NDArray

Point = tuple[float, float]
_MOST_POINTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Profile:
    """Stored numbers, one row per place on the line; NaN where the picture does not reach."""

    layer: Layer
    distances: NDArray[np.float64]
    """From the start, in scene units."""
    xs: NDArray[np.float64]
    ys: NDArray[np.float64]
    values: NDArray[np.float32]
    """places x channels."""


def profile(layer: Layer, start: Point, end: Point) -> Profile:
    """One place per pixel of the layer along the line; each the number of the pixel it lies in."""
    across = layer.image.width / layer.scene.width
    down = layer.image.height / layer.scene.height
    steps = math.hypot((end[0] - start[0]) * across, (end[1] - start[1]) * down)
    count = min(_MOST_POINTS, max(2, math.ceil(steps) + 1))
    shares = np.linspace(0.0, 1.0, count)
    xs = start[0] + shares * (end[0] - start[0])
    ys = start[1] + shares * (end[1] - start[1])
    columns = np.floor((xs - layer.scene.x) * across).astype(np.intp)
    rows = np.floor((ys - layer.scene.y) * down).astype(np.intp)
    inside = (columns >= 0) & (rows >= 0) & (columns < layer.image.width) & (rows < layer.image.height)
    values = np.full((count, layer.image.channels), np.nan, np.float32)
    values[inside] = layer.image.pixels[rows[inside], columns[inside]]
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    return Profile(layer=layer, distances=shares * length, xs=xs, ys=ys, values=values)
