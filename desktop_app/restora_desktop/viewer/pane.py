"""The part of a pane that does not care what is drawn: looking around, selecting, overlays."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from restora.data.geometry import Rect
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.grips import Grip, draw_grips, grip_at
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.overlays import Overlay, draw_rulers, draw_selection
from restora_desktop.viewer.view_state import ViewState
from restora_desktop.viewer.viewport import Viewport

SURROUND: Final = QColor(119, 119, 119)
"""Neutral mid grey in every theme: a coloured or dark surround changes how colours are judged."""
ZOOM_STEP = 1.25
"""Per notch of the wheel and per press of a key."""
_NOTCH = 120
_PAN_SHARE = 0.1


class Tool(StrEnum):
    """What dragging with the left button does; Shift turns one into the other."""

    LOOK = "look"
    SELECT = "select"
    LINE = "line"


class Pane(QWidget):
    """Shows something on a shared ViewState; the wheel zooms at the pointer, dragging moves the scene.

    Keys: arrows move, + and - zoom, Space (held) shows the other picture, Escape drops the selection. With
    the selecting tool, arrows move the selection, Shift+arrows resize it, Return makes one.

    Signals:
        pointed: the scene point (x, y) under the pointer, or None when it left.
        other_wanted: whether the key for the other picture is held.
        resized: the pane has another size.
        clicked: the left button went down and up at one place.
        line_drawn: scene points x, y and x, y of a line that is being drawn.
        grip_moved: the key of a grip, and the scene point where it is now.
    """

    pointed = Signal(object)
    other_wanted = Signal(bool)
    resized = Signal()
    clicked = Signal()
    line_drawn = Signal(float, float, float, float)
    grip_moved = Signal(str, float, float)

    def __init__(self, state: ViewState, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.background = background
        self.tool = Tool.LOOK
        self.has_rulers = False
        self.overlays: Sequence[Overlay] = ()
        self.grips: Sequence[Grip] = ()
        self._state = state
        self._is_drawn = False
        self._pressed_at = QPointF()
        self._dragged_from: QPointF | None = None
        self._selecting_from: tuple[float, float] | None = None
        self._line_from: tuple[float, float] | None = None
        self._gripped: str | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._connect(state)

    @property
    def is_settled(self) -> bool:
        """Whether the screen shows what it is to show, and nothing better is on its way."""
        return self._is_drawn

    @property
    def state(self) -> ViewState:
        """What this pane looks at."""
        return self._state

    def set_state(self, state: ViewState) -> None:
        """Look where another state looks: this links and unlinks panes."""
        self._state.disconnect(self)
        self._state = state
        self._connect(state)
        self.redraw()

    @Slot()
    def redraw(self) -> None:
        """Draw again as soon as events are handled."""
        self._is_drawn = False
        self.update()

    def set_tool(self, tool: Tool) -> None:
        """What dragging does from now on; the pointer tells."""
        self.tool = tool
        is_arrow = tool is Tool.LOOK
        self.setCursor(Qt.CursorShape.ArrowCursor if is_arrow else Qt.CursorShape.CrossCursor)

    def viewport(self) -> Viewport:
        """Where the scene lies on this pane now."""
        ratio = self.devicePixelRatioF()
        x, y = self._state.centre
        return Viewport(
            centre_x=x,
            centre_y=y,
            scale=self._state.scale,
            width=round(self.width() * ratio),
            height=round(self.height() * ratio),
            ratio=ratio,
        )

    def picture_of_view(self) -> QImage:
        """What is on the screen, in device pixels."""
        return self.grab().toImage()

    def paint_scene(self, painter: QPainter, viewport: Viewport) -> None:
        """Draw the content in device pixels; kinds of panes differ in this."""
        raise NotImplementedError

    def paint_names(self, painter: QPainter) -> None:
        """Write in Qt's coordinates what is seen where."""
        raise NotImplementedError

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """A picture wants room."""
        return QSize(640, 480)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        """Small enough for a contact sheet."""
        return QSize(96, 72)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Content, overlays, selection, rulers, names, in this order."""
        self._is_drawn = True
        viewport = self.viewport()
        painter = QPainter(self)
        painter.fillRect(event.rect(), SURROUND)
        painter.save()
        painter.scale(1 / viewport.ratio, 1 / viewport.ratio)
        self.paint_scene(painter, viewport)
        painter.restore()
        for overlay in self.overlays:
            overlay.paint(painter, viewport)
        draw_grips(painter, viewport, self.grips)
        if self._state.selection is not None:
            draw_selection(painter, viewport, self._state.selection)
        if self.has_rulers:
            draw_rulers(painter, viewport, self._state.scene)
        self.paint_names(painter)
        if self.hasFocus():
            painter.setPen(self.palette().highlight().color())
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Tell the owner, who fits the scene where that is wanted."""
        super().resizeEvent(event)
        self.resized.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        """Zoom; what is under the pointer stays there."""
        notches = event.angleDelta().y() / _NOTCH
        if notches:
            at = event.position()
            self._state.zoom(ZOOM_STEP**notches, self.viewport().to_scene(at.x(), at.y()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Begin to move or to select."""
        at = event.position()
        self._pressed_at = at
        shifted = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        is_left = event.button() is Qt.MouseButton.LeftButton
        grip = grip_at(self.viewport(), self.grips, at) if is_left and not shifted else None
        if grip is not None:
            self._gripped = grip.key
        elif is_left and self.tool is Tool.LINE and not shifted:
            self._line_from = self.viewport().to_scene(at.x(), at.y())
        elif is_left and shifted != (self.tool is Tool.SELECT):
            self._selecting_from = self.viewport().to_scene(at.x(), at.y())
        elif is_left or event.button() is Qt.MouseButton.MiddleButton:
            self._dragged_from = at
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """Move, select, or only tell where the pointer is."""
        at, viewport = event.position(), self.viewport()
        here = viewport.to_scene(at.x(), at.y())
        if self._dragged_from is not None:
            step = self._dragged_from - at
            unit = viewport.ratio / viewport.scale
            self._dragged_from = at
            self._state.pan_by(step.x() * unit, step.y() * unit)
        elif self._selecting_from is not None:
            self._state.set_selection(_spanned(self._selecting_from, here))
        elif self._line_from is not None:
            self.line_drawn.emit(*self._line_from, *here)
        elif self._gripped is not None:
            self.grip_moved.emit(self._gripped, *here)
        self.pointed.emit(here)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        """End moving or selecting; a click with the selecting tool drops the selection."""
        at = event.position()
        if self._selecting_from == self.viewport().to_scene(at.x(), at.y()):
            self._state.set_selection(None)
        is_left = event.button() is Qt.MouseButton.LeftButton
        if is_left and (at - self._pressed_at).manhattanLength() < QApplication.startDragDistance():
            self.clicked.emit()
        self._dragged_from = self._selecting_from = self._line_from = self._gripped = None
        self.set_tool(self.tool)

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        """Nothing is pointed at any more."""
        super().leaveEvent(event)
        self.pointed.emit(None)

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: N802 - Qt's name
        """A key that is released elsewhere would never be seen."""
        super().focusOutEvent(event)
        self.other_wanted.emit(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Everything that the mouse can do."""
        key = event.key()
        if key == Qt.Key.Key_Space:
            if not event.isAutoRepeat():
                self.other_wanted.emit(True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self._state.zoom(ZOOM_STEP)
        elif key == Qt.Key.Key_Minus:
            self._state.zoom(1 / ZOOM_STEP)
        elif key == Qt.Key.Key_Escape and self._state.selection is not None:
            self._state.set_selection(None)
        elif self.tool is Tool.SELECT and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._select_middle()
        elif key in _ARROWS:
            self.step(*_ARROWS[Qt.Key(key)], event.modifiers())
        else:
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """The key for the other picture is let go."""
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self.other_wanted.emit(False)
        else:
            super().keyReleaseEvent(event)

    def step(self, dx: int, dy: int, modifiers: Qt.KeyboardModifier) -> None:
        """What an arrow key does: move the view, or the selection by a pixel."""
        selection = self._state.selection
        if self.tool is Tool.LOOK or selection is None:
            visible = self.viewport().visible
            self._state.pan_by(dx * visible.width * _PAN_SHARE, dy * visible.height * _PAN_SHARE)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            width, height = max(1, selection.width + dx), max(1, selection.height + dy)
            self._state.set_selection(Rect(selection.x, selection.y, width, height))
        else:
            moved = Rect(selection.x + dx, selection.y + dy, selection.width, selection.height)
            if self._state.scene.united(_as_scene(moved)) == self._state.scene:
                self._state.set_selection(moved)

    def _select_middle(self) -> None:
        visible = self.viewport().visible.intersected(self._state.scene)
        if visible is not None:
            x, y = visible.x + visible.width / 4, visible.y + visible.height / 4
            self._state.set_selection(_spanned((x, y), (x + visible.width / 2, y + visible.height / 2)))

    def _connect(self, state: ViewState) -> None:
        state.view_changed.connect(self.redraw)
        state.look_changed.connect(self.redraw)
        state.selection_changed.connect(self.redraw)


_ARROWS: Final = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}


def _spanned(one: tuple[float, float], other: tuple[float, float]) -> Rect:
    x, y = min(one[0], other[0]), min(one[1], other[1])
    return SceneRect(x, y, abs(one[0] - other[0]), abs(one[1] - other[1])).whole_pixels()


def _as_scene(rect: Rect) -> SceneRect:
    return SceneRect(float(rect.x), float(rect.y), float(rect.width), float(rect.height))
