"""A map of one number per pixel, laid in colours over the pictures, with what its colours mean."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QLinearGradient, QPainter

from restora.data.image import Image
from restora_desktop.viewer.colour_maps import ColourMap, colours
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.overlays import draw_tag
from restora_desktop.viewer.viewport import Viewport

_MOST_SIDE = 768
"""Pixels a side that are enough for something seen through."""
_LEGEND = (150.0, 12.0)
_GAP = 8.0
_OUTLIERS = 0.5
"""Per cent at either end that do not decide the colours."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MapOverlay:
    """Drawn over every pane; made by `map_overlay`, which may take a while."""

    name: str
    image: QImage
    scene: SceneRect
    low: float
    high: float
    """What the first and the last colour stand for."""
    colour_map: ColourMap
    opacity: float

    def with_opacity(self, opacity: float) -> MapOverlay:
        """The same, seen through more or less."""
        return replace(self, opacity=opacity)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """The map, and its legend in the lower left corner."""
        place = viewport.to_widget(self.scene)
        painter.save()
        painter.setOpacity(self.opacity)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(QRectF(place.x, place.y, place.width, place.height), self.image)
        painter.restore()
        self._draw_legend(painter, viewport.height / viewport.ratio)

    def _draw_legend(self, painter: QPainter, height: float) -> None:
        width, thickness = _LEGEND
        top = height - _GAP - thickness
        ends = (f"{self.low:.3g}", f"{self.high:.3g}")
        left = _GAP
        draw_tag(painter, QPointF(left, top - _GAP - 20), self.name, bold=True)
        first = draw_tag(painter, QPointF(left, top - 4), ends[0])
        bar = QRectF(first.right() + 4, top, width, thickness)
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        table = colours(self.colour_map)
        for number in range(0, 256, 15):
            red, green, blue = (int(part) for part in table[number])
            gradient.setColorAt(number / 255, QColor(red, green, blue))
        painter.fillRect(bar, gradient)
        painter.setPen(QColor(255, 255, 255))
        painter.drawRect(bar)
        draw_tag(painter, QPointF(bar.right() + 4, top - 4), ends[1])


def map_overlay(name: str, image: Image, scene: SceneRect, opacity: float) -> MapOverlay:
    """Colours for the first channel of a map; numbers on both sides of zero get a scale with zero inside."""
    step = 1 + max(image.height, image.width) // _MOST_SIDE
    numbers = image.pixels[::step, ::step, 0]
    low, high = _ends(numbers)
    is_signed = low < 0 < high
    if is_signed:
        high = max(-low, high)
        low = -high
    colour_map = ColourMap.SIGNED if is_signed else ColourMap.DEEP
    with np.errstate(invalid="ignore"):
        places = np.nan_to_num((numbers - low) / (high - low) * 255, nan=0.0, posinf=255.0, neginf=0.0)
    codes = colours(colour_map)[np.clip(places, 0, 255).astype(np.uint8)]
    words = np.full((*codes.shape[:2], 4), 255, np.uint8)
    words[:, :, :3] = codes[:, :, ::-1]
    words[~np.isfinite(numbers)] = 0
    rows, columns = numbers.shape
    drawn = QImage(words.tobytes(), columns, rows, 4 * columns, QImage.Format.Format_ARGB32).copy()
    return MapOverlay(
        name=name, image=drawn, scene=scene, low=low, high=high, colour_map=colour_map, opacity=opacity
    )


def _ends(numbers: NDArray[np.float32]) -> tuple[float, float]:
    finite = numbers[np.isfinite(numbers)]
    if finite.size == 0:
        return 0.0, 1.0
    low, high = (float(end) for end in np.percentile(finite, (_OUTLIERS, 100 - _OUTLIERS)))
    return (low, high) if high > low else (low - 0.5, high + 0.5)
