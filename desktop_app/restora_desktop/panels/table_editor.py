"""The editor of a text that holds a table: typed above, painted below."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QSlider, QVBoxLayout

from restora.plugins.parameters import TextParam
from restora_desktop.icons import IconButton
from restora_desktop.panels.editor import Editor
from restora_desktop.panels.table_painter import TablePainter

_BRUSH_STEPS = 64


class TableEditor(Editor):
    """Both show the same; an empty text leaves the table to the method."""

    def __init__(self, param: TextParam) -> None:
        super().__init__()
        assert param.table is not None  # the caller asks for this editor for tables only
        self._least, self._greatest = param.table[2:]
        self.text = QPlainTextEdit()
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(param.label)
        self.text.setFixedHeight(self.text.fontMetrics().lineSpacing() * 4 + 12)
        self.text.textChanged.connect(self._take_text)
        self.painter = TablePainter(param.table)
        self.painter.painted.connect(self._take_painting)
        self.brush = QSlider(Qt.Orientation.Horizontal)
        self.brush.setRange(0, _BRUSH_STEPS)
        self.brush.setAccessibleName(self.tr("Brush"))
        self.brush.setToolTip(self.tr("The number that painting sets"))
        self.brush.valueChanged.connect(self._take_brush)
        self.brush_label = QLabel()
        self.clear = IconButton("close", self.tr("Empty"), self.tr("Leave the table to the method"))
        self.clear.clicked.connect(self.text.clear)
        row = QHBoxLayout()
        for widget in (QLabel(self.tr("Brush")), self.brush, self.brush_label, self.clear):
            row.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.text)
        column.addLayout(row)
        column.addWidget(self.painter)
        self.setFocusProxy(self.text)
        self.brush.setValue(_BRUSH_STEPS // 2)

    def show_value(self, value: object) -> None:
        """See Editor."""
        if value != self.text.toPlainText():
            with QSignalBlocker(self.text):
                self.text.setPlainText(str(value))
        self.painter.show_text(str(value))

    def _take_text(self) -> None:
        self.painter.show_text(self.text.toPlainText())
        self.edited.emit(self.text.toPlainText())

    def _take_painting(self, text: str) -> None:
        with QSignalBlocker(self.text):
            self.text.setPlainText(text)
        self.edited.emit(text)

    def _take_brush(self, place: int) -> None:
        self.painter.brush = self._least + (self._greatest - self._least) * place / _BRUSH_STEPS
        self.brush_label.setText(f"{self.painter.brush:.3g}")
