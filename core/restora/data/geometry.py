"""Rectangles, points and frame windows in whole pixels and frames of the source."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle of whole pixels: `x`, `y` is its first column and row."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """The column after the last one."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The row after the last one."""
        return self.y + self.height

    @property
    def rows(self) -> slice:
        """Its rows, to index an array."""
        return slice(self.y, self.bottom)

    @property
    def columns(self) -> slice:
        """Its columns, to index an array."""
        return slice(self.x, self.right)

    def scaled(self, factor: float) -> Rect:
        """The same place in a picture that is `factor` times as large; edges are rounded, not sizes."""
        left, top = round(self.x * factor), round(self.y * factor)
        return Rect(left, top, round(self.right * factor) - left, round(self.bottom * factor) - top)

    def lies_in(self, width: int, height: int) -> bool:
        """Whether it is not empty and reaches no pixel outside a picture of that size."""
        starts_inside = self.x >= 0 and self.y >= 0
        return starts_inside and 0 < self.width <= width - self.x and 0 < self.height <= height - self.y


@dataclass(frozen=True, slots=True)
class FrameWindow:
    """`length` frames of a capture, from frame `start` on."""

    start: int
    length: int

    @property
    def stop(self) -> int:
        """The frame after the last one."""
        return self.start + self.length
