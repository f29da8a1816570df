"""The page of a scene: controls, the pane or what stands in its place, and the strip of cameras."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from restora_desktop.scene.bar import AskColour, SceneBar
from restora_desktop.scene.camera_list import CameraList
from restora_desktop.scene.pane import ScenePane
from restora_desktop.scene.render_worker import RenderThread
from restora_desktop.scene.state_page import StatePage
from restora_desktop.scene.strip import CameraStrip


class ScenePage(QWidget):
    """Layout and nothing else: what happens is decided by the controller."""

    def __init__(
        self,
        thread: RenderThread,
        actions: Sequence[QAction | None],
        ask_colour: AskColour,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("scene_page")
        self.bar = SceneBar(actions, ask_colour)
        self.pane = ScenePane(thread)
        self.state = StatePage()
        self.cameras = CameraList(self)
        self.strip = CameraStrip(self.cameras)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.state)
        self._stack.addWidget(self.pane)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(2)
        self._layout.addWidget(self.bar)
        self._layout.addWidget(self._stack, 1)
        self._layout.addWidget(self.strip)

    def put_below(self, widget: QWidget) -> None:
        """Show this between the pane and the strip."""
        self._layout.insertWidget(self._layout.count() - 1, widget)

    @property
    def is_scene_shown(self) -> bool:
        """Whether the pane is there, and not what stands in its place."""
        return self._stack.currentWidget() is self.pane

    def show_pane(self) -> None:
        """A scene is there."""
        self._stack.setCurrentWidget(self.pane)

    def show_state(self) -> None:
        """There is none, or not yet."""
        self._stack.setCurrentWidget(self.state)
