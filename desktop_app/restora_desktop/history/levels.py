"""Changes of the levels as steps that can be undone."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QUndoCommand, QUndoStack

from restora_desktop.models.items import Node
from restora_desktop.viewer.levels import Levels
from restora_desktop.viewing import ViewController

_REST_MS = 500
"""A drag is one step: it counts once the hand rests."""


class LevelsHistory(QObject):
    """Watches the shared levels of the item on the screen; each item's own come and go unrecorded."""

    def __init__(self, viewing: ViewController, stack: QUndoStack, parent: QObject) -> None:
        super().__init__(parent)
        self._viewing, self._stack = viewing, stack
        self._known = viewing.view.state.levels()
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(_REST_MS)
        self._rest.timeout.connect(self.note)
        viewing.view.state.look_changed.connect(self._rest.start)
        viewing.shown.connect(self._start_anew)

    def close(self) -> None:
        """Watch no more."""
        self._rest.stop()

    @property
    def item(self) -> Node | None:
        """Whose levels these are."""
        nodes = self._viewing.nodes
        return nodes[0].root if nodes else None

    @Slot()
    def note(self) -> None:
        """Record what has changed, if anything has."""
        self._rest.stop()
        old, new, item = self._known, self._viewing.view.state.levels(), self.item
        if new != old and item is not None:
            self._known = new
            self._stack.push(_ChangeLevels(self, item, old, new))

    def take(self, levels: Levels) -> None:
        """Show these without recording it."""
        self._known = levels
        self._viewing.view.state.set_levels(levels)
        self._rest.stop()

    @Slot()
    def _start_anew(self) -> None:
        self._rest.stop()
        self._known = self._viewing.view.state.levels()


class _ChangeLevels(QUndoCommand):
    """From some levels to others, of one item."""

    def __init__(self, history: LevelsHistory, item: Node, old: Levels, new: Levels) -> None:
        super().__init__("change levels")
        self._history, self._item, self._old, self._new = history, item, old, new

    def redo(self) -> None:
        """The new ones; they are in force already when this is recorded."""
        self._take(self._new)

    def undo(self) -> None:
        """The old ones."""
        self._take(self._old)

    def _take(self, levels: Levels) -> None:
        if self._history.item is not self._item:
            self.setObsolete(True)  # another item is on the screen, with levels of its own
        else:
            self._history.take(levels)
