"""What is drawn over pictures: names, rulers, the selection, field rings and the grid of tiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from restora.data.geometry import Rect
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.viewport import Viewport

RULER_SIDE = 20
"""Thickness of a ruler in Qt's pixels."""
_DARK = QColor(0, 0, 0, 170)
_LIGHT = QColor(255, 255, 255)
_RIM = QColor(255, 255, 255, 70)
"""Tells a dark tag from a dark picture."""
_PADDING = 6
_TICK_DISTANCE = 70
"""Least distance of labelled ticks in Qt's pixels."""


class Overlay(Protocol):
    """Something drawn over a pane."""

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw in Qt's coordinates; the painter's pen and brush may be left changed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRings:
    """Rings of equal distance from the optical axis: a lens blurs more the farther out."""

    centre_x: float
    centre_y: float
    radius: float
    """The full field in scene units, usually to the corner."""
    shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)

    @classmethod
    def around(cls, scene: SceneRect) -> FieldRings:
        """Around the middle of the scene, out to its corners."""
        x, y = scene.centre
        return cls(centre_x=x, centre_y=y, radius=math.hypot(scene.width, scene.height) / 2)

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Thin rings, each with its share of the field."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for share in self.shares:
            reach = self.radius * share
            around = SceneRect(self.centre_x - reach, self.centre_y - reach, 2 * reach, 2 * reach)
            ring = _rectangle(viewport.to_widget(around))
            for pen in contrasting_pens():
                painter.setPen(pen)
                painter.drawEllipse(ring)
            diagonal = ring.width() / 2 * math.sqrt(0.5)
            draw_tag(
                painter, QPointF(ring.center().x() + diagonal, ring.center().y() + diagonal), f"{share:.0%}"
            )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TileGrid:
    """The tiles a method would work on, in source pixels; where they overlap, their edges cross."""

    tiles: tuple[Rect, ...]

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Outline every tile that can be told from its neighbours."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in contrasting_pens():
            painter.setPen(pen)
            for tile in self.tiles:
                painter.drawRect(_rectangle(viewport.to_widget(_scene_of(tile))))


def draw_selection(painter: QPainter, viewport: Viewport, selection: Rect) -> None:
    """Outline the selection and write its place and size."""
    rect = _rectangle(viewport.to_widget(_scene_of(selection)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in contrasting_pens():
        painter.setPen(pen)
        painter.drawRect(rect)
    text = f"{selection.x}, {selection.y}   {selection.width} \u00d7 {selection.height}"
    draw_tag(painter, rect.bottomLeft() + QPointF(0, 2), text)


def shortened(painter: QPainter, text: str, room: float) -> str:
    """`text` with its middle left out where a bold tag of it would be wider than `room`."""
    font = QFont(painter.font())
    font.setBold(True)
    return QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, room - 2 * _PADDING)


def draw_tag(painter: QPainter, corner: QPointF, text: str, *, bold: bool = False) -> QRectF:
    """White text on dark, its upper left at `corner`; returns what it covers."""
    font = QFont(painter.font())
    font.setBold(bold)
    painter.setFont(font)
    size = QFontMetricsF(font)
    box = QRectF(
        corner.x(), corner.y(), size.horizontalAdvance(text) + 2 * _PADDING, size.height() + _PADDING
    )
    painter.setPen(_RIM)
    painter.setBrush(_DARK)
    painter.drawRoundedRect(box, 3, 3)
    painter.setPen(_LIGHT)
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    return box


def tag_width(painter: QPainter, text: str, *, bold: bool = False) -> float:
    """How wide `draw_tag` would be."""
    font = QFont(painter.font())
    font.setBold(bold)
    return QFontMetricsF(font).horizontalAdvance(text) + 2 * _PADDING


def draw_rulers(painter: QPainter, viewport: Viewport, scene: SceneRect) -> None:
    """Scene units along the upper and the left edge."""
    width, height = viewport.width / viewport.ratio, viewport.height / viewport.ratio
    painter.fillRect(QRectF(0, 0, width, RULER_SIDE), _DARK)
    painter.fillRect(QRectF(0, RULER_SIDE, RULER_SIDE, height - RULER_SIDE), _DARK)
    per_unit = viewport.scale / viewport.ratio
    step = nice_step(_TICK_DISTANCE / per_unit)
    visible = viewport.visible
    font = QFont(painter.font())
    font.setPixelSize(10)
    painter.save()
    painter.setFont(font)
    painter.setPen(_LIGHT)
    for mark in _marks(max(visible.x, scene.x), min(visible.right, scene.right), step):
        x = viewport.to_widget(SceneRect(mark, 0, 0, 0)).x
        painter.drawLine(QPointF(x, RULER_SIDE - 6), QPointF(x, RULER_SIDE))
        painter.drawText(QPointF(x + 3, RULER_SIDE - 7), f"{mark:g}")
    for mark in _marks(max(visible.y, scene.y), min(visible.bottom, scene.bottom), step):
        y = viewport.to_widget(SceneRect(0, mark, 0, 0)).y
        painter.drawLine(QPointF(RULER_SIDE - 6, y), QPointF(RULER_SIDE, y))
        painter.save()
        painter.translate(RULER_SIDE - 7, y - 3)
        painter.rotate(-90)
        painter.drawText(QPointF(0, 0), f"{mark:g}")
        painter.restore()
    painter.restore()


def nice_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50, … that is not below `least`."""
    power = 10.0 ** max(0, math.floor(math.log10(max(least, 1.0))))
    return next(power * factor for factor in (1, 2, 5, 10) if power * factor >= least)


def _marks(first: float, last: float, step: float) -> Sequence[float]:
    start = math.ceil(first / step)
    return [number * step for number in range(start, math.floor(last / step) + 1)]


def contrasting_pens() -> tuple[QPen, QPen]:
    """Dark below, bright dashes above: visible on any picture."""
    under, over = QPen(_DARK, 3), QPen(_LIGHT, 1, Qt.PenStyle.DashLine)
    return under, over


def _scene_of(rect: Rect) -> SceneRect:
    return SceneRect(float(rect.x), float(rect.y), float(rect.width), float(rect.height))


def _rectangle(rect: SceneRect) -> QRectF:
    return QRectF(rect.x, rect.y, rect.width, rect.height)
