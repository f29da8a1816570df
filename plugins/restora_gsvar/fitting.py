"""From a picture of any size to what the networks take, and back to its own size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from restora.api import ImageArray, Mask
from restora.optics.resample import Filter, resample
from restora_gsvar.configuration import FACTOR
from restora_gsvar.tiling import Plan, Tile, tiled_size

_LARGEST_TURN = 1.02
"""Pictures whose proportions differ by less are taken to show the same frame."""


class Fit(StrEnum):
    """How proportions are dealt with."""

    KEPT = "kept"
    """What is missing is filled up by reflection, and cut off again."""
    PUBLISHED = "published"
    """Stretched, as the research code does it."""


class Extent(StrEnum):
    """What the transformer sees at once."""

    AUTO = "auto"
    """Tiles where the picture is larger than one window."""
    RESIZE = "resize"
    """The whole picture, brought to the size of one window."""
    TILES = "tiles"
    """Windows at the picture's own resolution."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A picture at the networks' size."""

    pixels: ImageArray
    """H x W x 3 in 0..1; sides are multiples of 16."""
    box: tuple[int, int, int, int]
    """Left, top, right and bottom of the picture's own content in it."""
    plan: Plan
    opaque: Mask | None = None
    """H x W: where anything shows at all; None: everywhere."""

    @property
    def shown(self) -> list[Tile]:
        """The windows in which anything shows; the others need no mending."""
        opaque = self.opaque
        if opaque is None:
            return self.plan.tiles()
        return [tile for tile in self.plan.tiles() if opaque[_pixels(tile.rows), _pixels(tile.columns)].any()]

    def with_hidden(self, mended: ImageArray) -> ImageArray:
        """A mended picture of this size; what lies in none of the shown windows stays as it was."""
        if self.opaque is None:
            return mended
        seen = np.zeros(mended.shape[:2], bool)
        for tile in self.shown:
            seen[_pixels(tile.rows), _pixels(tile.columns)] = True
        return np.where(seen[:, :, None], mended, self.pixels)

    @property
    def is_tiled(self) -> bool:
        """Whether there is more than one window."""
        return len(self.plan.tiles()) > 1

    def back(self, pixels: ImageArray, picture: ImageArray) -> ImageArray:
        """The content of a mended picture of this size, at that of the picture it came from.

        Where no window is shown that picture itself, which has more detail.
        """
        if not self.shown:
            return picture
        height, width = picture.shape[:2]
        left, top, right, bottom = self.box
        content = pixels[top:bottom, left:right]
        if content.shape[:2] == (height, width):
            return content
        filter = Filter.BICUBIC if self.is_tiled else Filter.LANCZOS
        return np.clip(resample(content, height, width, filter=filter), 0, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitting:
    """How pictures are brought to windows of `side` latents."""

    side: int
    extent: Extent = Extent.AUTO
    fit: Fit = Fit.KEPT
    overlap: int = 8
    has_published_windows: bool = False

    def fitted(self, picture: ImageArray, alpha: ImageArray | None = None) -> Fitted:
        """A picture H x W x 3 in 0..1; windows in which `alpha`, H x W, is 0 everywhere count as hidden."""
        fitted = self._fitted(picture)
        if alpha is None or alpha.all():
            return fitted
        # The same way again: whatever is not 0 afterwards got something from what shows.
        shows = np.repeat((alpha > 0).astype(np.float32)[:, :, None], 3, axis=2)
        return replace(fitted, opaque=self._fitted(shows).pixels[:, :, 0] > 0)

    def _fitted(self, picture: ImageArray) -> Fitted:
        if not self.is_tiled(picture):
            pixels, box = self._as_one(picture)
        elif self.fit is Fit.PUBLISHED:
            height, width = picture.shape[:2]
            wide, tall = tiled_size(width, height, side=self.side, factor=FACTOR)
            pixels, box = _at(picture, tall, wide, Filter.BICUBIC), (0, 0, wide, tall)
        else:
            pixels, box = self._filled_up(picture)
        return Fitted(pixels=pixels, box=box, plan=self._plan(pixels))

    def is_tiled(self, picture: ImageArray) -> bool:
        """Whether a picture is covered by windows at its own resolution."""
        if self.extent is Extent.AUTO:
            return bool(max(picture.shape[:2]) > self.side * FACTOR)
        return self.extent is Extent.TILES

    def _as_one(self, picture: ImageArray) -> tuple[ImageArray, tuple[int, int, int, int]]:
        side = self.side * FACTOR
        if self.fit is Fit.PUBLISHED:
            return _at(picture, side, side, Filter.LANCZOS), (0, 0, side, side)
        ratio = side / max(picture.shape[:2])
        height, width = (max(1, round(length * ratio)) for length in picture.shape[:2])
        small = _at(picture, height, width, Filter.LANCZOS)
        top, left = (side - height) // 2, (side - width) // 2
        filled = _reflected(small, (top, side - height - top), (left, side - width - left))
        return filled, (left, top, left + width, top + height)

    def _filled_up(self, picture: ImageArray) -> tuple[ImageArray, tuple[int, int, int, int]]:
        height, width = picture.shape[:2]
        wide, tall = tiled_size(width, height, side=self.side, factor=FACTOR)
        return _reflected(picture, (0, tall - height), (0, wide - width)), (0, 0, width, height)

    def _plan(self, pixels: ImageArray) -> Plan:
        height, width = (side // FACTOR for side in pixels.shape[:2])
        return Plan(
            height=height,
            width=width,
            side=self.side,
            overlap=self.overlap,
            is_published=self.has_published_windows,
        )


def matched(reference: ImageArray, picture: ImageArray, fit: Fit) -> ImageArray:
    """A photograph at the size of the picture beside it.

    Unless stretching is wanted, what sticks out of the picture's proportions is cut off evenly.
    """
    height, width = picture.shape[:2]
    if fit is Fit.KEPT:
        reference = _cropped(reference, width / height)
    return _at(reference, height, width, Filter.LANCZOS)


def _cropped(picture: ImageArray, proportion: float) -> ImageArray:
    height, width = picture.shape[:2]
    turn = (width / height) / proportion
    if 1 / _LARGEST_TURN < turn < _LARGEST_TURN:
        return picture
    tall, wide = (height, round(height * proportion)) if turn > 1 else (round(width / proportion), width)
    tall, wide = max(1, min(tall, height)), max(1, min(wide, width))
    top, left = (height - tall) // 2, (width - wide) // 2
    return picture[top : top + tall, left : left + wide]


def _at(picture: ImageArray, height: int, width: int, filter: Filter) -> ImageArray:
    if picture.shape[:2] == (height, width):
        return picture
    return np.clip(resample(picture, height, width, filter=filter), 0, 1)


def _reflected(picture: ImageArray, rows: tuple[int, int], columns: tuple[int, int]) -> ImageArray:
    """Grown before and after its rows and columns by reflection, as often as it takes."""
    return np.ascontiguousarray(np.pad(picture, (rows, columns, (0, 0)), mode="reflect"), np.float32)


def _pixels(latents: slice) -> slice:
    return slice(latents.start * FACTOR, latents.stop * FACTOR)
