"""Renaming rows so that it can be undone."""

from __future__ import annotations

from PySide6.QtGui import QUndoCommand

from restora_desktop.models.items import ItemsModel, Node


class RenameNode(QUndoCommand):
    """Calls one row otherwise."""

    def __init__(self, model: ItemsModel, node: Node, title: str) -> None:
        super().__init__(f"rename {node.title}")
        self._model, self._node = model, node
        self._old, self._new = node.title, title

    def redo(self) -> None:
        """The new name."""
        self._take(self._new)

    def undo(self) -> None:
        """The old one."""
        self._take(self._old)

    def _take(self, title: str) -> None:
        if self._model.node(self._node.id) is None:
            self.setObsolete(True)  # it is closed
        else:
            self._model.rename(self._node, title)
