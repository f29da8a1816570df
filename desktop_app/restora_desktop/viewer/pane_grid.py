"""Panes beside each other: how many, on which states, dressed alike."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QWidget

from restora_desktop.viewer.background import Background
from restora_desktop.viewer.grips import Grip
from restora_desktop.viewer.keyboard import holds_keyboard
from restora_desktop.viewer.layers import SceneRect
from restora_desktop.viewer.overlays import Overlay
from restora_desktop.viewer.pane import Tool
from restora_desktop.viewer.picture_pane import PicturePane
from restora_desktop.viewer.view_state import ViewState

_SPACING = 2
_BETWEEN = QColor(48, 48, 48)
_LONGEST_ROW = 3
"""Panes that still stand in one row; more make a square."""


class PaneGrid(QWidget):
    """Keeps as many panes as are wanted; fits the scene into them for as long as that is wanted.

    Signals:
        pointed: the scene point under the pointer, or None.
        other_wanted: whether the key for the other picture is held.
        view_changed: one of the panes' states looks elsewhere.
        trouble: a sentence about a picture that cannot be drawn.
        line_drawn, grip_moved: as those of a pane.
    """

    pointed = Signal(object)
    other_wanted = Signal(bool)
    view_changed = Signal()
    trouble = Signal(str)
    line_drawn = Signal(float, float, float, float)
    grip_moved = Signal(str, float, float)

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self.state = ViewState(self)
        self.state.view_changed.connect(self._follow)
        self._panes: list[PicturePane] = []
        self._is_linked = True
        self._tool = Tool.LOOK
        self._overlays: tuple[Overlay, ...] = ()
        self._grips: tuple[Grip, ...] = ()
        self._has_rulers, self._has_values = False, True
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_SPACING)

    @property
    def panes(self) -> Sequence[PicturePane]:
        """What is on the screen."""
        return tuple(self._panes)

    @property
    def active_pane(self) -> PicturePane:
        """The pane that has the focus, or the first one."""
        return next((pane for pane in self._panes if pane.hasFocus()), self._panes[0])

    @property
    def states(self) -> Sequence[ViewState]:
        """The shared state, and those of panes that are not linked."""
        return (self.state, *(pane.state for pane in self._panes if pane.state is not self.state))

    @property
    def is_linked(self) -> bool:
        """Whether all panes look at the same place."""
        return self._is_linked

    def set_count(self, count: int) -> None:
        """Have so many panes; those that stay keep what they show."""
        while len(self._panes) > count:
            self._remove(self._panes.pop())
        while len(self._panes) < count:
            self._panes.append(self._new_pane())
        columns = count if count <= _LONGEST_ROW else math.ceil(math.sqrt(count))
        for number, pane in enumerate(self._panes):
            pane.setObjectName(f"pane_{number}")
            self._grid.addWidget(pane, number // columns, number % columns)
            pane.show()
        self._give_states()
        self._dress()

    def set_linked(self, on: bool) -> None:
        """Link all panes, or give each a state of its own that starts out equal."""
        if on != self._is_linked:
            self._is_linked = on
            self._give_states()
            self.view_changed.emit()

    def set_scene(self, scene: SceneRect) -> None:
        """Look at another scene with every state."""
        for state in self.states:
            state.set_scene(scene)

    def set_tool(self, tool: Tool) -> None:
        """What dragging does."""
        self._tool = tool
        self._dress()

    def set_overlays(self, overlays: Sequence[Overlay], grips: Sequence[Grip] = ()) -> None:
        """Draw these over every pane, with grips that can be moved."""
        self._overlays, self._grips = tuple(overlays), tuple(grips)
        self._dress()

    def set_rulers(self, on: bool) -> None:
        """Show scene units along the edges."""
        self._has_rulers = on
        self._dress()

    def set_values(self, on: bool) -> None:
        """Write numbers into pixels that are large enough."""
        self._has_values = on
        self._dress()

    @Slot()
    def refit(self) -> None:
        """Fit every state that wants it into the smallest of its panes."""
        for state in self.states:
            viewports = [pane.viewport() for pane in self._panes if pane.state is state]
            if state.is_fitted and viewports:
                width, height = min(each.width for each in viewports), min(each.height for each in viewports)
                state.fit(max(1, width), max(1, height))

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Dark between the panes."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), _BETWEEN)
        painter.end()

    def _new_pane(self) -> PicturePane:
        pane = PicturePane(self.state, self._background, self)
        pane.pointed.connect(self.pointed)
        pane.other_wanted.connect(self.other_wanted)
        pane.resized.connect(self.refit)
        pane.failed.connect(self.trouble)
        pane.line_drawn.connect(self.line_drawn)
        pane.grip_moved.connect(self.grip_moved)
        return pane

    def _remove(self, pane: PicturePane) -> None:
        if holds_keyboard(pane):
            self._panes[0].setFocus()  # or the keys of the viewer would end with the pane
        pane.show_pictures(())
        self._grid.removeWidget(pane)
        pane.hide()
        pane.deleteLater()

    def _give_states(self) -> None:
        for pane in self._panes[1:]:
            if self._is_linked and pane.state is not self.state:
                own = pane.state
                pane.set_state(self.state)
                own.deleteLater()
            elif not self._is_linked and pane.state is self.state:
                own = self.state.copied(pane)
                own.view_changed.connect(self._follow)
                pane.set_state(own)

    def _dress(self) -> None:
        for pane in self._panes:
            pane.set_tool(self._tool)
            pane.overlays, pane.grips = self._overlays, self._grips
            pane.has_rulers = self._has_rulers
            pane.has_values = self._has_values
            pane.redraw()

    @Slot()
    def _follow(self) -> None:
        self.refit()
        self.view_changed.emit()
