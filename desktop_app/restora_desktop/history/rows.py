"""The one way into the list of items and out of it: every step of it can be taken back."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from restora.tasks.verify import input_name
from restora_desktop.history.bin import Bin
from restora_desktop.history.steps import CloseRows, MoveRow, OpenRows, RenameRow, RestateRow
from restora_desktop.models.items import ItemsModel, Node
from restora_desktop.opening import Filling, Opener
from restora_desktop.panels.items import ItemsPanel
from restora_desktop.restoring import Restored


class Rows(QObject):
    """Opens, closes, renames and moves rows. Results that jobs add are no steps: they can only be closed.

    Attributes:
        model: the list.
        stack: what can be taken back.
        bin: holds results that were closed.

    Signals:
        leaving: a Node that is about to be taken out.
        left: rows were taken out.
        told: a sentence about a step that cannot be taken back any more.
    """

    leaving = Signal(object)
    left = Signal()
    told = Signal(str)

    def __init__(
        self, panel: ItemsPanel, model: ItemsModel, opener: Opener, bin_: Bin, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._panel, self.model, self._opener, self.bin = panel, model, opener, bin_
        self.stack = QUndoStack(self)
        model.rename_wanted.connect(self.rename)
        model.move_wanted.connect(self.move)
        opener.restated.connect(self._note_reading)

    # -- steps ---------------------------------------------------------------------------------------

    def open(self, nodes: Sequence[Node], what: str) -> None:
        """Show new rows."""
        if nodes:
            self.stack.push(OpenRows(self, nodes, f"open {what}"))

    def close(self, nodes: Sequence[Node]) -> None:
        """Take rows out; what lies below another of them goes with it."""
        outer = [node for node in nodes if node.parent not in nodes]
        if outer:
            self.stack.push(CloseRows(self, outer))

    @Slot(object, str)
    def rename(self, node: Node, title: str) -> None:
        """Call a row otherwise."""
        self.stack.push(RenameRow(self, node, title))

    @Slot(object, int)
    def move(self, node: Node, place: int) -> None:
        """Give a row another place among its sisters."""
        last = len(self.model.sisters(node)) - 1
        place = max(0, min(place, last))
        if place != self.model.place_of(node):
            self.stack.push(MoveRow(self, node, place))
            self._panel.select(node)

    def step_by(self, rows: int) -> None:
        """Move the selected row up (negative) or down."""
        node = self._panel.current()
        if node is not None:
            self.move(node, self.model.place_of(node) + rows)

    def take_back_from_bin(self, restored: Restored) -> None:
        """What was thrown away returns: below its item where that is open, else with it."""
        for node in restored.nodes:
            home = self._home_of(node)
            if home is None:
                self.open([node], node.title)
                continue
            for child in node.children:
                child.parent, child.item = home, home.item
            self.open(node.children, node.children[0].title if node.children else "")

    # -- for the steps -------------------------------------------------------------------------------

    def holds(self, node: Node) -> bool:
        """Whether the row is in the list."""
        return self.model.node(node.id) is node

    def can_hold(self, node: Node) -> bool:
        """Whether the row can come into the list: it is not there, and what it belongs below is."""
        return not self.holds(node) and (node.parent is None or self.holds(node.parent))

    def put_in(self, nodes: Sequence[Node], places: Sequence[int | None]) -> None:
        """Into the list, each at its place or at the end."""
        for node, place in zip(nodes, places, strict=True):
            self.model.insert(node, place)
            self._panel.unfold(node)
        last = nodes[-1]
        self._panel.select(last.children[-1] if last.children else last)

    def take_out(self, nodes: Sequence[Node]) -> tuple[tuple[int, ...], tuple[str, ...]]:
        """Out of the list; where they were, and the names by which the bin holds what would be lost."""
        heir = self.model.heir_of(nodes)
        binned = tuple(name for name in map(self.bin.put, nodes) if name is not None)
        places = []
        for node in nodes:
            self.leaving.emit(node)
            places.append(self.model.remove(node))
        if heir is not None:
            self._panel.select(heir)
        self.left.emit()
        return tuple(places), binned

    def tell_of_results(self, nodes: Sequence[Node]) -> None:
        """Opening is not taken back once something was made from what was opened."""
        text = self.tr("{name} has results by now and stays open; close it if it shall go.")
        self.told.emit(text.format(name=nodes[0].title))

    # -- details -------------------------------------------------------------------------------------

    @Slot(object, object, object)
    def _note_reading(self, node: Node, old: Filling, new: Filling) -> None:
        self.stack.push(RestateRow(self, self._opener, node, old, new))

    def _home_of(self, node: Node) -> Node | None:
        wanted = partial(_is_same, node)
        return next(filter(wanted, self.model.roots), None)


def _is_same(one: Node, other: Node) -> bool:
    is_named = one.item.path is not None or other.item.path is not None
    return (
        is_named and input_name(one.item) == input_name(other.item) and one.item.reading == other.item.reading
    )
