"""Closing rows so that it can be undone."""

from __future__ import annotations

from PySide6.QtGui import QUndoCommand

from restora_desktop.models.items import ItemsModel, Node


class CloseNode(QUndoCommand):
    """Takes one row out, with all below it; undone, it is back at its place."""

    def __init__(self, model: ItemsModel, node: Node) -> None:
        super().__init__(f"close {node.title}")
        self._model, self._node = model, node
        self._place = 0

    def redo(self) -> None:
        """Take it out."""
        self._place = self._model.remove(self._node)

    def undo(self) -> None:
        """Put it back."""
        self._model.insert(self._node, self._place)
