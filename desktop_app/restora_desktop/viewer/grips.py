"""Small handles on the pictures: ends of a line, corners of a rectangle, a point."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.overlays import contrasting_pens, draw_tag
from restora_desktop.viewer.viewport import Viewport

_RADIUS = 6.0
_REACH = 12.0
"""How near the pointer must come, in Qt's pixels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grip:
    """Something to take hold of."""

    key: str
    """Who is told when it is moved."""
    x: float
    y: float
    """In scene units."""

    def place(self, viewport: Viewport) -> QPointF:
        """Where it is on the pane."""
        there = viewport.to_widget(SceneRect(self.x, self.y, 0.0, 0.0))
        return QPointF(there.x, there.y)


def draw_grips(painter: QPainter, viewport: Viewport, grips: Sequence[Grip]) -> None:
    """White discs with a dark rim: visible on any picture."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(0, 0, 0, 200), 2))
    painter.setBrush(QColor(255, 255, 255))
    for grip in grips:
        painter.drawEllipse(grip.place(viewport), _RADIUS, _RADIUS)
    painter.restore()


def grip_at(viewport: Viewport, grips: Sequence[Grip], at: QPointF) -> Grip | None:
    """The nearest one within reach of a point of the pane."""

    def distance(grip: Grip) -> float:
        apart = grip.place(viewport) - at
        return math.hypot(apart.x(), apart.y())

    near = min(grips, key=distance, default=None)
    return near if near is not None and distance(near) <= _REACH else None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineMark:
    """A straight line between two points of the scene."""

    start: tuple[float, float]
    end: tuple[float, float]

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Dark below, bright above."""
        ends = [Grip(key="", x=x, y=y).place(viewport) for x, y in (self.start, self.end)]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for pen in contrasting_pens():
            painter.setPen(pen)
            painter.drawLine(*ends)
        painter.restore()


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRect:
    """A rectangle that a parameter holds."""

    name: str
    rect: SceneRect

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Its outline and its name."""
        place = viewport.to_widget(self.rect)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in contrasting_pens():
            painter.setPen(pen)
            painter.drawRect(round(place.x), round(place.y), round(place.width), round(place.height))
        draw_tag(painter, QPointF(place.x + 4, place.y + 4), self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedPoint:
    """A point that a parameter holds."""

    name: str
    x: float
    y: float

    def paint(self, painter: QPainter, viewport: Viewport) -> None:
        """Its name beside it; the disc is a grip."""
        place = Grip(key="", x=self.x, y=self.y).place(viewport)
        draw_tag(painter, place + QPointF(10, 6), self.name)
