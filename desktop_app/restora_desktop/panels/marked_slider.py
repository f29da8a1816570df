"""A slider with named places, at which it likes to stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRect, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget

from restora_desktop.theme import colours

_TICK = 5
_GAP = 3
_SNAP_PIXELS = 5
"""How near the hand must come to a mark to be drawn to it."""


class MarkedSlider(QSlider):
    """Shows marks below its groove; dragging stops at them, keys and the wheel do not.

    Signals:
        let_go: the hand or a key has done with it.
    """

    let_go = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        self._marks: tuple[tuple[int, str], ...] = ()
        self.sliderReleased.connect(self.let_go)

    def set_marks(self, marks: Sequence[tuple[int, str]]) -> None:
        """Show these: positions of the slider, each with its name."""
        self._marks = tuple(marks)
        room = self._room() if marks else 0
        self.setMinimumHeight(self.sizeHint().height() + room)
        # The groove moves up, so that the handle does not cover the names.
        self.setStyleSheet(f"QSlider {{ padding-bottom: {room}px; }}" if marks else "")
        self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Stop at a mark that is near."""
        super().mouseMoveEvent(event)
        if not self.isSliderDown():
            return
        near = min(self._marks, key=lambda mark: abs(mark[0] - self.value()), default=None)
        if near is not None and abs(self._x_of(near[0]) - self._x_of(self.value())) <= _SNAP_PIXELS:
            self.setValue(near[0])

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """The slider, and its marks below it."""
        super().paintEvent(event)
        if not self._marks:
            return
        painter = QPainter(self)
        font = self.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() * 0.8))
        painter.setFont(font)
        painter.setPen(QColor(colours().dim_text))
        top = self.height() - painter.fontMetrics().height() - _TICK
        taken = -_GAP
        for place, name in sorted(self._marks):
            x = self._x_of(place)
            painter.drawLine(QPointF(x, top), QPointF(x, top + _TICK - 1))
            width = painter.fontMetrics().horizontalAdvance(name)
            left = min(max(0, round(x - width / 2)), self.width() - width)
            if left >= taken + _GAP:  # names that would cover each other are left out
                room = QRect(left, top + _TICK, width, painter.fontMetrics().height())
                painter.drawText(room, 0, name)
                taken = left + width
        painter.end()

    def _room(self) -> int:
        return round(self.fontMetrics().height() * 0.8) + _TICK

    def _groove_centre(self) -> int:
        return self._handle().center().y()

    def _handle(self) -> QRect:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
        return self.style().subControlRect(control, option, part, self)

    def _x_of(self, place: int) -> float:
        handle = self._handle()
        span = self.width() - handle.width()
        share = (place - self.minimum()) / max(1, self.maximum() - self.minimum())
        return handle.width() / 2 + share * span
