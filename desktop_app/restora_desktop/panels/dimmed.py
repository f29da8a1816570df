"""Texts of lesser weight."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


class Dimmed(QLabel):
    """A text of lesser weight."""

    def __init__(self, text: str = "", role: str = "dim") -> None:
        super().__init__(text)
        self.setProperty("role", role)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
