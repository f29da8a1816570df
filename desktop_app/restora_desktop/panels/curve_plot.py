"""Curves of numbers along a line."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora_desktop.viewer.profile import Profile

_GROUND, _INK = QColor(32, 32, 32), QColor(215, 215, 215)
_CHANNELS = (QColor(240, 95, 95), QColor(95, 205, 115), QColor(110, 150, 255), QColor(170, 170, 170))
_GREY = QColor(225, 225, 225)
_STYLES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
"""One per picture: colours belong to channels."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 52.0, 10.0, 8.0, 20.0


class CurvePlot(QWidget):
    """Draws profiles over one pair of axes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("curve_plot")
        self.setAccessibleName(self.tr("Curves along the line"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._profiles: tuple[Profile, ...] = ()

    def show_profiles(self, profiles: Sequence[Profile]) -> None:
        """Draw these."""
        self._profiles = tuple(profiles)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """High enough to see shapes."""
        return QSize(300, 160)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Usable in a narrow dock."""
        return QSize(160, 90)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """Axes with their ends, then one path per picture and channel."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), _GROUND)
        area = QRectF(
            _LEFT, _TOP, max(1.0, self.width() - _LEFT - _RIGHT), max(1.0, self.height() - _TOP - _BOTTOM)
        )
        low, high = ends_of(self._profiles)
        self._draw_axes(painter, area, low, high)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(area.adjusted(-1, -1, 1, 1))
        for number, each in enumerate(self._profiles):
            channels = each.values.shape[1]
            for channel in range(channels):
                colour = _GREY if channels == 1 else _CHANNELS[min(channel, 3)]
                painter.setPen(QPen(colour, 1.4, _STYLES[number % len(_STYLES)]))
                painter.drawPath(path_of(each, channel, area, low, high))
        painter.end()

    def _draw_axes(self, painter: QPainter, area: QRectF, low: float, high: float) -> None:
        painter.setPen(_INK)
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        if not self._profiles:
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("no line is drawn"))
            return
        for text, y in ((f"{high:.4g}", area.top()), (f"{low:.4g}", area.bottom() - 12)):
            painter.drawText(QRectF(0, y, _LEFT - 5, 14), Qt.AlignmentFlag.AlignRight, text)
        length = f"{self._profiles[0].distances[-1]:.4g} px"
        below = QRectF(area.left(), area.bottom() + 3, area.width(), 14)
        painter.drawText(below, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(below, Qt.AlignmentFlag.AlignRight, length)


def ends_of(profiles: Sequence[Profile]) -> tuple[float, float]:
    """The smallest and the largest number of all; 0 and 1 where there is none."""
    finite = [each.values[np.isfinite(each.values)] for each in profiles]
    numbers = np.concatenate(finite) if finite else np.empty(0, np.float32)
    if numbers.size == 0:
        return 0.0, 1.0
    low, high = float(numbers.min()), float(numbers.max())
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def path_of(each: Profile, channel: int, area: QRectF, low: float, high: float) -> QPainterPath:
    """One curve in Qt's coordinates; it breaks where there is no number."""
    path, is_down = QPainterPath(), False
    values = each.values[:, channel]
    length = float(each.distances[-1]) or 1.0
    for distance, value in zip(each.distances.tolist(), values.tolist(), strict=True):
        if not np.isfinite(value):
            is_down = False
            continue
        x = area.left() + distance / length * area.width()
        point = QPointF(x, area.bottom() - (value - low) / (high - low) * area.height())
        if is_down:
            path.lineTo(point)
        else:
            path.moveTo(point)
        is_down = True
    return path
