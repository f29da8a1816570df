"""Seeing and changing the keys of all commands."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QHeaderView,
    QKeySequenceEdit,
    QLineEdit,
    QPushButton,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.actions import ActionBoard
from restora_desktop.dialogs.heading import Heading
from restora_desktop.panels.dimmed import Dimmed
from restora_desktop.panels.roomy import RoomyRows
from restora_desktop.preferences import Preferences

_ID = Qt.ItemDataRole.UserRole


class ShortcutsDialog(QDialog):
    """A table of commands with an editor for the selected one; a key that is taken is refused by name."""

    def __init__(self, board: ActionBoard, preferences: Preferences, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("shortcuts_dialog")
        self.setWindowTitle(self.tr("Shortcuts"))
        self.resize(720, 560)
        self._board, self._preferences = board, preferences
        self._make_list()
        layout = QVBoxLayout(self)
        layout.addWidget(Heading(self.windowTitle()))
        for part in (self.search, self.tree):
            layout.addWidget(part)
        layout.addLayout(self._make_editor())
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        layout.addWidget(self.note)
        layout.addWidget(buttons)
        self.tree.setCurrentItem(self._rows[0])
        self._show_keys()

    def _make_list(self) -> None:
        self.search = QLineEdit()
        self.search.setPlaceholderText(self.tr("Find"))
        self.search.setAccessibleName(self.tr("Find a command"))
        self.search.textChanged.connect(self._narrow)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(self.tr("Commands and their keys"))
        self.tree.setHeaderLabels([self.tr("Command"), self.tr("Keys"), self.tr("Where")])
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setRootIsDecorated(False)
        self.tree.setItemDelegate(RoomyRows(self.tree))
        self._rows: list[QTreeWidgetItem] = []
        for action in self._board.all():
            command = action.command
            where = self.tr("viewer") if command.scope == "viewer" else self.tr("everywhere")
            row = QTreeWidgetItem(self.tree, [f"{command.menu.replace('&', '')}: {command.title}", "", where])
            row.setData(0, _ID, command.id)
            row.setToolTip(0, command.tip)
            self._rows.append(row)

    def _make_editor(self) -> QHBoxLayout:
        self.keys = QKeySequenceEdit()
        self.keys.setMaximumSequenceLength(1)
        self.keys.setAccessibleName(self.tr("New keys of the selected command"))
        self.take = QPushButton(self.tr("Use these keys"))
        self.take.clicked.connect(self._take)
        self.none = QPushButton(self.tr("No keys"))
        self.none.clicked.connect(self._take_none)
        self.usual = QPushButton(self.tr("The usual keys"))
        self.usual.clicked.connect(self._take_usual)
        self.note = Dimmed()
        editor = QHBoxLayout()
        for widget in (self.keys, self.take, self.none, self.usual):
            editor.addWidget(widget, 1 if widget is self.keys else 0)
        return editor

    def set_keys(self, command_id: str, keys: str) -> bool:
        """Give a command keys; False, with the reason on the screen, where another one has them."""
        other = self._board.conflict(command_id, keys)
        if other is not None:
            self.note.setText(self.tr("{keys} belongs to {name}.").format(keys=keys, name=other.title))
            return False
        self._board[command_id].set_keys(keys)
        usual = self._board[command_id].command.keys
        self._preferences.set_shortcut(command_id, None if keys == usual else keys)
        self.note.setText("")
        self._show_keys()
        return True

    def _current(self) -> str | None:
        row = self.tree.currentItem()
        return None if row is None else str(row.data(0, _ID))

    def _take(self) -> None:
        command_id = self._current()
        if command_id is not None:
            self.set_keys(command_id, self.keys.keySequence().toString())

    def _take_none(self) -> None:
        command_id = self._current()
        if command_id is not None:
            self.set_keys(command_id, "")

    def _take_usual(self) -> None:
        command_id = self._current()
        if command_id is not None:
            self.set_keys(command_id, self._board[command_id].command.keys)

    def _show_keys(self) -> None:
        for row in self._rows:
            action = self._board[str(row.data(0, _ID))]
            row.setText(1, action.shortcut().toString(QKeySequence.SequenceFormat.NativeText))

    def _narrow(self, text: str) -> None:
        for row in self._rows:
            row.setHidden(text.lower() not in row.text(0).lower())


def apply_own_keys(board: ActionBoard, preferences: Preferences) -> None:
    """Use the keys that the user has chosen."""
    for action in board.all():
        keys = preferences.shortcut(action.command.id)
        if keys is not None:
            action.set_keys(keys)
