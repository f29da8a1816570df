"""The numbers under the pointer, from the arrays and not from the screen."""

from __future__ import annotations

from dataclasses import dataclass

from restora.data.kinds import Transfer
from restora_desktop.viewer.layers import Layer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """One picture's stored numbers at one pixel."""

    letter: str
    name: str
    column: int
    row: int
    values: tuple[float, ...]
    """1 grey, 3 colour, 4 with alpha; exactly as stored."""
    transfer: Transfer

    def text(self) -> str:
        """For people: `B  result: 812, 40 → 0.5123  0.4980  0.4711`."""
        values = "  ".join(f"{value:.5g}" for value in self.values)
        return f"{self.letter}  {self.name}: {self.column}, {self.row} → {values}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Readout:
    """What lies under the pointer."""

    x: float
    y: float
    """In scene units."""
    readings: tuple[Reading, ...]


def read(letter: str, layer: Layer, x: float, y: float) -> Reading | None:
    """The stored numbers of `layer` under a point of the scene; None outside."""
    place = layer.pixel_at(x, y)
    if place is None:
        return None
    column, row = place
    values = tuple(float(value) for value in layer.image.pixels[row, column])
    return Reading(
        letter=letter, name=layer.name, column=column, row=row, values=values, transfer=layer.image.transfer
    )
