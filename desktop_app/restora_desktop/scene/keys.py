"""What the keyboard does on a pane of a scene."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

from restora_desktop.scene.flight import Flight
from restora_desktop.scene.mouse import DOLLY_STEP, Hand

if TYPE_CHECKING:
    from restora_desktop.scene.pane import ScenePane

_ANGLE: Final = math.radians(5)
_PAN: Final = 0.05

_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_OTHERS: Final = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier


class PaneKeys:
    """Everything that the mouse can do."""

    def __init__(self, pane: ScenePane) -> None:
        self._pane = pane
        self._flight = Flight(pane.navigator, pane)

    @property
    def is_flying(self) -> bool:
        """Whether a key that flies is held."""
        return self._flight.is_flying

    def stop(self) -> None:
        """Nothing is held any more."""
        self._flight.stop()

    def press(self, event: QKeyEvent) -> bool:
        """A key goes down; False where it means nothing here."""
        if event.isAutoRepeat() and self._flight.is_flying:
            return True
        return self._turn(event) or self._fly(event) or self._act(event.key())

    def release(self, event: QKeyEvent) -> bool:
        """A key goes up; False where it was none of ours."""
        return not event.isAutoRepeat() and self._flight.release(event.key())

    def _turn(self, event: QKeyEvent) -> bool:
        """Arrows with a modifier."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() not in _ARROWS or modifiers == Qt.KeyboardModifier.NoModifier:
            return False
        x, y = _ARROWS[Qt.Key(event.key())]
        navigator = self._pane.navigator
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            navigator.orbit(x * _ANGLE, y * _ANGLE)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            navigator.pan(x * _PAN, y * _PAN)
        else:
            navigator.look(-x * _ANGLE, -y * _ANGLE)
        return True

    def _fly(self, event: QKeyEvent) -> bool:
        if event.modifiers() & _OTHERS:
            return False
        hasty = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        return self._flight.press(event.key(), hasty=hasty)

    def _act(self, key: int) -> bool:
        pane, navigator = self._pane, self._pane.navigator
        if key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            navigator.dolly(1 / DOLLY_STEP)
        elif key == Qt.Key.Key_Minus:
            navigator.dolly(DOLLY_STEP)
        elif key == Qt.Key.Key_Comma:
            navigator.roll(-_ANGLE)
        elif key == Qt.Key.Key_Period:
            navigator.roll(_ANGLE)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            pane.pivot_in_the_middle()
        elif key == Qt.Key.Key_Escape and pane.hand is not Hand.ORBIT:
            pane.set_hand(Hand.ORBIT)
        else:
            return False
        return True
