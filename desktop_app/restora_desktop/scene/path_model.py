"""A camera path as it is drawn: keys in time, a playhead, and every change undoable."""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from restora.data.camera import Camera
from restora.splats.camera_paths import CameraPath, Key

USUAL_SECONDS: Final = 2.0
SHORTEST_SECONDS: Final = 0.05


class PathModel(QObject):
    """One path per scene that is shown.

    Attributes:
        seconds: where the playhead stands.
        selected: the key that is edited; -1 for none.

    Signals:
        changed: keys, their times, or how the path runs.
        moved: the playhead stands elsewhere.
    """

    changed = Signal()
    moved = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: CameraPath | None = None
        self._stack = QUndoStack(self)
        self.seconds = 0.0
        self.selected = -1

    def use_undo(self, stack: QUndoStack) -> None:
        """Put changes onto this stack from now on: the one that the window's Undo works on."""
        self._stack = stack

    @property
    def path(self) -> CameraPath | None:
        """The path; None while it has no key."""
        return self._path

    @property
    def keys(self) -> tuple[Key, ...]:
        """In their order."""
        return () if self._path is None else self._path.keys

    @property
    def times(self) -> tuple[float, ...]:
        """When each key is passed."""
        return tuple(accumulate((key.seconds for key in self.keys[:-1]), initial=0.0)) if self.keys else ()

    @property
    def duration(self) -> float:
        """How long the whole way takes."""
        return 0.0 if self._path is None else self._path.seconds

    def frames(self) -> tuple[Camera, ...]:
        """All pictures of the way; none while there are fewer than two keys."""
        return self._path.frames() if self._path is not None and len(self.keys) > 1 else ()

    def show_path(self, path: CameraPath | None) -> None:
        """Hold another path, without a way back: another scene is shown."""
        self.selected, self.seconds = -1, 0.0
        self.take(path)

    def take(self, path: CameraPath | None) -> None:
        """Hold another path; only commands call this."""
        self._path = path
        self.selected = min(self.selected, len(self.keys) - 1)
        self.seconds = min(self.seconds, self.duration)
        self.changed.emit()
        self.moved.emit()

    # -- the playhead --------------------------------------------------------------------------------

    def move_to(self, seconds: float) -> None:
        """Put the playhead there."""
        self.seconds = min(max(seconds, 0.0), self.duration)
        self.moved.emit()

    def select(self, index: int) -> None:
        """Edit this key, and stand at it."""
        if 0 <= index < len(self.keys):
            self.selected = index
            self.move_to(self.times[index])
            self.changed.emit()

    def camera(self) -> Camera | None:
        """Where the playhead looks from."""
        return None if self._path is None else self._path.at(self.seconds)

    # -- changes -------------------------------------------------------------------------------------

    def add(self, camera: Camera) -> None:
        """A key after the selected one, or at the end."""
        keys = list(self.keys)
        place = self.selected + 1 if self.selected >= 0 else len(keys)
        keys.insert(place, Key(camera=camera, seconds=USUAL_SECONDS))
        self._push(self._with_keys(keys), "add key")
        self.select(place)

    def extend(self, cameras: tuple[Camera, ...], seconds: float = USUAL_SECONDS) -> None:
        """Many keys at the end."""
        more = [Key(camera=camera, seconds=max(seconds, SHORTEST_SECONDS)) for camera in cameras]
        if more:
            self._push(self._with_keys([*self.keys, *more]), "add keys")

    def replace_selected(self, camera: Camera) -> None:
        """The selected key looks from elsewhere."""
        if self.selected >= 0:
            keys = list(self.keys)
            keys[self.selected] = replace(keys[self.selected], camera=camera)
            self._push(self._with_keys(keys), "replace key")

    def delete_selected(self) -> None:
        """Take the selected key away."""
        if self.selected >= 0:
            keys = [key for place, key in enumerate(self.keys) if place != self.selected]
            self._push(self._with_keys(keys), "delete key")

    def set_seconds(self, index: int, seconds: float) -> None:
        """How long it takes from one key to the next."""
        if 0 <= index < len(self.keys):
            keys = list(self.keys)
            keys[index] = replace(keys[index], seconds=max(seconds, SHORTEST_SECONDS))
            self._push(self._with_keys(keys), "change time")

    def set_way(self, *, is_closed: bool, is_smooth: bool, rate: float) -> None:
        """How the path runs through its keys."""
        if self._path is not None:
            changed = replace(self._path, is_closed=is_closed, is_smooth=is_smooth, frames_per_second=rate)
            self._push(changed, "change path")

    def clear(self) -> None:
        """Take all keys away."""
        if self._path is not None:
            self._push(None, "clear path")

    def _with_keys(self, keys: list[Key]) -> CameraPath | None:
        if not keys:
            return None
        if self._path is None:
            return CameraPath(keys=tuple(keys))
        return replace(self._path, keys=tuple(keys))

    def _push(self, path: CameraPath | None, text: str) -> None:
        self._stack.push(ChangePath(self, path, text))


class ChangePath(QUndoCommand):
    """Puts another path into a model."""

    def __init__(self, model: PathModel, path: CameraPath | None, text: str) -> None:
        super().__init__(text)
        self._model, self._old, self._new = model, model.path, path

    def redo(self) -> None:
        """Make the change."""
        self._model.take(self._new)

    def undo(self) -> None:
        """Take it back."""
        self._model.take(self._old)
