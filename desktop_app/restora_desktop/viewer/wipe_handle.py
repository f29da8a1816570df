"""The handle that divides a pane between two pictures."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSlider, QWidget

THICKNESS = 28
"""Qt pixels that can be grabbed across the line."""
_STEPS = 1000
_GRIP = 11.0
_LIGHT = QColor(255, 255, 255)
_DARK = QColor(0, 0, 0, 190)


class WipeHandle(QAbstractSlider):
    """A slider as long as its pane: arrow keys move it by 1 %, Page keys by 10 %, Home and End to the edges.

    Its orientation is that of the movement: horizontal for a line that stands upright.
    """

    def __init__(self, orientation: Qt.Orientation, parent: QWidget) -> None:
        super().__init__(parent)
        self._pane = parent
        self.setObjectName("wipe_handle")
        self.setAccessibleName(self.tr("Wipe position"))
        self.setToolTip(self.tr("Drag, or press the arrow keys, to wipe between A and B"))
        self.setRange(0, _STEPS)
        self.setSingleStep(_STEPS // 100)
        self.setPageStep(_STEPS // 10)
        self.setValue(_STEPS // 2)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.turn(orientation)
        self.valueChanged.connect(self.place)

    @property
    def share(self) -> float:
        """Where it stands, from 0 (left or top) to 1."""
        return self.value() / _STEPS

    def turn(self, orientation: Qt.Orientation) -> None:
        """Move along the other direction."""
        self.setOrientation(orientation)
        # Upwards must mean up on the screen, where values grow downwards.
        self.setInvertedControls(orientation is Qt.Orientation.Vertical)
        is_horizontal = orientation is Qt.Orientation.Horizontal
        self.setCursor(Qt.CursorShape.SplitHCursor if is_horizontal else Qt.CursorShape.SplitVCursor)
        self.place()

    @Slot()
    def place(self) -> None:
        """Lie where the value says on a pane of the present size."""
        pane = self._pane
        if self.orientation() is Qt.Orientation.Horizontal:
            self.setGeometry(round(pane.width() * self.share) - THICKNESS // 2, 0, THICKNESS, pane.height())
        else:
            self.setGeometry(0, round(pane.height() * self.share) - THICKNESS // 2, pane.width(), THICKNESS)

    def leave(self) -> None:
        """Go away; the pane takes the keyboard, or the keys of the viewer would end with the handle."""
        if self.hasFocus():
            self._pane.setFocus()
        self.hide()
        self.deleteLater()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)
        else:
            event.ignore()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the pointer."""
        if not self.isSliderDown():
            event.ignore()
            return
        pane, at = self._pane, self.mapToParent(event.position())
        if self.orientation() is Qt.Orientation.Horizontal:
            self.setValue(round(at.x() / max(1, pane.width()) * _STEPS))
        else:
            self.setValue(round(at.y() / max(1, pane.height()) * _STEPS))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """A line with a round grip that shows both directions; a ring more when it has the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = QRectF(self.rect()).center()
        if self.orientation() is Qt.Orientation.Vertical:
            painter.translate(middle)
            painter.rotate(90)
            painter.translate(-middle)
        reach = max(self.width(), self.height())
        for pen in (QPen(_DARK, 4), QPen(_LIGHT, 2)):
            painter.setPen(pen)
            painter.drawLine(QPointF(middle.x(), middle.y() - reach), QPointF(middle.x(), middle.y() + reach))
        rim = self.palette().highlight().color() if self.hasFocus() else _LIGHT
        painter.setPen(QPen(rim, 3 if self.hasFocus() else 2))
        painter.setBrush(_DARK)
        painter.drawEllipse(middle, _GRIP, _GRIP)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_LIGHT)
        for side in (-1, 1):
            tip = middle + QPointF(side * 7.5, 0)
            back = side * -4.5
            painter.drawPolygon(QPolygonF([tip, tip + QPointF(back, -4.5), tip + QPointF(back, 4.5)]))
        painter.end()
