"""What the commands and the bar do with the view of a scene."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PySide6.QtCore import QObject, Slot

from restora.splats.framing import Framing, UpAxis
from restora_desktop.actions import ActionBoard
from restora_desktop.scene.drawing import Channel, Look
from restora_desktop.scene.page import ScenePage

_CHANNELS: Mapping[str, Channel] = MappingProxyType(
    {"scene.colour": Channel.COLOUR, "scene.depth": Channel.DEPTH, "scene.alpha": Channel.ALPHA}
)

_SNUG = 0.8
"""A scene seldom fills its box to the corners."""


class Looking(QObject):
    """Keeps pane, bar and switches in step."""

    def __init__(self, page: ScenePage, board: ActionBoard, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._bar, self._pane, self._board = page.bar, page.pane, board
        self.framing: Framing | None = None
        """Of the scene that is shown."""
        board["scene.figures"].setChecked(True)
        board["scene.colour"].setChecked(True)
        self._bar.look_wanted.connect(self._take_look)
        self._bar.up_wanted.connect(self._take_up)
        self._bar.fov_wanted.connect(self._take_fov)
        self._pane.navigator.moved.connect(self._follow)

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What they do."""
        navigator = self._pane.navigator
        return {
            "scene.frame": lambda _on: self._frame(),
            "scene.reset": lambda _on: navigator.reset(),
            "scene.level": lambda _on: navigator.level(),
            "scene.pivot": lambda _on: self._pane.pivot_in_the_middle(),
            "scene.figures": self._show_figures,
            **dict.fromkeys(_CHANNELS, self._choose_channel),
        }

    def _frame(self) -> None:
        """Most of the scene: a few stray Gaussians do not count."""
        if self.framing is not None:
            self._pane.navigator.frame(self.framing.centre, _SNUG * self.framing.radius)

    def _choose_channel(self, _on: bool) -> None:
        for command, channel in _CHANNELS.items():
            if self._board[command].isChecked():
                self._bar.choose_channel(channel)

    def _show_figures(self, on: bool) -> None:
        self._pane.has_statistics = on
        self._pane.update()

    @Slot(object)
    def _take_look(self, look: Look) -> None:
        for command, channel in _CHANNELS.items():
            if channel is look.channel:
                self._board[command].setChecked(True)
        self._pane.set_look(look)

    @Slot(object)
    def _take_up(self, up: UpAxis) -> None:
        self._pane.navigator.set_up(up)
        self._pane.setFocus()

    @Slot(float)
    def _take_fov(self, degrees: float) -> None:
        self._pane.navigator.set_fov(degrees)

    @Slot()
    def _follow(self) -> None:
        navigator = self._pane.navigator
        self._bar.show_view(navigator.up, navigator.view.fov)
