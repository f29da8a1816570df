"""The timeline of a camera path: keys as diamonds, a playhead, and the keyboard for both."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora_desktop.scene.path_model import PathModel
from restora_desktop.theme import colours

_HEIGHT: Final = 44
_EDGE: Final = 14
_KEY: Final = 7.0
_GRAB: Final = 9.0


class Timeline(QWidget):
    """Shows a PathModel and moves its playhead; a key that is dragged changes the time before it.

    Keys: Left and Right move by a frame, Page Up and Down from key to key, Home and End to the ends, Delete
    takes the selected key away.
    """

    def __init__(self, model: PathModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("timeline")
        self.setAccessibleName(self.tr("Timeline of the camera path"))
        self.setToolTip(self.tr("Click or press arrows to move, drag a key to change its time"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._model = model
        self._dragged: int | None = None
        model.changed.connect(self.update)
        model.moved.connect(self.update)

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Low and wide."""
        return QSize(300, _HEIGHT)

    def place_of(self, seconds: float) -> float:
        """Where a time lies."""
        whole = max(self._model.duration, 1e-9)
        return _EDGE + (self.width() - 2 * _EDGE) * seconds / whole

    def seconds_at(self, x: float) -> float:
        """Which time lies at a place."""
        share = (x - _EDGE) / max(1, self.width() - 2 * _EDGE)
        return min(max(share, 0.0), 1.0) * self._model.duration

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take a key, or move the playhead."""
        x = event.position().x()
        near = [n for n, time in enumerate(self._model.times) if abs(self.place_of(time) - x) <= _GRAB]
        if near:
            self._model.select(near[0])
            self._dragged = near[0]
        else:
            self._model.move_to(self.seconds_at(x))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move the playhead; a key moves when it is let go."""
        if event.buttons() and self._dragged is None:
            self._model.move_to(self.seconds_at(event.position().x()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """The time before a dragged key is as long as the drag says."""
        dragged, self._dragged = self._dragged, None
        if dragged is None or dragged == 0:
            return
        x = event.position().x()
        if abs(self.place_of(self._model.times[dragged]) - x) > _GRAB:
            before = self._model.times[dragged - 1]
            self._model.set_seconds(dragged - 1, self.seconds_at(x) - before)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Everything without a mouse."""
        model, key = self._model, event.key()
        frame = 1 / (24.0 if model.path is None else model.path.frames_per_second)
        if key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            model.move_to(model.seconds + (frame if key == Qt.Key.Key_Right else -frame))
        elif key == Qt.Key.Key_PageDown:
            model.select(min(model.selected + 1, len(model.keys) - 1))
        elif key == Qt.Key.Key_PageUp:
            model.select(max(model.selected - 1, 0))
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            model.move_to(0.0 if key == Qt.Key.Key_Home else model.duration)
        elif key == Qt.Key.Key_Delete:
            model.delete_selected()
        else:
            super().keyPressEvent(event)

    @Slot()
    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """A line with keys and the playhead."""
        theme, painter = colours(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(theme.raised))
        middle = self.height() / 2
        painter.setPen(QPen(QColor(theme.dim_text), 1))
        if not self._model.keys:
            painter.drawText(
                self.rect(), Qt.AlignmentFlag.AlignCenter, self.tr("No key yet: look somewhere, then Add key")
            )
        else:
            painter.drawLine(QPointF(_EDGE, middle), QPointF(self.width() - _EDGE, middle))
        for number, time in enumerate(self._model.times):
            self._paint_key(
                painter, QPointF(self.place_of(time), middle), is_selected=number == self._model.selected
            )
        self._paint_playhead(painter, QColor(theme.focus))
        if self.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QColor(theme.focus))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_key(self, painter: QPainter, at: QPointF, *, is_selected: bool) -> None:
        theme = colours()
        diamond = QPolygonF(
            [at + QPointF(0, -_KEY), at + QPointF(_KEY, 0), at + QPointF(0, _KEY), at + QPointF(-_KEY, 0)]
        )
        painter.setBrush(QColor(theme.focus if is_selected else theme.text))
        painter.setPen(QPen(QColor(theme.background), 1))
        painter.drawPolygon(diamond)
        if is_selected:  # not by colour alone
            painter.setBrush(QColor(theme.background))
            painter.drawEllipse(at, 2.0, 2.0)

    def _paint_playhead(self, painter: QPainter, ink: QColor) -> None:
        if not self._model.keys:
            return
        x = self.place_of(self._model.seconds)
        painter.setPen(QPen(ink, 2))
        painter.drawLine(QPointF(x, 3), QPointF(x, self.height() - 3))
        text = f"{self._model.seconds:.2f} s of {self._model.duration:.2f} s"
        painter.setPen(QColor(colours().text))
        painter.drawText(QRectF(self.rect()).adjusted(6, 0, -6, -2), Qt.AlignmentFlag.AlignBottom, text)
