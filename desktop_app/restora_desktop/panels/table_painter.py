"""A small table of numbers that is painted with a brush."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from restora_desktop.viewer.colour_maps import ColourMap, colours

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SIDE = 210
_UNKNOWN = QColor(110, 110, 110)
_KEY_STEPS = 16
_ARROWS = {
    Qt.Key.Key_Left: (0, -1),
    Qt.Key.Key_Right: (0, 1),
    Qt.Key.Key_Up: (-1, 0),
    Qt.Key.Key_Down: (1, 0),
}


def numbers_in(text: str, rows: int, columns: int) -> NDArray[np.float64] | None:
    """The table that a text holds; one number stands for all; None where it is no such table."""
    words = [word for word in re.split(r"[\s,;\[\]]+", text) if word]
    try:
        numbers = [float(word) for word in words]
    except ValueError:
        return None
    if len(numbers) == 1:
        numbers *= rows * columns
    if len(numbers) != rows * columns or not np.isfinite(numbers).all():
        return None
    return np.asarray(numbers, np.float64).reshape(rows, columns)


def text_of(table: NDArray[np.float64]) -> str:
    """As `numbers_in` reads it."""
    return "\n".join(" ".join(f"{round(float(value), 3):g}" for value in row) for row in table)


class TablePainter(QWidget):
    """Cells in the colours of a map; dragging paints them. Keys: arrows choose a cell, + and - change it.

    Signals:
        painted: the table as a text.
    """

    painted = Signal(str)

    def __init__(self, table: tuple[int, int, float, float], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("table_painter")
        self.setAccessibleName(self.tr("Table to paint"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._rows, self._columns, self._least, self._greatest = table
        self.brush = self._greatest
        self._numbers: NDArray[np.float64] | None = None
        self._cell = (0, 0)

    def show_text(self, text: str) -> None:
        """Show what a text holds; grey cells where it holds no table."""
        self._numbers = numbers_in(text, self._rows, self._columns)
        self.update()

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Square cells, large enough for a hand."""
        side = _SIDE / max(self._rows, self._columns)
        return QSize(round(side * self._columns), round(side * self._rows))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        """Every cell, its number, and a mark around the one that keys change."""
        painter = QPainter(self)
        font = self.font()
        font.setPointSizeF(max(6.0, font.pointSizeF() * 0.8))
        painter.setFont(font)
        for row in range(self._rows):
            for column in range(self._columns):
                self._draw_cell(painter, row, column)
        if self.hasFocus():
            painter.setPen(QPen(QColor(255, 255, 255), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self._place(*self._cell).adjusted(1, 1, -1, -1))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to paint."""
        if event.button() is Qt.MouseButton.LeftButton:
            self._paint_at(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Paint on."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._paint_at(event.position())

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Everything that the mouse can do."""
        key = event.key()
        if key in _ARROWS:
            down, right = _ARROWS[Qt.Key(key)]
            row, column = self._cell[0] + down, self._cell[1] + right
            self._cell = (min(max(row, 0), self._rows - 1), min(max(column, 0), self._columns - 1))
            self.update()
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            step = (self._greatest - self._least) / _KEY_STEPS
            self._set(self._cell, self._known()[self._cell] + (-step if key == Qt.Key.Key_Minus else step))
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._set(self._cell, self.brush)
        else:
            super().keyPressEvent(event)

    def _draw_cell(self, painter: QPainter, row: int, column: int) -> None:
        place = self._place(row, column)
        if self._numbers is None:
            painter.fillRect(place, _UNKNOWN)
            return
        value = float(self._numbers[row, column])
        share = (value - self._least) / (self._greatest - self._least)
        red, green, blue = (int(part) for part in colours(ColourMap.DEEP)[round(255 * min(max(share, 0), 1))])
        painter.fillRect(place, QColor(red, green, blue))
        painter.setPen(QColor(0, 0, 0) if share > 0.6 else QColor(255, 255, 255))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, f"{value:.3g}")

    def _place(self, row: int, column: int) -> QRectF:
        width, height = self.width() / self._columns, self.height() / self._rows
        return QRectF(column * width, row * height, width - 1, height - 1)

    def _paint_at(self, at: QPointF) -> None:
        column, row = int(at.x() * self._columns // self.width()), int(at.y() * self._rows // self.height())
        if 0 <= row < self._rows and 0 <= column < self._columns:
            self._set((row, column), self.brush)

    def _known(self) -> NDArray[np.float64]:
        if self._numbers is None:
            self._numbers = np.full((self._rows, self._columns), (self._least + self._greatest) / 2)
        return self._numbers

    def _set(self, cell: tuple[int, int], value: float) -> None:
        numbers = self._known().copy()
        numbers[cell] = min(max(value, self._least), self._greatest)
        self._numbers, self._cell = numbers, cell
        self.update()
        self.painted.emit(text_of(numbers))
