"""Steps on the rows of the list that can be taken back; each drops out where its rows are gone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QUndoCommand

from restora_desktop.models.items import Node

if TYPE_CHECKING:
    from restora_desktop.history.rows import Rows
    from restora_desktop.opening import Filling, Opener


class OpenRows(QUndoCommand):
    """Shows new rows; undone, they are gone. What has results by now stays: computing is never undone."""

    def __init__(self, rows: Rows, nodes: Sequence[Node], text: str) -> None:
        super().__init__(text)
        self._rows, self._nodes = rows, tuple(nodes)
        self._places: tuple[int | None, ...] = (None,) * len(nodes)
        self._binned: tuple[str, ...] = ()
        self._results = _results(nodes)

    def redo(self) -> None:
        """Put them into the list."""
        if all(self._rows.can_hold(node) for node in self._nodes):
            self._rows.put_in(self._nodes, self._places)
            self._rows.bin.forget(self._binned)
        else:
            self.setObsolete(True)

    def undo(self) -> None:
        """Take them out."""
        if not all(self._rows.holds(node) for node in self._nodes):
            self.setObsolete(True)
        elif _results(self._nodes) - self._results:
            self._rows.tell_of_results(self._nodes)
            self.setObsolete(True)
        else:
            self._places, self._binned = self._rows.take_out(self._nodes)


def _results(nodes: Sequence[Node]) -> frozenset[int]:
    """What was computed and stands in these rows or below them."""
    return frozenset(each.id for node in nodes for each in node.walk() if each.result is not None)


class CloseRows(QUndoCommand):
    """Takes rows out, with all below them; undone, they are back at their places."""

    def __init__(self, rows: Rows, nodes: Sequence[Node]) -> None:
        text = f"close {nodes[0].title}" if len(nodes) == 1 else f"close {len(nodes)} rows"
        super().__init__(text)
        self._rows, self._nodes = rows, tuple(nodes)
        self._places: tuple[int, ...] = ()
        self._binned: tuple[str, ...] = ()

    def redo(self) -> None:
        """Take them out."""
        if all(self._rows.holds(node) for node in self._nodes):
            self._places, self._binned = self._rows.take_out(self._nodes)
        else:
            self.setObsolete(True)

    def undo(self) -> None:
        """Put them back, and out of the bin."""
        if all(self._rows.can_hold(node) for node in self._nodes):
            self._rows.put_in(self._nodes[::-1], self._places[::-1])
            self._rows.bin.forget(self._binned)
        else:
            self.setObsolete(True)


class RenameRow(QUndoCommand):
    """Calls one row otherwise."""

    def __init__(self, rows: Rows, node: Node, title: str) -> None:
        super().__init__(f"rename {node.title}")
        self._rows, self._node = rows, node
        self._old, self._new = node.title, title

    def redo(self) -> None:
        """The new name."""
        self._take(self._new)

    def undo(self) -> None:
        """The old one."""
        self._take(self._old)

    def _take(self, title: str) -> None:
        if self._rows.holds(self._node):
            self._rows.model.rename(self._node, title)
        else:
            self.setObsolete(True)


class MoveRow(QUndoCommand):
    """Gives one row another place among its sisters."""

    def __init__(self, rows: Rows, node: Node, place: int) -> None:
        super().__init__(f"move {node.title}")
        self._rows, self._node = rows, node
        self._old, self._new = rows.model.place_of(node), place

    def redo(self) -> None:
        """To the new place."""
        self._take(self._new)

    def undo(self) -> None:
        """To the old one."""
        self._take(self._old)

    def _take(self, place: int) -> None:
        if self._rows.holds(self._node):
            self._rows.model.move(self._node, place)
        else:
            self.setObsolete(True)


class RestateRow(QUndoCommand):
    """Reads one item otherwise; it has been read when this is recorded."""

    def __init__(self, rows: Rows, opener: Opener, node: Node, old: Filling, new: Filling) -> None:
        super().__init__(f"read {node.title} otherwise")
        self._rows, self._opener, self._node = rows, opener, node
        self._old, self._new = old, new
        self._is_recorded = False

    def redo(self) -> None:
        """As it was stated last."""
        if self._is_recorded:
            self._take(self._new)
        self._is_recorded = True

    def undo(self) -> None:
        """As it was read before."""
        self._take(self._old)

    def _take(self, filling: Filling) -> None:
        if self._rows.holds(self._node):
            self._opener.fill(self._node, filling)
        else:
            self.setObsolete(True)
