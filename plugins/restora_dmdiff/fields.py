"""Where in a picture the network's fields lie, and how its result goes back into place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from restora.api import ImageArray
from restora.optics.resample import Filter, resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

UNITS = 8
"""Steps of the rating per field and side: fields start at multiples of a unit."""
LATENTS, PIXELS = 8, 64
"""Of the network, per unit."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field, in units."""

    top: int
    left: int

    @property
    def latents(self) -> tuple[slice, slice]:
        """Rows and columns in the latent of the whole."""
        side = UNITS * LATENTS
        return (
            slice(self.top * LATENTS, self.top * LATENTS + side),
            slice(self.left * LATENTS, self.left * LATENTS + side),
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """A picture filled up to whole units, and the fields that cover it."""

    picture: ImageArray
    """Filled up by reflection."""
    unit: int
    """Pixels of `picture`."""
    size: tuple[int, int]
    """Its rows and columns, in units."""
    fields: tuple[Field, ...]
    corner: tuple[float, float]
    """Left and top of the picture's own content, in pixels of `picture`."""
    content: tuple[float, float]
    """Its width and height."""

    def without_picture(self) -> Layout:
        """The same for whoever only needs to know where things lie."""
        return replace(self, picture=np.empty((0, 0, self.picture.shape[2]), np.float32))

    @property
    def latents(self) -> tuple[int, int]:
        """Rows and columns of the latent."""
        rows, columns = self.size
        return rows * LATENTS, columns * LATENTS

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the content in the network's result."""
        step = PIXELS / self.unit
        left, top = self.corner
        return left * step, top * step, (left + self.content[0]) * step, (top + self.content[1]) * step

    def cut(self, field: Field) -> ImageArray:
        """The pixels of a field."""
        top, left, side = field.top * self.unit, field.left * self.unit, UNITS * self.unit
        return self.picture[top : top + side, left : left + side]

    def places(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Where the centres of the rated parts lie, down and across: -1..1 over the content.

        The outermost parts of a content of one field lie at -1 and 1, as in training.
        """
        left, top = self.corner
        rows, columns = self.size
        return (
            _places(rows, self.unit, top, self.content[1]),
            _places(columns, self.unit, left, self.content[0]),
        )


def tiled(picture: ImageArray, *, unit: int, overlap: int) -> Layout:
    """Fields over a picture H x W x C at its own resolution; neighbours share at least `overlap` units."""
    height, width = picture.shape[:2]
    rows, columns = (max(UNITS, -(-side // unit)) for side in (height, width))
    filled = reflected(picture, (0, rows * unit - height), (0, columns * unit - width))
    fields = tuple(Field(top, left) for top in starts(rows, overlap) for left in starts(columns, overlap))
    return Layout(
        picture=filled,
        unit=unit,
        size=(rows, columns),
        fields=fields,
        corner=(0.0, 0.0),
        content=(float(width), float(height)),
    )


def as_one_field(picture: ImageArray, *, unit: int) -> Layout:
    """The whole picture, its longer side brought to that of a field, in the middle of it."""
    side = UNITS * unit
    ratio = side / max(picture.shape[:2])
    height, width = (max(1, round(length * ratio)) for length in picture.shape[:2])
    fitted = resample(picture, height, width, filter=Filter.BILINEAR)
    top, left = (side - height) // 2, (side - width) // 2
    filled = reflected(fitted, (top, side - height - top), (left, side - width - left))
    return Layout(
        picture=filled,
        unit=unit,
        size=(UNITS, UNITS),
        fields=(Field(0, 0),),
        corner=(float(left), float(top)),
        content=(float(width), float(height)),
    )


def starts(length: int, overlap: int) -> Iterator[int]:
    """First units of fields over `length` units, spread evenly."""
    rest = length - UNITS
    steps = -(-rest // (UNITS - overlap))
    yield 0
    for index in range(1, steps + 1):
        yield round(index * rest / steps)


def reflected(picture: ImageArray, rows: tuple[int, int], columns: tuple[int, int]) -> ImageArray:
    """Grown before and after its rows and columns by reflection, as often as it takes."""
    height, width = picture.shape[:2]
    grown = picture[_mirror(height, *rows)][:, _mirror(width, *columns)]
    return np.ascontiguousarray(grown, np.float32)


def bell(side: int) -> NDArray[np.float32]:
    """The weight of every latent of a field, side x side: symmetric, positive, small at the border."""
    line = np.sin(np.pi * (np.arange(side) + 0.5) / side) ** 2
    return np.outer(line, line).astype(np.float32)


def _mirror(length: int, before: int, after: int) -> NDArray[np.intp]:
    place = np.arange(-before, length + after)
    if length == 1:
        return np.zeros_like(place)
    turned = np.abs(place) % (2 * length - 2)
    mirrored: NDArray[np.intp] = np.minimum(turned, 2 * length - 2 - turned)
    return mirrored


def _places(units: int, unit: int, start: float, length: float) -> NDArray[np.float64]:
    centres = (np.arange(units - 1) + 1) * unit - start
    reach = max(length / 2 - unit, (UNITS / 2 - 1) * unit)
    return np.clip((centres - length / 2) / reach, -1, 1)
