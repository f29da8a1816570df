"""The dock of the log."""

from __future__ import annotations

import logging

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.icons import IconButton
from restora_desktop.models.log import LogLine, LogModel, LogRole

_LEVELS = (("All", logging.DEBUG), ("Warnings", logging.WARNING), ("Errors", logging.ERROR))


class LogFilter(QSortFilterProxyModel):
    """Lines of a level and with a text."""

    def __init__(self, source: LogModel, parent: QObject) -> None:
        # Not below its source: a model that dies asks its children about rows.
        super().__init__(parent)
        self._level = logging.DEBUG
        self._text = ""
        self.setSourceModel(source)

    def narrow(self, level: int, text: str) -> None:
        """Show lines of this level and above that contain a text."""
        self._level, self._text = level, text.lower()
        self.invalidate()

    def filterAcceptsRow(self, row: int, parent: QModelIndex | QPersistentModelIndex) -> bool:  # noqa: N802 - Qt's name
        """See Qt."""
        line = self.sourceModel().index(row, 0, parent).data(LogRole.LINE)
        return isinstance(line, LogLine) and line.level >= self._level and self._text in str(line).lower()


class LogPanel(QWidget):
    """A list with a filter.

    Signals:
        folder_wanted: the folder of the log file is to be opened.
    """

    folder_wanted = Signal()

    def __init__(self, model: LogModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._filter = LogFilter(model, self)
        self.list = QListView()
        self.list.setObjectName("log_list")
        self.list.setAccessibleName(self.tr("Log"))
        self.list.setModel(self._filter)
        self.list.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setUniformItemSizes(False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(self._make_bar())
        layout.addWidget(self.list)
        model.rowsInserted.connect(self.list.scrollToBottom)

    def _make_bar(self) -> QHBoxLayout:
        self.level = QComboBox()
        self.level.setAccessibleName(self.tr("Least level"))
        for name, level in _LEVELS:
            self.level.addItem(name, level)
        self.text = QLineEdit()
        self.text.setPlaceholderText(self.tr("Find"))
        self.text.setAccessibleName(self.tr("Find in the log"))
        self.text.setClearButtonEnabled(True)
        copy = IconButton("copy", self.tr("Copy the selected lines, or all"))
        folder = IconButton("folder", self.tr("Open the folder of the log file"))
        clear = IconButton("trash", self.tr("Empty the list; the file keeps everything"))
        self.level.currentIndexChanged.connect(self._narrow)
        self.text.textChanged.connect(self._narrow)
        copy.clicked.connect(self.copy_lines)
        folder.clicked.connect(self.folder_wanted)
        clear.clicked.connect(self._model.clear)
        bar = QHBoxLayout()
        bar.setContentsMargins(4, 2, 4, 2)
        for widget in (self.level, self.text, copy, folder, clear):
            bar.addWidget(widget, 1 if widget is self.text else 0)
        return bar

    def copy_lines(self) -> None:
        """Put the selected lines, or all, onto the clipboard."""
        chosen = sorted(self.list.selectionModel().selectedIndexes(), key=lambda index: index.row())
        lines = [str(index.data()) for index in chosen] or [str(line) for line in self._model.lines]
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _narrow(self) -> None:
        self._filter.narrow(self.level.currentData(), self.text.text())
