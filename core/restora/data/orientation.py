"""Turning and mirroring frames, and what that does to a colour filter's phase."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Flip(StrEnum):
    """A mirror image."""

    NONE = "none"
    HORIZONTAL = "horizontal"
    """Left and right change places."""
    VERTICAL = "vertical"
    """Top and bottom change places."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Orientation:
    """Quarter turns counter-clockwise, then a flip."""

    quarter_turns: int = 0
    flip: Flip = Flip.NONE

    @property
    def is_upright(self) -> bool:
        """Whether nothing changes."""
        return self.quarter_turns % 4 == 0 and self.flip is Flip.NONE

    def size(self, height: int, width: int) -> tuple[int, int]:
        """Height and width afterwards."""
        return (width, height) if self.quarter_turns % 2 else (height, width)

    def apply(self, array: NDArray[Any], *, rows_axis: int = 0) -> NDArray[Any]:
        """A view of `array` so turned; rows lie along `rows_axis`, columns along the next axis."""
        turned = np.rot90(array, self.quarter_turns % 4, axes=(rows_axis, rows_axis + 1))
        if self.flip is Flip.NONE:
            return turned
        return np.flip(turned, rows_axis + (self.flip is Flip.HORIZONTAL))

    def filter_after(self, colour_filter: ColourFilter, height: int, width: int) -> ColourFilter:
        """The colour filter's name afterwards, for frames that were height x width before."""
        if colour_filter is ColourFilter.MONO:
            return colour_filter
        # Only whether a side is odd matters to where the first cell ends up.
        cell = np.array(list(colour_filter.value)).reshape(2, 2)
        small = np.tile(cell, (2, 2))[: 2 + height % 2, : 2 + width % 2]
        return ColourFilter("".join(self.apply(small)[:2, :2].reshape(-1).tolist()))
