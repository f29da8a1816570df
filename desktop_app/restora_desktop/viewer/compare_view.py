"""The viewer: panes on one view state, and the ways of comparing what they show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QImage, QKeyEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from restora.data.geometry import Rect
from restora_desktop.viewer.background import Background, Latest
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.difference import DifferenceSettings
from restora_desktop.viewer.difference_source import DifferenceSource
from restora_desktop.viewer.grips import Grip
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.level_fitting import fitted_levels
from restora_desktop.viewer.levels import Channel, Levels
from restora_desktop.viewer.overlays import Overlay
from restora_desktop.viewer.pane import Tool
from restora_desktop.viewer.pane_grid import PaneGrid
from restora_desktop.viewer.picture_pane import PicturePane, Shown
from restora_desktop.viewer.picture_source import PictureSource
from restora_desktop.viewer.readout import Readout, read
from restora_desktop.viewer.view_state import ViewState

LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SHORTEST_BLINK, LONGEST_BLINK = 0.3, 2.0
"""Seconds that one picture stays in front."""


class CompareView(QWidget):
    """Shows layers of one scene; the first is A, the second B, and so on.

    Signals:
        mode_changed: the CompareMode asked for.
        front_changed: index of the layer in front.
        pointed: a Readout of what lies under the pointer, or None.
        view_changed: the visible part of the scene, the zoom or the panes' states changed.
        trouble: a sentence about something that cannot be shown.
        line_drawn: scene points x, y and x, y of a line that is being drawn.
        grip_moved: the key of a grip, and the scene point where it is now.
    """

    mode_changed = Signal(object)
    front_changed = Signal(int)
    pointed = Signal(object)
    view_changed = Signal()
    trouble = Signal(str)
    line_drawn = Signal(float, float, float, float)
    grip_moved = Signal(str, float, float)

    def __init__(self, background: Background, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("compare_view")
        self.setAccessibleName(self.tr("Viewer"))
        self._background = background
        self._grid = PaneGrid(background, self)
        self._grid.pointed.connect(self._read)
        self._grid.other_wanted.connect(self.show_other)
        self._grid.view_changed.connect(self.view_changed)
        self._grid.trouble.connect(self.trouble)
        self._grid.line_drawn.connect(self.line_drawn)
        self._grid.grip_moved.connect(self.grip_moved)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._grid)
        self._layers: tuple[Layer, ...] = ()
        self._sources: dict[Layer, PictureSource] = {}
        self._mode = CompareMode.SINGLE
        self._front = 0
        self._difference = DifferenceSource(background, self)
        self._difference.changed.connect(self._arrange)
        self._difference.failed.connect(self.trouble)
        self._auto_state, self._auto_key = self._grid.state, ""
        self._auto_work = Latest(background, self)
        self._auto_work.ready.connect(self._take_levels)
        self._auto_work.failed.connect(self._report)
        self._blink = QTimer(self)
        self._blink.setInterval(700)
        self._blink.timeout.connect(self.flip)
        self._arrange()

    @property
    def state(self) -> ViewState:
        """What linked panes share."""
        return self._grid.state

    @property
    def active_state(self) -> ViewState:
        """The state of the pane that has the focus; the shared one while panes are linked."""
        return self._grid.active_pane.state

    @property
    def panes(self) -> Sequence[PicturePane]:
        """What is on the screen."""
        return self._grid.panes

    @property
    def layers(self) -> Sequence[Layer]:
        """A, B, …"""
        return self._layers

    @property
    def mode(self) -> CompareMode:
        """The mode asked for; it takes effect once there are pictures enough."""
        return self._mode

    @property
    def front(self) -> int:
        """Index of the layer in front, in modes that show one."""
        return self._front

    @property
    def is_settled(self) -> bool:
        """Whether nothing better is on its way to the screen."""
        return self._background.is_idle and all(pane.is_settled for pane in self.panes)

    def set_layers(self, layers: Sequence[Layer], *, front: int | None = None) -> None:
        """Show these; layers that stay keep their pixels, and a scene of the same size keeps the view."""
        old, self._layers = self._sources, tuple(layers)
        self._sources = {
            layer: old[layer] if layer in old else PictureSource(layer, self._background, self)
            for layer in layers
        }
        self._front = min(max(self._front if front is None else front, 0), max(0, len(layers) - 1))
        if layers:
            scene = layers[0].scene
            for layer in layers[1:]:
                scene = scene.united(layer.scene)
            self._grid.set_scene(scene)
        self._arrange()
        for layer in old.keys() - self._sources.keys():
            old[layer].dispose()
        self.front_changed.emit(self._front)

    def set_mode(self, mode: CompareMode) -> None:
        """Compare in another way."""
        if mode is not self._mode:
            self._mode = mode
            self._arrange()
            self.mode_changed.emit(mode)

    def set_front(self, index: int) -> None:
        """Bring another layer to the front."""
        index = min(max(index, 0), max(0, len(self._layers) - 1))
        if index != self._front:
            self._front = index
            self._bring_to_front(index)
            self.front_changed.emit(index)

    @Slot()
    def flip(self) -> None:
        """Bring B to the front if A is there, and A otherwise."""
        if len(self._layers) > 1:
            self.set_front(1 if self._front == 0 else 0)

    @Slot()
    def swap(self) -> None:
        """Let A and B change places."""
        if len(self._layers) > 1:
            first, second, *others = self._layers
            self.set_layers((second, first, *others))

    @Slot(bool)
    def show_other(self, on: bool) -> None:
        """Show the other one of A and B for as long as this is on, without changing which is in front."""
        if self._effective_mode() is not CompareMode.SINGLE or len(self._layers) < 2:
            return
        other = 1 if self._front == 0 else 0
        self._bring_to_front(other if on else self._front)

    def set_blink_period(self, seconds: float) -> None:
        """How long each picture stays in front while blinking; kept within 0.3 to 2 s."""
        self._blink.setInterval(round(min(max(seconds, SHORTEST_BLINK), LONGEST_BLINK) * 1000))

    @property
    def blink_period(self) -> float:
        """Seconds that each picture stays in front while blinking."""
        return self._blink.interval() / 1000

    @property
    def difference(self) -> DifferenceSettings:
        """Which difference the mode DIFFERENCE shows."""
        return self._difference.settings

    def set_difference(self, settings: DifferenceSettings) -> None:
        """Show another difference."""
        self._difference.set_settings(settings)
        self._arrange()

    @property
    def is_linked(self) -> bool:
        """Whether all panes look at the same place."""
        return self._grid.is_linked

    def set_linked(self, on: bool) -> None:
        """Link all panes, or give each a state of its own that starts out equal."""
        self._grid.set_linked(on)

    def set_tool(self, tool: Tool) -> None:
        """What dragging does."""
        self._grid.set_tool(tool)

    def set_overlays(self, overlays: Sequence[Overlay], grips: Sequence[Grip] = ()) -> None:
        """Draw these over every pane, with grips that can be moved."""
        self._grid.set_overlays(overlays, grips)

    def set_rulers(self, on: bool) -> None:
        """Show scene units along the edges."""
        self._grid.set_rulers(on)

    def set_values(self, on: bool) -> None:
        """Write numbers into pixels that are large enough."""
        self._grid.set_values(on)

    @Slot()
    def fit(self) -> None:
        """Show the whole scene."""
        self.active_state.want_fit()

    @Slot()
    def one_to_one(self) -> None:
        """One device pixel per pixel of the layer in front."""
        if self._layers:
            layer, state = self._layers[self._front], self.active_state
            state.look_at(*state.centre, layer.image.width / layer.scene.width)

    def zoom(self, factor: float) -> None:
        """Magnify about the middle."""
        self.active_state.zoom(factor)

    @Slot()
    def auto_levels(self) -> None:
        """Fit black and white to the visible part: all layers', or the front one's alone."""
        visible = self.visible_rect()
        if visible is None:
            return
        state, key = self.active_state, self._front_key()
        layers = self._layers if state.shares_levels else self._layers[self._front : self._front + 1]
        old = state.levels(key)
        self._auto_state, self._auto_key = state, key
        self._auto_work.request(lambda _token: fitted_levels(layers, visible, old))

    @Slot()
    def reset_levels(self) -> None:
        """Back to black at 0 and white at the nominal white."""
        self.active_state.set_levels(Levels(), self._front_key())

    def expose(self, stops: float) -> None:
        """Brighten by so many stops."""
        state, key = self.active_state, self._front_key()
        levels = state.levels(key)
        state.set_levels(replace(levels, exposure=levels.exposure + stops), key)

    @Slot()
    def next_channel(self) -> None:
        """Show the next channel that the layer in front has."""
        if self._layers:
            channels = self._layers[self._front].image.channels
            offered = [channel for channel in Channel if channel.available(channels)]
            state = self.active_state
            place = offered.index(state.channel) + 1 if state.channel in offered else 0
            state.set_channel(offered[place % len(offered)])

    def visible_rect(self) -> Rect | None:
        """The whole source pixels on the focused pane; None where there is no picture."""
        if not self._layers:
            return None
        visible = self._grid.active_pane.viewport().visible.intersected(self._layers[0].scene)
        return None if visible is None else visible.whole_pixels()

    def grab_view(self) -> QImage:
        """A picture of all panes as they are on the screen, in device pixels."""
        return self.grab().toImage()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        """Digits bring a layer to the front."""
        digit = event.key() - Qt.Key.Key_1
        if self._effective_mode() is CompareMode.SINGLE and 0 <= digit < len(self._layers):
            self.set_front(digit)
        else:
            super().keyPressEvent(event)

    def _effective_mode(self) -> CompareMode:
        return self._mode if len(self._layers) >= self._mode.least_pictures else CompareMode.SINGLE

    @Slot()
    def _arrange(self) -> None:
        mode = self._effective_mode()
        self._difference.set_pair(self._layers[:2] if mode is CompareMode.DIFFERENCE else ())
        groups = self._groups(mode)
        self._grid.set_count(len(groups))
        orientation = {
            CompareMode.WIPE: Qt.Orientation.Horizontal,
            CompareMode.WIPE_ROWS: Qt.Orientation.Vertical,
        }
        waiting = self.tr("Computing the difference …") if mode is CompareMode.DIFFERENCE else ""
        for pane, group in zip(self.panes, groups, strict=True):
            pane.set_wipe(orientation.get(mode))
            pane.placeholder = waiting
            pane.show_pictures(group)
        if mode in (CompareMode.SINGLE, CompareMode.BLINK):
            self.panes[0].set_front(self._front)
        if mode is CompareMode.BLINK:
            self._blink.start()
        else:
            self._blink.stop()
        self._grid.refit()

    def _groups(self, mode: CompareMode) -> list[list[Shown]]:
        """What each pane shows."""
        if mode is CompareMode.DIFFERENCE:
            return [self._difference.shown()]
        shown = [
            Shown(
                letter=LETTERS[number % len(LETTERS)] if len(self._layers) > 1 else "",
                source=self._sources[layer],
            )
            for number, layer in enumerate(self._layers)
        ]
        if mode.most_panes > 1:
            return [[entry] for entry in shown[: mode.most_panes]]
        return [shown]

    def _bring_to_front(self, index: int) -> None:
        if self._effective_mode() in (CompareMode.SINGLE, CompareMode.BLINK):
            self.panes[0].set_front(index)

    def _front_key(self) -> str:
        return self._layers[self._front].key if self._layers else ""

    @Slot(object)
    def _take_levels(self, levels: Levels) -> None:
        if self._auto_state in self._grid.states:
            self._auto_state.set_levels(levels, self._auto_key)

    @Slot(object)
    def _report(self, error: object) -> None:
        self.trouble.emit(str(error))

    @Slot(object)
    def _read(self, point: tuple[float, float] | None) -> None:
        if point is None:
            self.pointed.emit(None)
            return
        lettered = list(zip(LETTERS, self._layers, strict=False))
        if self._effective_mode() is CompareMode.DIFFERENCE and self._difference.layer is not None:
            lettered.append(("", self._difference.layer))
        readings = tuple(
            found for letter, layer in lettered if (found := read(letter, layer, *point)) is not None
        )
        self.pointed.emit(Readout(x=point[0], y=point[1], readings=readings))
