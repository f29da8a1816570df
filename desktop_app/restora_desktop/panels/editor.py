"""What every editor of a parameter can do."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget


class Editor(QWidget):
    """The base of all editors.

    Signals:
        edited: the new value, or the text that was typed.
    """

    edited = Signal(object)
    typed = True
    """Whether `edited` brings values; texts still have to be read where this is off."""

    def show_value(self, value: object) -> None:
        """Show a value without saying that it was edited."""
        raise NotImplementedError

    def _row(self, *widgets: QWidget, stretch: int = 0) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        for place, widget in enumerate(widgets):
            layout.addWidget(widget, 1 if place == stretch else 0)
        self.setFocusProxy(widgets[0])
