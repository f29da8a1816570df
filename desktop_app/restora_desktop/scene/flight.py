"""Keys that fly through a scene for as long as they are held."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, QTimer, Slot

if TYPE_CHECKING:
    from restora_desktop.scene.navigator import Navigator

_TURN_MS: Final = 16
_TAP_SECONDS: Final = 0.05
"""What a key moves at once, so that a tap is worth something."""
_LONGEST_SECONDS: Final = 0.1
"""After a hiccup the view must not jump."""
_SPEED: Final = 0.6
"""Of the scene's extent a second."""
_HASTE: Final = 4.0
"""How much faster with Shift."""

_DIRECTIONS: Final = {
    Qt.Key.Key_A: (-1, 0, 0),
    Qt.Key.Key_D: (1, 0, 0),
    Qt.Key.Key_W: (0, 0, 1),
    Qt.Key.Key_S: (0, 0, -1),
    Qt.Key.Key_E: (0, -1, 0),
    Qt.Key.Key_Q: (0, 1, 0),
    Qt.Key.Key_Left: (-1, 0, 0),
    Qt.Key.Key_Right: (1, 0, 0),
    Qt.Key.Key_Up: (0, 0, 1),
    Qt.Key.Key_Down: (0, 0, -1),
    Qt.Key.Key_PageUp: (0, -1, 0),
    Qt.Key.Key_PageDown: (0, 1, 0),
}
"""Right, down, forward."""


class Flight(QObject):
    """Moves a navigator while keys are held; at a speed that does not depend on how fast pictures come."""

    def __init__(self, navigator: Navigator, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._navigator = navigator
        self._keys: set[int] = set()
        self._is_hasty = False
        self._last = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_TURN_MS)
        self._timer.timeout.connect(self._step)

    @property
    def is_flying(self) -> bool:
        """Whether a key is held."""
        return self._timer.isActive()

    def press(self, key: int, *, hasty: bool) -> bool:
        """A key goes down; False where it is none that flies."""
        if key not in _DIRECTIONS:
            return False
        self._is_hasty = hasty
        if key not in self._keys:
            self._keys.add(key)
            self._go(_TAP_SECONDS)
        if not self._timer.isActive():
            self._last = time.monotonic()
            self._timer.start()
        return True

    def release(self, key: int) -> bool:
        """A key goes up; False where it was not held."""
        if key not in self._keys:
            return False
        self._keys.discard(key)
        if not self._keys:
            self._timer.stop()
        return True

    def stop(self) -> None:
        """A key that is let go elsewhere would never be seen."""
        self._keys.clear()
        self._timer.stop()

    @Slot()
    def _step(self) -> None:
        now = time.monotonic()
        seconds, self._last = min(now - self._last, _LONGEST_SECONDS), now
        self._go(seconds)

    def _go(self, seconds: float) -> None:
        held = [_DIRECTIONS[key] for key in map(Qt.Key, self._keys)]
        reach = seconds * _SPEED * (_HASTE if self._is_hasty else 1.0)
        right, down, forward = (sum(axis) * reach for axis in zip(*held, strict=True))
        self._navigator.fly(right, down, forward)
