"""One scene as a pane shows it: which picture is asked for next, and the best one that is there."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QImage, QPainter

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora_desktop.scene.drawing import FULL, Drawn, Look, Quality
from restora_desktop.scene.navigator import scaled
from restora_desktop.scene.quality import QualityController
from restora_desktop.scene.render_worker import Answer, Asked, RenderThread, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

_log = logging.getLogger("restora.desktop.scene")
_LEAST_ALPHA = 0.05
"""Where less is covered nothing is under the pointer."""


class SceneSide(QObject):
    """Asks a RenderThread for the pictures of one scene and puts their rows together.

    Attributes:
        title: what the scene is called.
        image: the best picture there is; None until the first one has come.
        quality: how well that picture is drawn.
        milliseconds: what it took.
        is_preparing: the scene is being made ready.

    Signals:
        changed: the picture is another one, or says something else of itself.
        failed: the exception that kept a picture from being drawn.
    """

    changed = Signal()
    failed = Signal(object)

    def __init__(self, thread: RenderThread, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._worker = thread.worker
        self._client = thread.new_client()
        self._controller = QualityController()
        self.title = ""
        self.scene: GaussianScene | None = None
        self.image: QImage | None = None
        self.quality = FULL
        self.milliseconds = 0.0
        self.is_preparing = False
        self._camera: Camera | None = None
        self._drawn: Drawn | None = None
        self._generation = 0
        self._shown = -1
        self._worker.preparing.connect(self._note_preparing)
        self._worker.rows.connect(self._take_rows)
        self._worker.done.connect(self._take)
        self._worker.failed.connect(self._take_failure)

    @property
    def is_settled(self) -> bool:
        """Whether the picture is the newest one, drawn in full."""
        return self.scene is None or (self._shown == self._generation and self.quality.is_full)

    @property
    def camera(self) -> Camera | None:
        """What the newest picture is drawn from, at full size."""
        return self._camera

    @property
    def moving_quality(self) -> Quality:
        """How well the next moving picture will be drawn."""
        return self._controller.moving

    def set_scene(self, scene: GaussianScene | None, title: str) -> None:
        """Show another scene from now on; what was made ready for the last one is kept by the worker."""
        self.title = title
        if scene is self.scene:
            return
        self.withdraw()
        self.scene, self.image, self._drawn, self._shown = scene, None, None, -1
        self._controller.forget()
        self.changed.emit()

    def withdraw(self) -> None:
        """Nothing is wanted until somebody asks again."""
        self._generation += 1
        self.is_preparing = False
        self._worker.withdraw(self._client)

    def move_to(self, camera: Camera, look: Look) -> None:
        """Draw a quick picture from here."""
        self._generation += 1
        self._camera = camera
        self._ask(self._controller.moving, look)

    def rest_at(self, camera: Camera, look: Look) -> None:
        """Draw the full picture from here."""
        if self.scene is None:
            return
        self._generation += 1
        self._camera = camera
        self._ask(FULL, look)

    def seen(self) -> tuple[Camera | None, Drawn | None]:
        """The numbers of the picture that is there, and the camera of exactly that size."""
        if self._camera is None or self._drawn is None:
            return None, None
        height, width = self._drawn.alpha.shape
        return scaled(self._camera, width, height), self._drawn

    def point_at(self, x: float, y: float) -> NDArray[np.float64] | None:
        """The point of the scene at a place of the picture (shares of its size); None where nothing is."""
        camera, drawn = self._camera, self._drawn
        if camera is None or drawn is None or not (0 <= x < 1 and 0 <= y < 1):
            return None
        row, column = int(y * drawn.alpha.shape[0]), int(x * drawn.alpha.shape[1])
        alpha = float(drawn.alpha[row, column])
        if alpha < _LEAST_ALPHA:
            return None
        depth = float(drawn.depth[row, column]) / alpha
        ray = np.array(
            [(x * camera.width - camera.cx) / camera.fx, (y * camera.height - camera.cy) / camera.fy, 1.0]
        )
        return np.asarray(camera.centre + (ray * depth) @ camera.world_to_camera[:3, :3])

    def _ask(self, quality: Quality, look: Look) -> None:
        if self.scene is None or self._camera is None:
            return
        camera = self._camera
        small = scaled(
            camera,
            max(1, round(camera.width * quality.scale)),
            max(1, round(camera.height * quality.scale)),
        )
        self._worker.ask(
            Asked(
                scene=self.scene,
                camera=small,
                look=look,
                quality=quality,
                generation=self._generation,
                client=self._client,
            )
        )

    def _is_mine(self, asked: Asked) -> bool:
        return asked.client == self._client and asked.scene is self.scene and not asked.is_still

    @Slot(object)
    def _note_preparing(self, scene: GaussianScene) -> None:
        if scene is self.scene:
            self.is_preparing = True
            self.changed.emit()

    @Slot(object)
    def _take(self, answer: Answer) -> None:
        asked = answer.asked
        if not self._is_mine(asked) or asked.generation < self._shown:
            return
        self._controller.note(asked.quality, answer.milliseconds)
        self.image, self._drawn, self.quality = answer.image, answer.drawn, asked.quality
        self.milliseconds, self._shown, self.is_preparing = answer.milliseconds, asked.generation, False
        self.changed.emit()

    @Slot(object)
    def _take_rows(self, rows: Rows) -> None:
        """Better rows over the preview of the same view."""
        if not self._is_mine(rows.asked) or rows.asked.generation != self._generation:
            return
        camera = rows.asked.camera
        if self.image is None or self.image.size() != QSize(camera.width, camera.height):
            self.image = _grown(self.image, camera.width, camera.height)
        painter = QPainter(self.image)
        painter.drawImage(QPoint(0, rows.first), rows.image)
        painter.end()
        self.is_preparing = False
        self.changed.emit()

    @Slot(object, object)
    def _take_failure(self, asked: Asked, error: Exception) -> None:
        if self._is_mine(asked):
            _log.warning("%s cannot be drawn: %s", self.title, error)
            self.is_preparing = False
            self._shown = asked.generation
            self.failed.emit(error)


def _grown(image: QImage | None, width: int, height: int) -> QImage:
    """A canvas of the full size that shows the preview until its rows come."""
    if image is not None:
        return image.scaled(
            width, height, Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
        ).convertToFormat(QImage.Format.Format_RGB32)
    canvas = QImage(width, height, QImage.Format.Format_RGB32)
    canvas.fill(Qt.GlobalColor.black)
    return canvas
