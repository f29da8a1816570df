"""A histogram of one number per Gaussian, with the range that is to be selected."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora.splats.attributes import Histogram
from restora_desktop.theme import colours

_HEIGHT = 110
_GAP = 4


class AttributePlot(QWidget):
    """Counts are drawn by their logarithm, so that a few odd Gaussians are seen beside a million others.

    Signals:
        range_wanted: the lower and upper end of what was dragged over.
    """

    range_wanted = Signal(float, float)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("attribute_plot")
        self.setAccessibleName(self.tr("Histogram of the attribute"))
        self.setToolTip(self.tr("Drag to choose a range; the numbers below do the same"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._histogram: Histogram | None = None
        self._is_logarithmic = False
        self._range: tuple[float, float] | None = None
        self._from: float | None = None

    def show_histogram(self, histogram: Histogram | None, *, is_logarithmic: bool = False) -> None:
        """Draw another one, or none."""
        self._histogram, self._is_logarithmic, self._range = histogram, is_logarithmic, None
        self.update()

    def show_range(self, low: float, high: float) -> None:
        """Mark what is chosen."""
        self._range = (low, high)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Low and wide."""
        return QSize(200, _HEIGHT)

    def value_at(self, x: float) -> float:
        """The number at a place of the widget."""
        if self._histogram is None:
            return 0.0
        share = min(max((x - _GAP) / max(1, self.width() - 2 * _GAP), 0.0), 1.0)
        low, high = float(self._histogram.edges[0]), float(self._histogram.edges[-1])
        if self._is_logarithmic:
            return float(low * (high / low) ** share)
        return low + (high - low) * share

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin a range."""
        self._from = self.value_at(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Draw it out."""
        if self._from is not None and self._histogram is not None:
            here = self.value_at(event.position().x())
            self.range_wanted.emit(min(self._from, here), max(self._from, here))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """End it."""
        self._from = None

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """Columns, and the range over them."""
        theme, painter = colours(), QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.raised))
        area = QRectF(self.rect()).adjusted(_GAP, _GAP, -_GAP, -_GAP)
        if self._histogram is None:
            painter.setPen(QColor(theme.dim_text))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.tr("no scene"))
        else:
            self._paint_columns(painter, area, self._histogram, QColor(theme.text))
            self._paint_range(painter, area, self._histogram, QColor(theme.focus))
        painter.end()

    def _paint_columns(self, painter: QPainter, area: QRectF, shown: Histogram, ink: QColor) -> None:
        heights = np.log1p(shown.counts) / max(float(np.log1p(shown.counts.max())), 1e-9)
        width = area.width() / len(heights)
        for number, height in enumerate(heights):
            tall = area.height() * float(height)
            painter.fillRect(
                QRectF(area.x() + number * width, area.bottom() - tall, max(1.0, width - 1), tall), ink
            )

    def _paint_range(self, painter: QPainter, area: QRectF, shown: Histogram, ink: QColor) -> None:
        if self._range is None:
            return
        left, right = (area.x() + area.width() * self._share(value, shown) for value in self._range)
        wash = QColor(ink)
        wash.setAlpha(70)
        painter.fillRect(QRectF(left, area.y(), max(1.0, right - left), area.height()), wash)
        painter.setPen(QPen(ink, 1.5))
        for x in (left, right):
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()))

    def _share(self, value: float, shown: Histogram) -> float:
        low, high = float(shown.edges[0]), float(shown.edges[-1])
        clipped = min(max(value, low), high)
        if self._is_logarithmic:
            return float(np.log(clipped / low) / np.log(high / low))
        return (clipped - low) / (high - low)
