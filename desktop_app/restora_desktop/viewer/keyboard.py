"""Where the keyboard is."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QWidget


def holds_keyboard(widget: QWidget) -> bool:
    """Whether it, or something in it, has the focus."""
    focused = QApplication.focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))
