"""How often which numbers occur, with the handles that say which are black and white."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora_desktop.viewer.background import Background, Latest
from restora_desktop.viewer.histogram import BINS, Histogram, histogram
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.levels import Levels
from restora_desktop.viewer.track_handle import SIDE, TrackHandle

if TYPE_CHECKING:
    from numpy.typing import NDArray

_COLOURS = (QColor(220, 60, 60, 130), QColor(60, 190, 80, 130), QColor(70, 110, 255, 130))
_GREY = (QColor(190, 190, 190, 220),)
_GROUND = QColor(32, 32, 32)
_LINE = QColor(255, 255, 255, 170)
_MARGIN = SIDE // 2
_EMPTY = (0.0, 1.0)


class HistogramView(QWidget):
    """Counts are those of the numbers in the picture, on a square-root scale; bytes never enter.

    Signals:
        levels_dragged: Levels with a black or a white that the user moved.
    """

    levels_dragged = Signal(object)

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("histogram")
        self.setAccessibleName(self.tr("Histogram"))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._layer: Layer | None = None
        self._histogram: Histogram | None = None
        self._levels = Levels()
        self._range = _EMPTY
        self._work = Latest(background, self, is_slow=True)
        self._work.ready.connect(self._take)
        self._black = TrackHandle(self.tr("Black level"), QColor(0, 0, 0), self, self)
        self._white = TrackHandle(self.tr("White level"), QColor(255, 255, 255), self, self)
        self._black.setObjectName("black_level")
        self._white.setObjectName("white_level")
        self._black.moved.connect(self._move_black)
        self._white.moved.connect(self._move_white)

    @property
    def histogram(self) -> Histogram | None:
        """What is shown; None until it is counted."""
        return self._histogram

    def show_layer(self, layer: Layer | None) -> None:
        """Count the numbers of this layer, in the background."""
        if layer is self._layer:
            return
        self._layer, self._histogram = layer, None
        if layer is None:
            self._work.withdraw()
        else:
            image = layer.image
            self._work.request(lambda token: (layer, histogram(image, token)))
        self._spread()

    def set_levels(self, levels: Levels) -> None:
        """Put the handles to these levels."""
        self._levels = levels
        if not (self._black.isSliderDown() or self._white.isSliderDown()):
            self._spread()
        else:
            # The axis stays as it is under the hand, or the handle would run away from the pointer.
            self._place_handles()

    def track(self) -> QRect:
        """Where numbers are laid out."""
        return QRect(_MARGIN, 1, max(1, self.width() - 2 * _MARGIN), max(1, self.height() - SIDE - 2))

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """High enough to see shapes."""
        return QSize(280, 120 + SIDE)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Usable in a narrow dock."""
        return QSize(140, 60 + SIDE)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """The handles keep their numbers."""
        super().resizeEvent(event)
        self._place_handles()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """Ground, bins, the lines of black and white."""
        painter = QPainter(self)
        track = self.track()
        painter.fillRect(track, _GROUND)
        if self._histogram is not None:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_bins(painter, self._histogram, track)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        else:
            text = self.tr("counting …") if self._layer is not None else self.tr("no picture")
            painter.setPen(_LINE)
            painter.drawText(track, Qt.AlignmentFlag.AlignCenter, text)
        for value in (self._levels.black, self._levels.white):
            x = track.x() + self._share(value) * track.width()
            painter.setPen(QPen(_LINE, 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, track.top()), QPointF(x, track.bottom()))
        painter.end()

    def _paint_bins(self, painter: QPainter, found: Histogram, track: QRect) -> None:
        heights = shape(found.counts)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_Plus)
        edges = np.linspace(found.low, found.high, BINS + 1)
        shares = [track.x() + self._share(float(edge)) * track.width() for edge in edges]
        for row, colour in zip(heights, _COLOURS if len(heights) > 1 else _GREY, strict=True):
            painter.setBrush(colour)
            painter.drawPolygon(_outline(row, shares, QRectF(track)))
        painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceOver)
        painter.setPen(_LINE)
        white = 1.0 if self._layer is None else self._layer.image.nominal_white
        low, high = (f"{value * white:.4g}" for value in self._range)
        flags = Qt.AlignmentFlag.AlignTop
        painter.drawText(track.adjusted(4, 2, -4, 0), flags | Qt.AlignmentFlag.AlignLeft, low)
        painter.drawText(track.adjusted(4, 2, -4, 0), flags | Qt.AlignmentFlag.AlignRight, high)
        if found.unusual:
            note = self.tr("{} NaN or infinite").format(found.unusual)
            painter.drawText(track.adjusted(4, 2, -4, 0), flags | Qt.AlignmentFlag.AlignHCenter, note)

    @Slot(object)
    def _take(self, found: tuple[Layer, Histogram]) -> None:
        layer, counted = found
        if layer is self._layer:
            self._histogram = counted
            self._spread()

    def _spread(self) -> None:
        """Choose an axis that holds all numbers, black and white."""
        low, high = _EMPTY if self._histogram is None else (self._histogram.low, self._histogram.high)
        low = min(low, self._levels.black, self._levels.white)
        high = max(high, self._levels.black, self._levels.white)
        self._range = (low, high if high > low else low + 1)
        self._place_handles()

    def _place_handles(self) -> None:
        self._black.set_share(self._share(self._levels.black))
        self._white.set_share(self._share(self._levels.white))
        self.update()

    def _share(self, value: float) -> float:
        low, high = self._range
        return min(max((value - low) / (high - low), 0.0), 1.0)

    def _value(self, share: float) -> float:
        low, high = self._range
        return low + share * (high - low)

    @Slot(float)
    def _move_black(self, share: float) -> None:
        self._change(replace(self._levels, black=self._value(share)))

    @Slot(float)
    def _move_white(self, share: float) -> None:
        self._change(replace(self._levels, white=self._value(share)))

    def _change(self, levels: Levels) -> None:
        self._levels = levels
        self.update()
        self.levels_dragged.emit(levels)


def shape(counts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Heights from 0 to 1 on a square-root scale; overfull bins (clipped whites) are cut off."""
    rooted = np.sqrt(counts.astype(np.float64))
    full = np.percentile(rooted, 99.5) if rooted.any() else 1.0
    heights: NDArray[np.float64] = np.minimum(rooted / max(float(full), 1.0), 1.0)
    return heights


def _outline(heights: NDArray[np.float64], edges: list[float], track: QRectF) -> QPolygonF:
    points = [QPointF(edges[0], track.bottom())]
    for height, left, right in zip(heights.tolist(), edges[:-1], edges[1:], strict=True):
        top = track.bottom() - height * (track.height() - 2)
        points += [QPointF(left, top), QPointF(right, top)]
    points.append(QPointF(edges[-1], track.bottom()))
    return QPolygonF(points)
