"""Small pictures for the strip: renders when nobody moves the view, photographs from a thread of files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Slot

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora_desktop.models.items import Node
from restora_desktop.scene.camera_list import CameraList, Picture
from restora_desktop.scene.drawing import Look
from restora_desktop.scene.navigator import resized
from restora_desktop.scene.photos import Photo, load_photo
from restora_desktop.scene.render_worker import Answer, Asked, RenderThread
from restora_desktop.scene.strip import HEIGHT, WIDTH
from restora_desktop.tasks import Tasks

_SHARP = 1.5
"""For screens of more pixels than Qt's."""


class CameraPictures(QObject):
    """Answers what a CameraList asks for; one scene at a time."""

    def __init__(self, model: CameraList, thread: RenderThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._model, self._worker = model, thread.worker
        self._client = thread.new_client()
        self._scene: GaussianScene | None = None
        self._rows: dict[int, int] = {}
        self.fixed_of: Callable[[Camera], Node | None] = _nothing
        """The newest result that was made from a camera's render."""
        self.tasks = Tasks("photos", parent=self)
        model.wanted.connect(self._fetch)
        self._worker.done.connect(self._take)
        self._worker.failed.connect(self._take_failure)

    def show(self, scene: GaussianScene | None) -> None:
        """Make pictures of this scene from now on, or of none; its cameras may be those shown already."""
        if scene is self._scene:
            return
        self._worker.withdraw(self._client)
        self._scene = scene
        self._rows.clear()
        if scene is None:
            return  # the cameras stay: the same scene may well come back
        if scene.cameras is self._model.cameras:
            self._model.forget_images(Picture.RENDER)
        else:
            self._model.set_cameras(scene.cameras)

    def close(self) -> bool:
        """Read nothing any more."""
        self._worker.withdraw(self._client)
        return self.tasks.close()

    @Slot(int, object)
    def _fetch(self, row: int, kind: Picture) -> None:
        camera = self._model.camera(row)
        if camera is None or self._scene is None:
            return
        if kind is Picture.RENDER:
            self._draw(row, camera, self._scene)
        elif kind is Picture.PHOTO:
            cameras = self._model.cameras
            self.tasks.start(
                partial(load_photo, cameras, camera, round(WIDTH * _SHARP)),
                partial(self._take_photo, camera),
                partial(self._take_no_photo, camera),
            )
        else:
            node = self.fixed_of(camera)
            self._model.set_image(row, kind, None if node is None else node.thumbnail)

    def _draw(self, row: int, camera: Camera, scene: GaussianScene) -> None:
        small = resized(camera, round(WIDTH * _SHARP), round(HEIGHT * _SHARP))
        asked = Asked(scene=scene, camera=small, look=Look(), client=self._client, is_still=True)
        self._rows[id(asked.camera)] = row
        self._worker.ask(asked)

    def _row(self, asked: Asked) -> int | None:
        if asked.client != self._client or asked.scene is not self._scene:
            return None
        return self._rows.pop(id(asked.camera), None)

    @Slot(object)
    def _take(self, answer: Answer) -> None:
        row = self._row(answer.asked)
        if row is not None:
            self._model.set_image(row, Picture.RENDER, answer.image)

    @Slot(object, object)
    def _take_failure(self, asked: Asked, _error: Exception) -> None:
        row = self._row(asked)
        if row is not None:
            self._model.set_image(row, Picture.RENDER, None)

    def _take_photo(self, camera: Camera, photo: Photo) -> None:
        self._model.set_image(self._model.row_of(camera), Picture.PHOTO, photo.image)

    def _take_no_photo(self, camera: Camera, error: Exception) -> None:
        if not isinstance(error, RestoraError | OSError):
            raise error
        self._model.set_image(self._model.row_of(camera), Picture.PHOTO, None)


def _nothing(_camera: Camera) -> Node | None:
    return None
