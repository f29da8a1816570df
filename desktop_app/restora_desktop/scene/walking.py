"""From camera to camera of a scene, with the photograph that was taken there."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora.splats.references import nearest
from restora_desktop.actions import ActionBoard
from restora_desktop.models.items import Node
from restora_desktop.scene.camera_pictures import CameraPictures
from restora_desktop.scene.page import ScenePage
from restora_desktop.scene.photos import Photo, load_photo, picture_image

_LONGEST_SIDE = 2048
"""Of a photograph in the wipe; a screen shows no more."""


class CameraWalk(QObject):
    """Stands the view at cameras; the photograph follows while it is wanted.

    Signals:
        troubled: the exception that kept a photograph away.
    """

    troubled = Signal(object)

    def __init__(
        self, page: ScenePage, pictures: CameraPictures, board: ActionBoard, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self.fixed_of: Callable[[Camera], Node | None] = _nothing
        """The newest result that was made from a camera's render."""
        self._wants_fixed = False
        self._page, self._pane, self._pictures, self._board = page, page.pane, pictures, board
        self._wants_photo = False
        self._loading: Camera | None = None
        self._shown: Camera | None = None
        page.strip.chosen.connect(self.stand_at)
        self._pane.navigator.moved.connect(self._follow)

    @property
    def is_idle(self) -> bool:
        """Whether no photograph is on its way."""
        return self._loading is None

    def show(self, scene: GaussianScene) -> None:
        """Walk among the cameras of this scene."""
        self._pictures.show(scene)
        self._follow()

    def close(self) -> None:
        """Read nothing any more."""
        self._loading = None
        self._pictures.close()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What they do."""
        return {
            "scene.next_camera": lambda _on: self.step(1),
            "scene.previous_camera": lambda _on: self.step(-1),
            "scene.nearest_camera": lambda _on: self.stand_at_nearest(),
            "scene.photo": self.set_photo,
            "scene.fixed": self.set_fixed,
        }

    @Slot(object)
    def stand_at(self, camera: Camera) -> None:
        """Look from exactly there."""
        self._pane.navigator.snap(camera)
        self._pane.setFocus()

    def step(self, rows: int) -> None:
        """To the camera so many further on in the list; round at its end."""
        cameras = self._page.cameras.cameras
        if not len(cameras):
            return
        here = self._page.cameras.row_of(self._pane.navigator.camera)
        row = (0 if rows > 0 else len(cameras) - 1) if here < 0 else (here + rows) % len(cameras)
        self.stand_at(cameras.cameras[row])

    def stand_at_nearest(self) -> None:
        """At the camera whose pose is nearest to the view's."""
        cameras = self._page.cameras.cameras
        if len(cameras):
            self.stand_at(nearest(self._pane.camera(), cameras.cameras)[0].camera)

    def set_fixed(self, on: bool) -> None:
        """Wipe against what a method made of the render, wherever the view stands at a camera."""
        self._wants_fixed = on
        if on:
            self._wants_photo = False
            self._board["scene.photo"].setChecked(False)
            if self._pane.navigator.camera is None:
                self.stand_at_nearest()
        self._take_away()
        self._follow()

    def set_photo(self, on: bool) -> None:
        """Wipe against the photograph wherever the view stands at a camera."""
        self._wants_photo = on
        if on and self._wants_fixed:
            self._wants_fixed = False
            self._board["scene.fixed"].setChecked(False)
            self._take_away()
        if on and self._pane.navigator.camera is None:
            self.stand_at_nearest()
        self._follow()

    @Slot()
    def _follow(self) -> None:
        camera = self._pane.navigator.camera
        self._page.strip.mark(camera)
        wanted = camera if self._wants_photo else None
        if self._wants_fixed:
            self._show_fixed(camera)
        elif wanted is None:
            self._loading = None
            self._take_away()
        elif wanted is not self._shown and wanted is not self._loading:
            self._take_away()
            self._loading = wanted
            self._pictures.tasks.start(
                partial(load_photo, self._page.cameras.cameras, wanted, _LONGEST_SIDE),
                self._take_photo,
                partial(self._take_no_photo, wanted),
            )

    def _show_fixed(self, camera: Camera | None) -> None:
        if camera is self._shown:
            return
        self._take_away()
        node = None if camera is None else self.fixed_of(camera)
        if camera is not None and node is not None and node.picture is not None:
            self._shown = camera
            self._pane.compare_photo(picture_image(node.picture), f"{node.title} of {camera.name}")

    def _take_away(self) -> None:
        if self._shown is not None:
            self._shown = None
            self._pane.compare_photo(None)

    def _take_photo(self, photo: Photo) -> None:
        if photo.camera is self._loading:
            self._loading, self._shown = None, photo.camera
            self._pane.compare_photo(photo.image, photo.title)

    def _take_no_photo(self, camera: Camera, error: Exception) -> None:
        if not isinstance(error, RestoraError | OSError):
            raise error
        if camera is self._loading:
            self._loading, self._wants_photo = None, False
            self._board["scene.photo"].setChecked(False)
            self.troubled.emit(error)


def _nothing(_camera: Camera) -> Node | None:
    return None
