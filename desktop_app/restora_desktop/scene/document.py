"""A scene as it is edited: what is left of it, what is selected, and every change undoable."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand

from restora.data.scene import GaussianScene
from restora.splats.edits.choosing import kept

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Mask: TypeAlias = NDArray[np.bool_]


class SceneState:
    """A scene of which rows may be hidden: deleting costs a bit per Gaussian, not a copy of the scene.

    `scene` is worked out when it is first asked for, which takes a while: not on the GUI thread.
    """

    def __init__(self, base: GaussianScene, keep: Mask | None = None) -> None:
        self.base = base
        self.keep = keep
        self._guard = threading.Lock()
        self._scene: GaussianScene | None = base if keep is None else None

    @property
    def count(self) -> int:
        """How many Gaussians are left."""
        return self.base.count if self.keep is None else int(self.keep.sum())

    @property
    def kept_rows(self) -> Mask:
        """Of the base: True for what is left."""
        return np.ones(self.base.count, bool) if self.keep is None else self.keep

    @property
    def scene(self) -> GaussianScene:
        """What is left."""
        with self._guard:
            if self._scene is None:
                assert self.keep is not None  # else it is the base
                self._scene = kept(self.base, self.keep)
            return self._scene

    @property
    def is_ready(self) -> bool:
        """Whether `scene` is there at once."""
        return self._scene is not None

    def give_back(self) -> None:
        """Forget what can be worked out again: a history of states must not be a history of copies."""
        if self.keep is not None:
            with self._guard:
                self._scene = None

    def without(self, rows: Mask) -> SceneState:
        """Fewer rows; `rows` are of the base. Raises BadInputError where none would be left."""
        keep = self.kept_rows & ~rows
        if not keep.any():
            kept(self.base, keep)  # says so in its own words
        return SceneState(self.base, keep)

    def changed(self, change: Callable[[GaussianScene], GaussianScene]) -> SceneState:
        """The scene after a change of all its Gaussians."""
        return SceneState(change(self.scene))


class SceneDocument(QObject):
    """One scene in the window.

    Attributes:
        selection: rows of the state's base that are selected.
        has_history: commands refer to it, so that it must outlive its row.

    Signals:
        state_changed: other Gaussians, or others are left.
        selection_changed: other rows are selected.
    """

    state_changed = Signal()
    selection_changed = Signal()

    def __init__(self, state: SceneState, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.selection: Mask = np.zeros(state.base.count, bool)
        self.has_history = False

    @property
    def state(self) -> SceneState:
        """What it holds now."""
        return self._state

    @property
    def selected_count(self) -> int:
        """How many rows are selected and left."""
        return int(self.selection.sum())

    def set_state(self, state: SceneState, selection: Mask) -> None:
        """Hold something else; only commands call this."""
        if state is not self._state:
            self._state.give_back()
        self._state, self.selection = state, selection
        self.state_changed.emit()
        self.selection_changed.emit()

    def set_selection(self, selection: Mask) -> None:
        """Select other rows; only commands call this."""
        self.selection = selection
        self.selection_changed.emit()


class ChangeScene(QUndoCommand):
    """Puts another state into a document; undone, the old one with its selection is back."""

    def __init__(self, document: SceneDocument, state: SceneState, text: str) -> None:
        super().__init__(text)
        self._document = document
        document.has_history = True
        self._old, self._old_selection = document.state, document.selection
        self._new, self._new_selection = state, np.zeros(state.base.count, bool)

    def redo(self) -> None:
        """Make the change."""
        self._document.set_state(self._new, self._new_selection)

    def undo(self) -> None:
        """Take it back."""
        self._document.set_state(self._old, self._old_selection)


class ChangeSelection(QUndoCommand):
    """Selects other rows."""

    def __init__(self, document: SceneDocument, selection: Mask, text: str) -> None:
        super().__init__(text)
        self._document = document
        document.has_history = True
        self._old, self._new = document.selection, selection

    def redo(self) -> None:
        """Select."""
        self._document.set_selection(self._new)

    def undo(self) -> None:
        """Select what was selected before."""
        self._document.set_selection(self._old)
