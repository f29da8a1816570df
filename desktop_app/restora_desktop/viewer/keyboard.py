"""Where the keyboard is, and where the Tab key takes it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget


def holds_keyboard(widget: QWidget) -> bool:
    """Whether it, or something in it, has the focus."""
    focused = QApplication.focusWidget()
    return focused is not None and (focused is widget or widget.isAncestorOf(focused))


def tab_into(widget: QWidget, after: QWidget) -> None:
    """Let the Tab key go through `widget` after `after`; Qt puts what is made later at the very end."""
    last = after
    for each in widget.findChildren(QWidget):
        # The list of a combo box is a window of its own.
        is_stop = each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.window() is after.window()
        if is_stop and each.focusProxy() is None:
            QWidget.setTabOrder(last, each)
            last = each
