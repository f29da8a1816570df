"""Rows of lists that a finger or a tired eye can tell apart."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QSize
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

_ROOM = 10


class RoomyRows(QStyledItemDelegate):
    """As usual, but with some room above and below the text."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:  # noqa: N802 - Qt's name
        """As high as the text and the room."""
        usual = super().sizeHint(option, index)
        return usual.expandedTo(QSize(usual.width(), option.fontMetrics.height() + _ROOM))
