"""A push button that does what an action does, and says what the action says."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QPushButton, QWidget


class ActionButton(QPushButton):
    """Follows its action: text, icon, tooltip, and whether it can be used."""

    def __init__(self, action: QAction, *, text: str | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._action = action
        self._text = text
        self.setObjectName(f"button.{action.objectName()}")
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        action = self._action
        if self._text != "":
            self.setText(self._text or action.text().replace("&", "").removesuffix("…"))
        self.setIcon(action.icon())
        self.setEnabled(action.isEnabled())
        self.setToolTip(action.toolTip())
        self.setAccessibleName(action.text().replace("&", ""))
