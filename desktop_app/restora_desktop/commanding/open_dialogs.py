"""Dialogs that stay open beside the window and hold nothing up."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog


class OpenDialogs(QObject):
    """Shows dialogs without waiting for them, and ends them with the window."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._open: list[QDialog] = []

    def __contains__(self, dialog: QDialog) -> bool:
        return dialog in self._open

    def open(self, dialog: QDialog) -> None:
        """Show a dialog; it is thrown away when it is closed."""
        self._open.append(dialog)
        dialog.finished.connect(partial(self._drop, dialog))
        dialog.show()

    def close_all(self) -> None:
        """The window is about to go: whatever is still open ends its own work."""
        for dialog in tuple(self._open):
            dialog.reject()

    def _drop(self, dialog: QDialog, _code: int) -> None:
        if dialog in self._open:
            self._open.remove(dialog)
            dialog.deleteLater()
