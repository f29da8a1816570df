"""Which photograph lies beside a frame, and which part of it beside a window."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from restora.api import ImageArray, Rect
from restora.optics.resample import Filter, resample
from restora.splats.reference_window import reference_window
from restora.splats.references import DepthView, Reference, by_overlap, nearest
from restora.splats.refinement.views import TrainingView
from restora_gsvar.configuration import FACTOR
from restora_gsvar.photographs import Photographs
from restora_gsvar.tiling import Tile

_SHOWN = 3
"""Candidates that are named beside the chosen one."""
_GRID = 16
"""Pixels to which windows are moved, so that neighbouring frames ask for the same ones."""


class Choice(StrEnum):
    """How a reference is chosen."""

    OVERLAP = "overlap"
    """The photograph that sees most of the frame's surface, from the most similar direction."""
    POSE = "pose"
    """The nearest pose, as published."""
    PREVIOUS = "previous"
    """The frame before it, once it is mended."""
    FILE = "file"
    """The picture that was handed in, for all frames."""
    NONE = "none"


def ranked(view: DepthView, photographs: Photographs, choice: Choice) -> tuple[Reference, ...]:
    """The best candidates, best first."""
    count = min(_SHOWN, len(photographs))
    if choice is Choice.POSE:
        return nearest(view.camera, photographs.cameras, count=count)
    return by_overlap(view, photographs.cameras, count=count)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ProjectedWindows:
    """A photograph whose windows lie where the content of the frame's windows is seen in it."""

    view: DepthView
    photo: TrainingView
    key: Hashable

    def window(self, tile: Tile) -> tuple[Hashable, ImageArray]:
        """See `restora_gsvar.net.pictures.Beside`; what lies beyond the frame is filled by reflection."""
        camera, side = self.view.camera, tile.side * FACTOR
        left, top = tile.left * FACTOR, tile.top * FACTOR
        shown = Rect(left, top, min(side, camera.width - left), min(side, camera.height - top))
        there = reference_window(self.view, shown, self.photo.camera).rect
        part = _on_the_grid(there, self.photo.camera.width, self.photo.camera.height)
        cut = self.photo.picture[part.rows, part.columns]
        fitted = np.clip(resample(cut, shown.height, shown.width, filter=Filter.LANCZOS), 0, 1)
        missing = ((0, side - shown.height), (0, side - shown.width), (0, 0))
        key = (self.key, (part.x, part.y, part.width, part.height), (shown.width, shown.height))
        return key, np.pad(fitted, missing, mode="reflect")


def _on_the_grid(rect: Rect, width: int, height: int) -> Rect:
    """Moved and sized to multiples of a few pixels, inside the picture."""
    wide, tall = (max(1, round(side / _GRID)) * _GRID for side in (rect.width, rect.height))
    wide, tall = min(wide, width), min(tall, height)
    x = min(round(rect.x / _GRID) * _GRID, width - wide)
    y = min(round(rect.y / _GRID) * _GRID, height - tall)
    return Rect(x, y, wide, tall)
