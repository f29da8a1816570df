"""Selecting and changing Gaussians: worked out on a thread, done and undone by commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QUndoStack

from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora.splats.edits.choosing import with_degree
from restora.splats.edits.cleaning import CleaningRules, find_rubbish
from restora.splats.edits.selecting import in_box, in_range, in_rectangle, in_sphere
from restora.splats.edits.similarity import Similarity, transformed
from restora_desktop.scene.document import ChangeScene, ChangeSelection, SceneState
from restora_desktop.scene.selecting import Joining, joined
from restora_desktop.scene.sources import Entry
from restora_desktop.tasks import Tasks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.camera import Camera

    Mask: TypeAlias = NDArray[np.bool_]
    Vector: TypeAlias = NDArray[np.float64]

Copying: TypeAlias = Callable[[Entry], Entry]
"""Gives the copy that may be edited in place of a scene that came from a file."""


class SceneEditing(QObject):
    """Works on one scene at a time: the one that is shown.

    Signals:
        busy_changed: whether something is being worked out; no further edit is taken meanwhile.
        troubled: the exception that kept an edit from being made.
        counted: how many Gaussians a search has found.
    """

    busy_changed = Signal(bool)
    troubled = Signal(object)
    counted = Signal(int)

    def __init__(self, copy: Copying, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._copy = copy
        self._stack = QUndoStack(self)
        self._tasks = Tasks("scene-edits", parent=self)
        self._entry: Entry | None = None
        self._is_busy = False

    def use_undo(self, stack: QUndoStack) -> None:
        """Put commands onto this stack from now on: the one that the window's Undo works on."""
        self._stack = stack

    def close(self) -> bool:
        """Work nothing out any more."""
        return self._tasks.close()

    @property
    def is_busy(self) -> bool:
        """Whether something is being worked out."""
        return self._is_busy

    def set_entry(self, entry: Entry | None) -> None:
        """Edit this scene from now on."""
        self._entry = entry

    # -- selecting -----------------------------------------------------------------------------------

    def select_rectangle(
        self, camera: Camera, rectangle: tuple[float, float, float, float], keys: Qt.KeyboardModifier
    ) -> None:
        """What a camera sees between two corners, which are shares of the picture."""
        x0, y0, x1, y1 = rectangle
        corners = (x0 * camera.width, y0 * camera.height, x1 * camera.width, y1 * camera.height)
        self._select(lambda scene: in_rectangle(scene, camera, corners), Joining.of_keys(keys), "rectangle")

    def select_sphere(self, centre: Vector, radius: float, keys: Qt.KeyboardModifier) -> None:
        """What lies in a ball."""
        self._select(lambda scene: in_sphere(scene, centre, radius), Joining.of_keys(keys), "sphere")

    def select_range(
        self, attribute: str, low: float, high: float, joining: Joining = Joining.REPLACE
    ) -> None:
        """What has a number in a range."""
        self._select(lambda scene: in_range(scene, attribute, low, high), joining, attribute)

    def select_row(self, row: int) -> None:
        """One Gaussian of the scene as it is shown."""
        entry = self._entry
        if entry is not None:
            rows = np.flatnonzero(entry.document.state.kept_rows)
            chosen = np.zeros(entry.document.state.base.count, bool)
            chosen[rows[row]] = True
            self._stack.push(ChangeSelection(entry.document, chosen, self.tr("select one")))

    def select_rubbish(self, rules: CleaningRules) -> None:
        """What a clean-up would take away, to be looked at first."""
        self._select(lambda scene: find_rubbish(scene, rules).any, Joining.REPLACE, "clean-up", tells=True)

    def select_all(self) -> None:
        """Everything that is left."""
        self._choose(lambda _old, kept: kept)

    def select_none(self) -> None:
        """Nothing."""
        self._choose(lambda old, _kept: np.zeros_like(old))

    def invert(self) -> None:
        """What was not selected."""
        self._choose(lambda old, kept: ~old & kept)

    def _choose(self, rule: Callable[[Mask, Mask], Mask]) -> None:
        entry = self._entry
        if entry is not None and not self._is_busy:
            document = entry.document
            chosen = rule(document.selection, document.state.kept_rows)
            self._stack.push(ChangeSelection(document, np.asarray(chosen), self.tr("select")))

    def _select(
        self, find: Callable[[GaussianScene], Mask], joining: Joining, what: str, *, tells: bool = False
    ) -> None:
        """Find rows of the base on the thread, then select them."""
        entry = self._entry
        if entry is None or self._is_busy:
            return
        base = entry.document.state.base
        self._start(
            lambda: find(base), partial(self._take_selection, entry, joining, f"select by {what}", tells)
        )

    def _take_selection(self, entry: Entry, joining: Joining, text: str, tells: bool, found: Mask) -> None:
        self._set_busy(False)
        document = entry.document
        chosen = joined(document.selection, found, joining, document.state.kept_rows)
        self._stack.push(ChangeSelection(document, chosen, text))
        if tells:
            self.counted.emit(int(chosen.sum()))

    # -- changing ------------------------------------------------------------------------------------

    def delete(self) -> None:
        """Take away what is selected."""
        selection = self._selection()
        if selection is not None:
            self._change(lambda state: state.without(selection), self.tr("delete Gaussians"))

    def keep_only(self) -> None:
        """Take away what is not selected."""
        selection = self._selection()
        if selection is not None:
            self._change(lambda state: state.without(~selection), self.tr("keep the selected"))

    def crop(self, low: Vector, high: Vector) -> None:
        """Take away what lies outside of a box."""
        self._change(lambda state: state.without(~in_box(state.base, low, high)), self.tr("crop"))

    def transform(self, change: Similarity) -> None:
        """Move, turn and scale everything, cameras included."""
        self._change(
            lambda state: state.changed(lambda scene: transformed(scene, change)), self.tr("transform")
        )

    def reduce_degree(self, degree: int) -> None:
        """Drop higher bands of the harmonics."""
        self._change(
            lambda state: state.changed(lambda scene: with_degree(scene, degree)),
            self.tr("reduce the degree"),
        )

    def _selection(self) -> Mask | None:
        entry = self._entry
        if entry is None or not entry.document.selection.any():
            return None
        return entry.document.selection

    def _change(self, work: Callable[[SceneState], SceneState], text: str) -> None:
        entry = self._entry
        if entry is None or self._is_busy:
            return
        state = entry.document.state
        self._start(lambda: _worked_out(work(state)), partial(self._take_change, entry, text))

    def _take_change(self, entry: Entry, text: str, state: SceneState) -> None:
        self._set_busy(False)
        target = self._copy(entry)
        self._stack.push(ChangeScene(target.document, state, text))

    # -- details -------------------------------------------------------------------------------------

    def _start(self, work: Callable[[], object], done: Callable[..., None]) -> None:
        self._set_busy(True)
        self._tasks.start(work, done, self._fail)

    @Slot(object)
    def _fail(self, error: Exception) -> None:
        self._set_busy(False)
        if not isinstance(error, RestoraError | MemoryError):
            raise error
        self.troubled.emit(error)

    def _set_busy(self, on: bool) -> None:
        self._is_busy = on
        self.busy_changed.emit(on)


def _worked_out(state: SceneState) -> SceneState:
    """With its scene made, so that nobody waits for it on the GUI thread."""
    _ = state.scene
    return state
