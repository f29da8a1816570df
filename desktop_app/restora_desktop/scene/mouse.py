"""What the mouse does on a pane of a scene."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from restora_desktop.scene.pane import ScenePane
    from restora_desktop.scene.viewpoint import Vector

_NOTCH: Final = 120
DOLLY_STEP: Final = 1.15
"""Per notch of the wheel and per press of a key."""
_RADIANS_PER_SIDE: Final = math.pi
"""Dragging from one edge to the other turns halfway round."""
_DOLLY_PER_SIDE: Final = 2.0


class Hand(StrEnum):
    """What dragging with the left button does."""

    ORBIT = "orbit"
    RECTANGLE = "rectangle"
    """Draws a rectangle to select what lies in it."""
    SPHERE = "sphere"
    """Draws a ball around the point under the pointer."""


class PaneMouse:
    """Moves the view of a pane, or draws what is to be selected."""

    def __init__(self, pane: ScenePane) -> None:
        self._pane = pane
        self._dragged_from: QPointF | None = None
        self._button = Qt.MouseButton.NoButton
        self._pressed_at = QPointF()
        self._centre: Vector | None = None

    def turn_wheel(self, event: QWheelEvent) -> None:
        """Nearer or farther."""
        notches = event.angleDelta().y() / _NOTCH
        if notches:
            self._pane.navigator.dolly(DOLLY_STEP**-notches)
        event.accept()

    def press(self, event: QMouseEvent) -> None:
        """Begin to move or to select."""
        self._pressed_at = self._dragged_from = event.position()
        self._button = event.button()
        self._centre = None
        if self._is_selecting and self._pane.hand is Hand.SPHERE:
            self._centre = self._pane.point_at(event.position())

    def move(self, event: QMouseEvent) -> None:
        """Move, select, or only tell what the pointer is over."""
        at = event.position()
        if self._dragged_from is None:
            self._pane.pointed.emit(self._pane.point_at(at))
        elif self._is_selecting:
            self._sketch(at)
        else:
            step, self._dragged_from = at - self._dragged_from, at
            self._drag(step.x(), step.y(), event.modifiers())

    def release(self, event: QMouseEvent) -> None:
        """End moving or selecting; a click asks what is there."""
        at, pane = event.position(), self._pane
        is_click = (at - self._pressed_at).manhattanLength() < QApplication.startDragDistance()
        is_left = event.button() is Qt.MouseButton.LeftButton
        if self._dragged_from is not None and self._is_selecting and not is_click:
            self._finish_sketch(at, event.modifiers())
        elif is_click and is_left:
            pane.set_marks(pane.marks.without_sketch())
            pane.inspected.emit(*pane.share_at(at))
        self._dragged_from = None

    @property
    def _is_selecting(self) -> bool:
        return self._pane.hand is not Hand.ORBIT and self._button is Qt.MouseButton.LeftButton

    def _drag(self, dx: float, dy: float, modifiers: Qt.KeyboardModifier) -> None:
        """What dragging by so many pixels does, by button and modifiers."""
        navigator, side = self._pane.navigator, max(1, min(self._pane.width(), self._pane.height()))
        button, turn = self._button, _RADIANS_PER_SIDE / side
        is_left, is_right = button is Qt.MouseButton.LeftButton, button is Qt.MouseButton.RightButton
        if button is Qt.MouseButton.MiddleButton or modifiers & Qt.KeyboardModifier.AltModifier:
            navigator.dolly(math.exp(dy / side * _DOLLY_PER_SIDE))
        elif is_right or (is_left and modifiers & Qt.KeyboardModifier.ShiftModifier):
            height = max(1, self._pane.height())
            navigator.pan(-dx / height, -dy / height)
        elif is_left and modifiers & Qt.KeyboardModifier.ControlModifier:
            navigator.look(dx * turn / 2, dy * turn / 2)
        elif is_left:
            navigator.orbit(-dx * turn, -dy * turn)

    def _sketch(self, at: QPointF) -> None:
        """Show what is being drawn."""
        pane = self._pane
        if pane.hand is Hand.RECTANGLE:
            pane.set_marks(pane.marks.with_rectangle(self._rectangle(at)))
        elif self._centre is not None:
            pane.set_marks(pane.marks.with_sphere(self._centre, self._radius(at)))

    def _finish_sketch(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> None:
        pane = self._pane
        pane.set_marks(pane.marks.without_sketch())
        if pane.hand is Hand.RECTANGLE:
            pane.rectangle_drawn.emit(self._rectangle(at), modifiers)
        elif self._centre is not None:
            pane.sphere_drawn.emit(self._centre, self._radius(at), modifiers)

    def _rectangle(self, at: QPointF) -> tuple[float, float, float, float]:
        return (*self._pane.share_at(self._pressed_at), *self._pane.share_at(at))

    def _radius(self, at: QPointF) -> float:
        """How far the drag reaches at the depth of the ball's middle, in scene units."""
        assert self._centre is not None  # both callers have looked
        camera = self._pane.camera()
        depth = float((camera.world_to_camera @ np.append(self._centre, 1.0))[2])
        reach = at - self._pressed_at
        pixels = math.hypot(reach.x(), reach.y()) * self._pane.devicePixelRatioF()
        return pixels * depth / camera.fy
