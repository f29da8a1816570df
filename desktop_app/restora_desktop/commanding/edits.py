"""Undo, copies and preferences."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication

from restora.errors import RestoraError
from restora_desktop.commanding.open_dialogs import OpenDialogs
from restora_desktop.desk import Desk
from restora_desktop.dialogs.preferences import PreferencesDialog
from restora_desktop.panels.banner import Notice
from restora_desktop.theme import Theme


class EditCommands(QObject):
    """Answers the edit menu."""

    def __init__(self, desk: Desk, dialogs: OpenDialogs, theme: Theme) -> None:
        super().__init__(desk)
        self._desk, self._dialogs, self._theme = desk, dialogs, theme

    @property
    def answers(self) -> Mapping[str, Callable[[], None]]:
        """What it does, by command."""
        return {
            "edit.undo": self._desk.rows.stack.undo,
            "edit.redo": self._desk.rows.stack.redo,
            "edit.move_up": partial(self._desk.rows.step_by, -1),
            "edit.move_down": partial(self._desk.rows.step_by, 1),
            "edit.copy_view": self._copy_view,
            "edit.copy_pixel": self._copy_pixel,
            "edit.copy_recipe": self._copy_recipe,
            "edit.preferences": self._preferences,
        }

    def _copy_view(self) -> None:
        QGuiApplication.clipboard().setImage(self._desk.view.grab_view())

    def _copy_pixel(self) -> None:
        text = self._desk.window.inspect_panel.pixel.copied_text()
        if text:
            QGuiApplication.clipboard().setText(text)
        else:
            self._desk.tell(Notice(text=self.tr("Point at a pixel first, then copy its value.")))

    def _copy_recipe(self) -> None:
        node = self._desk.window.items_panel.current()
        if node is not None and node.result is not None:
            QGuiApplication.clipboard().setText(node.result.recipe.to_text())

    def _preferences(self) -> None:
        window = self._desk.window
        dialog = PreferencesDialog(
            self._desk.known_workbench.settings, self._desk.preferences, window.dialogs, window
        )
        dialog.accepted.connect(partial(self._take_preferences, dialog))
        self._dialogs.open(dialog)

    def _take_preferences(self, dialog: PreferencesDialog) -> None:
        dialog.keep()
        self._theme.choose(dialog.scheme)
        try:
            self._desk.known_workbench.change_settings(dialog.settings())
        except RestoraError as error:
            self._desk.tell_error(error)
        self._desk.method.look_at_weights()
