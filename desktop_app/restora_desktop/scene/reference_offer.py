"""Finds references for the dialog that asks how a render is fixed, and takes what is dropped there."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QImage

from restora.data.camera import Camera, CameraSet
from restora.errors import RestoraError
from restora_desktop.panels.banner import Notice
from restora_desktop.scene.drawing import Drawn
from restora_desktop.scene.fix_choices import Candidate, PictureFile, candidates, dropped_camera
from restora_desktop.scene.fix_dialog import FixDialog
from restora_desktop.scene.photos import Photo, load_photo, load_picture
from restora_desktop.tasks import Tasks

_MOST = 12
_THUMBNAIL = 160


class ReferenceOffer(QObject):
    """One for each dialog; what arrives after the dialog has ended is dropped.

    Signals:
        told: a Notice about something that cannot be a reference.
    """

    told = Signal(object)

    def __init__(
        self, dialog: FixDialog, cameras: CameraSet, tasks: Tasks, failed: Callable[[Exception], None]
    ) -> None:
        super().__init__(dialog)
        self._dialog, self._cameras, self._tasks, self._failed = dialog, cameras, tasks, failed
        self._is_over = False
        dialog.finished.connect(self._end)
        dialog.camera_dropped.connect(self._take_camera)
        dialog.file_dropped.connect(self._take_file)

    def find(self, camera: Camera, drawn: Drawn | None) -> None:
        """Look for the photographs that see most of a render, and offer them with small pictures."""
        self._tasks.start(
            partial(candidates, camera, drawn, self._cameras, most=_MOST), self._offer, self._failed
        )

    @Slot()
    def _end(self) -> None:
        self._is_over = True

    def _offer(self, found: tuple[Candidate, ...]) -> None:
        if self._is_over:
            return
        self._dialog.offer_references(found)
        for candidate in found:
            self._load_photo(candidate.camera)

    @Slot(int, int)
    def _take_camera(self, number: int, row: int) -> None:
        """A camera was dragged from the strip onto a reference."""
        chosen = dropped_camera(self._cameras, row)
        if chosen is None:
            self.told.emit(Notice(text=self.tr("That camera has no photograph that could be a reference.")))
            return
        self._dialog.put_reference(number, chosen)
        self._load_photo(chosen.camera)

    @Slot(int, object)
    def _take_file(self, number: int, path: Path) -> None:
        """A file was dropped onto a reference; it becomes one once it was read as a picture."""
        self._tasks.start(
            partial(load_picture, path, _THUMBNAIL), partial(self._put_file, number, path), self._failed
        )

    def _put_file(self, number: int, path: Path, image: QImage) -> None:
        if not self._is_over:
            self._dialog.put_reference(number, PictureFile(path=path))
            self._dialog.show_file(path, image)

    def _load_photo(self, camera: Camera) -> None:
        self._tasks.start(
            partial(load_photo, self._cameras, camera, _THUMBNAIL), self._show_photo, self._ignore_photo
        )

    def _show_photo(self, photo: Photo) -> None:
        if not self._is_over:
            self._dialog.show_photo(photo.camera, photo.image)

    def _ignore_photo(self, error: Exception) -> None:
        """A photograph without a small picture can still be chosen by its name."""
        if not isinstance(error, RestoraError | OSError):
            raise error
