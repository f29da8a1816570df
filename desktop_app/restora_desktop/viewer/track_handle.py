"""A small handle on a horizontal track, for hand and keyboard."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import QPointF, QRect, QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QAbstractSlider, QWidget

SIDE = 24
"""Qt pixels: the least that a finger or an unsteady hand can hit."""
_STEPS = 10_000


class Track(Protocol):
    """The widget that a handle runs on."""

    def track(self) -> QRect:
        """Where the handle's tip runs, from the left to the right edge of this; it hangs below."""
        ...


class TrackHandle(QAbstractSlider):
    """Arrow keys move it by half a per cent of the track, Page keys by five.

    Signals:
        moved: the share of the track, from 0 to 1, where the user put it.
    """

    moved = Signal(float)

    def __init__(self, name: str, fill: QColor, parent: QWidget, track: Track) -> None:
        super().__init__(parent)
        self._track = track
        self._fill = fill
        self.setAccessibleName(name)
        self.setToolTip(name)
        self.setOrientation(Qt.Orientation.Horizontal)
        self.setRange(0, _STEPS)
        self.setSingleStep(_STEPS // 200)
        self.setPageStep(_STEPS // 20)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.SizeHorCursor)
        self.valueChanged.connect(self._tell)

    def set_share(self, share: float) -> None:
        """Put it somewhere without telling anybody."""
        with QSignalBlocker(self):
            self.setValue(round(share * _STEPS))
        self.place()

    def place(self) -> None:
        """Lie where the value says on a track of the present size."""
        track = self._track.track()
        x = track.x() + round(track.width() * self.value() / _STEPS)
        self.setGeometry(x - SIDE // 2, track.bottom() + 1, SIDE, SIDE)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Take hold."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Follow the pointer."""
        if self.isSliderDown():
            track = self._track.track()
            share = (self.mapToParent(event.position()).x() - track.x()) / max(1, track.width())
            self.setValue(round(min(max(share, 0.0), 1.0) * _STEPS))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Let go."""
        if event.button() is Qt.MouseButton.LeftButton:
            self.setSliderDown(False)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """A house with its roof on the track; a thicker rim when it has the focus."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self.palette()
        rim = palette.highlight().color() if self.hasFocus() else palette.text().color()
        painter.setPen(QPen(rim, 2.5 if self.hasFocus() else 1.2))
        painter.setBrush(self._fill)
        middle = SIDE / 2
        corners = [(0, 1), (6, 8), (6, 18), (-6, 18), (-6, 8)]
        painter.drawPolygon(QPolygonF([QPointF(middle + x, y) for x, y in corners]))
        painter.end()

    @Slot()
    def _tell(self) -> None:
        self.place()
        self.moved.emit(self.value() / _STEPS)
