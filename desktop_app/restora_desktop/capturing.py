"""A capture on the screen: its strip of frames below the viewer, its picture following the window."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.geometry import FrameWindow
from restora.data.kinds import Kind
from restora_desktop.models.items import Node
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.capture_pictures import CapturePicture, CapturePictures
from restora_desktop.viewer.frame_strip import FrameStrip

_FIRST_WINDOW = 1000
"""Frames that are summed at first: enough to see what a capture shows."""


class CaptureController(QObject):
    """Shows the strip for captures only; the method runs on exactly the window on the screen.

    Signals:
        picture_changed: a Node whose picture is another one now.
        window_changed: a Node whose window is another one now.
        failed: a sentence.
    """

    picture_changed = Signal(object)
    window_changed = Signal(object)
    failed = Signal(str)

    def __init__(self, background: Background, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._background = background
        self._node: Node | None = None
        self._pictures: CapturePictures | None = None
        self.strip = FrameStrip()
        self.strip.window_changed.connect(self._choose_window)
        self.strip.view_chosen.connect(self._choose_view)
        self.strip.hide()

    def show(self, node: Node | None) -> None:
        """Show the strip of an item, if it is a capture; it stays while results of it are looked at."""
        root = None if node is None else node.root
        if root is self._node:
            return
        self._leave()
        if root is None or root.item.kind is not Kind.SPAD:
            return
        cube = root.item.cube()
        self._node = root
        if root.window is None:
            root.window = FrameWindow(0, min(cube.frames, _FIRST_WINDOW))
        self._pictures = CapturePictures(cube, self._background, self)
        self._pictures.ready.connect(self._take)
        self._pictures.failed.connect(self.failed)
        self.strip.set_frames(cube.frames, root.window)
        self.strip.show()
        self._pictures.request(root.window, self.strip.view)

    def forget(self, node: Node) -> None:
        """It is closed."""
        if node.root is self._node:
            self._leave()

    def close(self) -> None:
        """Ask for nothing any more."""
        self._leave()

    def _leave(self) -> None:
        if self._pictures is not None:
            self._pictures.withdraw()
            self._pictures.deleteLater()
        self._pictures = self._node = None
        self.strip.set_frames(1, FrameWindow(0, 1))  # ends playing
        self.strip.hide()

    @Slot(object)
    def _choose_window(self, window: FrameWindow) -> None:
        if self._node is not None and self._pictures is not None:
            self._node.window = window
            self._pictures.request(window, self.strip.view)
            self.window_changed.emit(self._node)

    @Slot(object)
    def _choose_view(self, _view: object) -> None:
        if self._node is not None and self._pictures is not None:
            self._pictures.request(self.strip.window_of_frames, self.strip.view)

    @Slot(object)
    def _take(self, made: CapturePicture) -> None:
        if self._node is not None:
            self._node.picture = made.image
            self.strip.show_note(made.light.text(), f"{made.note}\n{made.light.text()}")
            self.picture_changed.emit(self._node)
