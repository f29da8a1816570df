"""Finding a command by its name."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QDialog, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from restora_desktop.actions import CommandAction

_ID = Qt.ItemDataRole.UserRole


class CommandPalette(QDialog):
    """A line to type into, and the commands whose names contain the letters; Return performs one."""

    def __init__(self, actions: Sequence[CommandAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("palette")
        self.setWindowTitle(self.tr("Commands"))
        self.resize(560, 420)
        self._actions = {action.command.id: action for action in actions}
        self.line = QLineEdit()
        self.line.setPlaceholderText(self.tr("Type a part of a name"))
        self.line.setAccessibleName(self.tr("Find a command"))
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Commands"))
        layout = QVBoxLayout(self)
        layout.addWidget(self.line)
        layout.addWidget(self.list)
        self.line.textChanged.connect(self._narrow)
        self.line.returnPressed.connect(self._perform)
        self.list.itemActivated.connect(self._perform)
        self.line.installEventFilter(self)
        self._narrow("")

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Up and down move in the list while one types."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
            if step is not None:
                row = self.list.currentRow() + step
                self.list.setCurrentRow(min(max(row, 0), self.list.count() - 1))
                return True
        return super().eventFilter(watched, event)

    def shown_ids(self) -> list[str]:
        """The commands in the list."""
        return [self.list.item(row).data(_ID) for row in range(self.list.count())]

    def _narrow(self, text: str) -> None:
        self.list.clear()
        words = text.lower().split()
        for command_id, action in self._actions.items():
            command = action.command
            haystack = f"{command.menu.replace('&', '')} {command.title} {command.tip}".lower()
            if all(word in haystack for word in words):
                self.list.addItem(self._row(command_id, action))
        self.list.setCurrentRow(0)

    def _row(self, command_id: str, action: CommandAction) -> QListWidgetItem:
        command = action.command
        keys = action.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        row = QListWidgetItem(
            action.icon(), f"{command.menu.replace('&', '')}: {command.title}   {keys}".rstrip()
        )
        row.setData(_ID, command_id)
        row.setToolTip(action.toolTip())
        if not action.isEnabled():
            row.setFlags(row.flags() & ~Qt.ItemFlag.ItemIsEnabled)
        return row

    def _perform(self) -> None:
        row = self.list.currentItem()
        if not self.list.count() or not row.flags() & Qt.ItemFlag.ItemIsEnabled:
            return
        action = self._actions[row.data(_ID)]
        self.accept()
        action.trigger()
