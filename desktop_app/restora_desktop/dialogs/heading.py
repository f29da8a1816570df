"""The line above a dialog that says what it is, for screens whose window manager writes no titles."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from restora_desktop.panels.dimmed import Dimmed


class Heading(QWidget):
    """A title in bold, and a sentence below it where there is something to say."""

    def __init__(self, title: str, sentence: str = "") -> None:
        super().__init__()
        self.title = QLabel(title)
        self.title.setProperty("role", "dialog")
        self.sentence = Dimmed(sentence)
        self.sentence.setVisible(bool(sentence))
        column = QVBoxLayout(self)
        column.setContentsMargins(2, 0, 0, 4)
        column.setSpacing(2)
        column.addWidget(self.title)
        column.addWidget(self.sentence)
