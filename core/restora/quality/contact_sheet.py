"""Several pictures on one sheet, each with its name below."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Image
from restora.errors import BadInputError
from restora.quality.views import displayed

if TYPE_CHECKING:
    import PIL.Image

_LONGEST = 480
"""Pixels of a picture's longer side on the sheet."""
_GAP = 8
_LABEL_ROWS = 18
_PAPER, _INK = 32, 224


class ContactSheet:
    """Gathers pictures one by one and keeps only small copies of them."""

    def __init__(self) -> None:
        self._small: list[tuple[PIL.Image.Image, str]] = []

    def add(self, image: Image, name: str) -> None:
        """One more picture; larger ones are shrunk."""
        import PIL.Image

        shown = np.nan_to_num(displayed(image))
        coloured = np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
        picture = PIL.Image.fromarray(np.round(coloured * 255).astype(np.uint8))
        picture.thumbnail((_LONGEST, _LONGEST), PIL.Image.Resampling.LANCZOS)
        self._small.append((picture, name))

    def image(self) -> Image:
        """The sheet, about as many columns as rows; raises BadInputError where there is nothing on it."""
        import PIL.Image
        import PIL.ImageDraw

        if not self._small:
            raise BadInputError("a contact sheet needs at least one picture")
        columns = math.ceil(math.sqrt(len(self._small)))
        rows = math.ceil(len(self._small) / columns)
        wide = max(picture.width for picture, _ in self._small) + _GAP
        tall = max(picture.height for picture, _ in self._small) + _GAP + _LABEL_ROWS
        sheet = PIL.Image.new("RGB", (columns * wide + _GAP, rows * tall + _GAP), (_PAPER,) * 3)
        pen = PIL.ImageDraw.Draw(sheet)
        for number, (picture, name) in enumerate(self._small):
            left, top = _GAP + number % columns * wide, _GAP + number // columns * tall
            sheet.paste(picture, (left, top))
            pen.text((left, top + picture.height + 2), name, fill=(_INK,) * 3)
        return Image(pixels=np.asarray(sheet, np.float32) / np.float32(255))
