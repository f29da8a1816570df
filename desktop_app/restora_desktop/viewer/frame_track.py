"""The track of a frame strip: all frames as a line, the window as a bar with two handles."""

from __future__ import annotations

from enum import Enum, auto
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora.data.geometry import FrameWindow
from restora_desktop.viewer.overlays import nice_step

_HEIGHT = 40
_MARGIN = 10
_GRAB = 8
"""Qt pixels beside an edge of the window that still take hold of it."""
_GROUND = QColor(32, 32, 32)
_TICKS = QColor(255, 255, 255, 110)
_TICK_DISTANCE = 80


class _Grip(Enum):
    START = auto()
    STOP = auto()
    BODY = auto()


class FrameTrack(QWidget):
    """Drag the bar to move the window and its edges to change its length; a click elsewhere moves it there.

    Keys: Left and Right move by one frame, with Shift by one window; Ctrl+Left and Ctrl+Right shorten and
    lengthen by one frame; Home and End go to the first and last frames.

    Signals:
        window_changed: the FrameWindow after a change by the user.
    """

    window_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("frame_track")
        self.setAccessibleName(self.tr("Window of frames"))
        self.setToolTip(
            self.tr("Drag the bar or its edges. Arrows: one frame, Shift: one window, Ctrl: its length")
        )
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._count = 1
        self._window = FrameWindow(0, 1)
        self._grip: _Grip | None = None
        self._grip_offset = 0.0

    @property
    def count(self) -> int:
        """Frames of the capture."""
        return self._count

    @property
    def window_of_frames(self) -> FrameWindow:
        """The frames chosen."""
        return self._window

    def set_frames(self, count: int, window: FrameWindow) -> None:
        """Show another capture."""
        self._count = max(1, count)
        self.set_window(window)

    def set_window(self, window: FrameWindow) -> None:
        """Show another window, cut to the frames there are, without telling anybody."""
        length = min(max(1, window.length), self._count)
        start = min(max(0, window.start), self._count - length)
        self._window = FrameWindow(start, length)
        value = self.tr("frames {} to {}").format(start, start + length - 1)
        self.setAccessibleDescription(value)
        self.update()

    def choose(self, start: int, length: int) -> None:
        """As if the user had."""
        old = self._window
        self.set_window(FrameWindow(start, length))
        if self._window != old:
            self.window_changed.emit(self._window)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Wide."""
        return QSize(400, _HEIGHT)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Still usable."""
        return QSize(160, _HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """As the class says."""
        start, length = self._window.start, self._window.length
        key, modifiers = event.key(), event.modifiers()
        direction = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(key), 0)
        if direction and modifiers & Qt.KeyboardModifier.ControlModifier:
            self.choose(start, min(length + direction, self._count - start))
        elif direction:
            by_window = bool(modifiers & Qt.KeyboardModifier.ShiftModifier)
            self.choose(start + direction * (length if by_window else 1), length)
        elif key == Qt.Key.Key_Home:
            self.choose(0, length)
        elif key == Qt.Key.Key_End:
            self.choose(self._count - length, length)
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold of an edge or the bar; elsewhere, move the bar under the pointer first."""
        if event.button() is not Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        x = event.position().x()
        self._grip = self._grip_at(x)
        if self._grip is None:
            self.choose(round(self._frame_at(x) - self._window.length / 2), self._window.length)
            self._grip = _Grip.BODY
        self._grip_offset = self._frame_at(x) - self._window.start

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the pointer, or show what it could take hold of."""
        x, window = event.position().x(), self._window
        match self._grip:
            case _Grip.START:
                start = min(max(round(self._frame_at(x)), 0), window.stop - 1)
                self.choose(start, window.stop - start)
            case _Grip.STOP:
                stop = min(max(round(self._frame_at(x)), window.start + 1), self._count)
                self.choose(window.start, stop - window.start)
            case _Grip.BODY:
                self.choose(round(self._frame_at(x) - self._grip_offset), window.length)
            case None:
                self.setCursor(_CURSORS[self._grip_at(x)])

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        self._grip = None
        super().mouseReleaseEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """The line, its numbers, the bar and its handles."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line = QRectF(_MARGIN, 2, self.width() - 2 * _MARGIN, _HEIGHT - 4)
        painter.fillRect(self.rect(), _GROUND)
        self._paint_ticks(painter, line)
        accent = self.palette().highlight().color()
        left, right = self._x_of(self._window.start), self._x_of(self._window.stop)
        shade = QColor(accent)
        shade.setAlpha(110)
        painter.fillRect(QRectF(left, line.top(), max(right - left, 1.0), line.height()), shade)
        painter.setPen(QPen(accent, 2))
        for x in (left, right):
            painter.drawLine(QPointF(x, line.top()), QPointF(x, line.bottom()))
            painter.setBrush(accent)
            painter.drawRoundedRect(QRectF(x - 4, line.center().y() - 8, 8, 16), 3, 3)
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()

    def _paint_ticks(self, painter: QPainter, line: QRectF) -> None:
        step = max(1, round(nice_step(self._count * _TICK_DISTANCE / max(1.0, line.width()))))
        font = painter.font()
        font.setPixelSize(10)
        painter.setFont(font)
        painter.setPen(_TICKS)
        for frame in range(0, self._count, step):
            x = self._x_of(frame)
            painter.drawLine(QPointF(x, line.bottom() - 6), QPointF(x, line.bottom()))
            if x + 40 < line.right():
                painter.drawText(QPointF(x + 3, line.bottom() - 3), f"{frame:,}")

    def _x_of(self, frame: float) -> float:
        return _MARGIN + frame / self._count * (self.width() - 2 * _MARGIN)

    def _frame_at(self, x: float) -> float:
        return (x - _MARGIN) / max(1, self.width() - 2 * _MARGIN) * self._count

    def _grip_at(self, x: float) -> _Grip | None:
        left, right = self._x_of(self._window.start), self._x_of(self._window.stop)
        # A narrow bar is all edge: its outer sides change the length, its middle moves it.
        inner = min(_GRAB, (right - left) / 3)
        if left - _GRAB <= x < left + inner:
            return _Grip.START
        if right - inner < x <= right + _GRAB:
            return _Grip.STOP
        return _Grip.BODY if left <= x <= right else None


_CURSORS: Final = {
    _Grip.START: Qt.CursorShape.SizeHorCursor,
    _Grip.STOP: Qt.CursorShape.SizeHorCursor,
    _Grip.BODY: Qt.CursorShape.OpenHandCursor,
    None: Qt.CursorShape.ArrowCursor,
}
