"""The map of a whole picture: measured or stated levels, times a window over the field."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.api import ImageArray
from restora_dmdiff.fields import Field, Layout
from restora_dmdiff.stated_map import SIDE, parsed

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Grid = NDArray[np.float32]

HIGHEST = 16.0
"""The largest level."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureMap:
    """One number per rated part of a picture; every field takes its own 7 x 7 of them."""

    values: Grid
    layout: Layout

    def of(self, field: Field) -> Grid:
        """7 x 7."""
        return self.values[field.top : field.top + SIDE, field.left : field.left + SIDE]

    def picture(self, width: int, height: int) -> ImageArray:
        """The map as a grey picture of the result's size, 1 for the best level; linear between the parts."""
        left, top = self.layout.corner
        rows = _between(self.values, height, self.layout.content[1], top, self.layout.unit)
        columns = _between(rows.T, width, self.layout.content[0], left, self.layout.unit)
        return (columns.T[:, :, None] / np.float32(HIGHEST)).astype(np.float32)


def picture_map(
    layout: Layout,
    params: Mapping[str, object],
    measured: Callable[[], Grid],
) -> PictureMap:
    """The map that the parameters ask for; `measured` is called where they leave the levels to the estimator.

    A picture of the map comes first, then stated numbers. Raises ParameterError for a map or window that is
    no 7 x 7 table.
    """
    gain = np.float32(float(str(params["gain"])))
    painted = params["map_picture"]
    if isinstance(painted, np.ndarray):
        return PictureMap(values=np.clip(_painted(painted, layout) * gain, 0, HIGHEST), layout=layout)
    rows, columns = layout.places()
    window = _window(rows, columns, params)
    text = str(params["levels"])
    if text.strip():
        levels = sampled(parsed(text, "levels", highest=HIGHEST, takes_one=True), rows, columns)
    else:
        levels = measured()
    return PictureMap(values=np.clip(levels * window * gain, 0, HIGHEST).astype(np.float32), layout=layout)


def sampled(table: list[list[float]], rows: NDArray[np.float64], columns: NDArray[np.float64]) -> Grid:
    """A 7 x 7 table over -1..1 at other places, linear between its numbers."""
    line = np.linspace(-1, 1, SIDE)
    across = np.stack([np.interp(columns, line, row) for row in np.asarray(table, np.float64)])
    return np.stack([np.interp(rows, line, column) for column in across.T], axis=1).astype(np.float32)


def _painted(picture: ImageArray, layout: Layout) -> Grid:
    """Levels at the rated parts from a picture of the whole map, 1 for the best: `PictureMap.picture` undone.

    Where the picture is coloured the mean of its colours counts; between its pixels it is linear.
    """
    grey = np.clip(np.nan_to_num(picture[:, :, :3].mean(axis=2)), 0, 1)
    rows = _along(grey, layout.size[0] - 1, layout.corner[1], layout.content[1], layout.unit)
    found = _along(rows.T, layout.size[1] - 1, layout.corner[0], layout.content[0], layout.unit)
    return np.ascontiguousarray(found.T * np.float32(HIGHEST), np.float32)


def _along(table: Grid, parts: int, start: float, length: float, unit: int) -> Grid:
    """Rows of `table`, spread over `length`, at the centres of the rated parts."""
    centres = ((np.arange(parts) + 1) * unit - start) / length * table.shape[0] - 0.5
    place = np.clip(centres, 0, table.shape[0] - 1)
    low = np.floor(place).astype(np.intp)
    high = np.minimum(low + 1, table.shape[0] - 1)
    share = (place - low).astype(np.float32)[:, None]
    mixed: Grid = table[low] * (1 - share) + table[high] * share
    return mixed


def _window(rows: NDArray[np.float64], columns: NDArray[np.float64], params: Mapping[str, object]) -> Grid:
    if params["window"] == "none":
        return np.ones((len(rows), len(columns)), np.float32)
    if params["window"] == "stated":
        table = parsed(str(params["window_values"]), "window_values", highest=1.0, takes_one=False)
        return sampled(table, rows, columns)
    x, y = columns.astype(np.float32), rows.astype(np.float32)
    centre: Grid = 0.75 + 0.25 * np.exp(-2 * (y[:, None] ** 2 + x[None, :] ** 2))
    return centre


def _between(table: Grid, count: int, length: float, start: float, unit: int) -> Grid:
    """Rows of `table`, which lie at multiples of a unit, at `count` pixels over `length`."""
    pixels = start + (np.arange(count) + 0.5) * length / count
    place = np.clip(pixels / unit - 1, 0, table.shape[0] - 1)
    low = np.minimum(place.astype(np.intp), max(table.shape[0] - 2, 0))
    share = (place - low).astype(np.float32)[:, None]
    high = np.minimum(low + 1, table.shape[0] - 1)
    mixed: Grid = table[low] * (1 - share) + table[high] * share
    return mixed
