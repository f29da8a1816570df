"""Camera paths and pictures for files: keys, playing, frames with their cameras, screenshots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal, Slot
from PySide6.QtWidgets import QDialog

from restora.data.camera import Camera, CameraSet
from restora.data.image import Image
from restora.errors import RestoraError
from restora.io.cameras import read_cameras, write_cameras
from restora.io.writing import write_image
from restora.splats.framing import Framing, Optics, orbit
from restora_desktop.scene.controller import SceneController
from restora_desktop.scene.drawing import Drawn
from restora_desktop.scene.focus import focus_of
from restora_desktop.scene.navigator import scaled
from restora_desktop.scene.path_bar import PathBar
from restora_desktop.scene.path_model import PathModel
from restora_desktop.scene.render_dialog import RenderDialog
from restora_desktop.scene.render_worker import Answer
from restora_desktop.scene.sources import Entry
from restora_desktop.scene.stills import Stills
from restora_desktop.scene.viewpoint import Viewpoint
from restora_desktop.tasks import Tasks
from restora_desktop.window import MainWindow

_USUAL_SIZE = (1920, 1080)
_ORBIT_KEYS = 12
_TURN_MS = 33
_PICTURES = "PNG (*.png);;TIFF (*.tiff);;JPEG (*.jpg);;EXR (*.exr)"
BAR = {
    "key": "Add key",
    "replace_key": "Replace",
    "delete_key": "Delete",
    "play": "Play",
    "orbit_path": "Orbit",
    "camera_path": "Cameras",
    "export_path": "Export…",
}
"""Commands below the timeline, with texts that are short enough for a row."""


class PathDesk(QObject):
    """Answers the path commands.

    Signals:
        changed: there are other keys, or something is rendered, or nothing any more.
        troubled: an exception that kept a picture or a path away.
        written: the Path of a file or folder that was written.
    """

    changed = Signal()
    troubled = Signal(object)
    written = Signal(object)

    def __init__(self, window: MainWindow, scenes: SceneController, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._window, self._scenes, self._pane = window, scenes, scenes.pane
        self.model = PathModel(self)
        self.bar = PathBar(
            self.model, {window.board[f"scene.{name}"]: self.tr(text) for name, text in BAR.items()}
        )
        scenes.page.put_below(self.bar)
        self._stills = Stills(scenes.renderer, self)
        self._tasks = Tasks("path", parent=self)
        self._entry: Entry | None = None
        self._dialog: QDialog | None = None
        self._playing = QTimer(self)
        self._playing.setInterval(_TURN_MS)
        self._playing.timeout.connect(self._turn)
        self.model.changed.connect(self._follow)
        self.model.moved.connect(self._look)
        scenes.shown.connect(self._change_scene)

    @property
    def is_rendering(self) -> bool:
        """Whether pictures are still to be rendered."""
        return not self._stills.is_idle

    @property
    def is_idle(self) -> bool:
        """Whether nothing is rendered or written."""
        return self._stills.is_idle and self._tasks.is_idle

    def stop(self) -> None:
        """Render no further pictures; those that are written stay."""
        self._stills.withdraw()
        self._tell_progress()

    def close(self) -> bool:
        """Render and write nothing any more."""
        self._playing.stop()
        self._stills.withdraw()
        if self._dialog is not None:
            self._dialog.reject()
        return self._tasks.close()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What they do."""
        model = self.model
        return {
            "scene.path": self._show_editor,
            "scene.key": lambda _on: model.add(self._key_camera()),
            "scene.replace_key": lambda _on: model.replace_selected(self._key_camera()),
            "scene.delete_key": lambda _on: model.delete_selected(),
            "scene.play": self._play,
            "scene.orbit_path": lambda _on: self._add_orbit(),
            "scene.camera_path": lambda _on: self._add_cameras(),
            "scene.open_path": lambda _on: self._open_path(),
            "scene.export_path": lambda _on: self._export(),
            "scene.screenshot": lambda _on: self._screenshot(),
        }

    # -- keys ----------------------------------------------------------------------------------------

    def _key_camera(self) -> Camera:
        return self._pane.navigator.view.camera(*_USUAL_SIZE, name=f"key {len(self.model.keys)}")

    def _add_orbit(self) -> None:
        if self._entry is not None:
            width, height = _USUAL_SIZE
            optics = Optics(width=width, height=height, fov_degrees=self._pane.navigator.view.fov)
            focus = focus_of(self._entry.framing, self._entry.document.state.base.cameras)
            reach = focus.radius / np.sqrt(3)
            ball = Framing(low=focus.centre - reach, high=focus.centre + reach)
            up = self._pane.navigator.up
            self.model.extend(orbit(ball, _ORBIT_KEYS, optics, up=up, distance=focus.distance), 1.0)

    def _add_cameras(self) -> None:
        if self._entry is not None:
            self.model.extend(_upright(self._entry.document.state.base.cameras))

    def _open_path(self) -> None:
        window = self._window
        name = window.dialogs.open_file(window, self.tr("Open camera path"), "", "Cameras (*.json)")
        if name is None:
            return
        try:
            cameras = read_cameras(Path(name))
        except RestoraError as error:
            self.troubled.emit(error)
            return
        rate = 24.0 if self.model.path is None else self.model.path.frames_per_second
        self.model.extend(_upright(cameras), 1 / rate)

    @Slot()
    def _change_scene(self) -> None:
        """Each scene keeps the path that was drawn for it."""
        entry = self._scenes.entry
        if entry is self._entry:
            return
        if self._entry is not None:
            self._entry.path = self.model.path
        self._entry = entry
        self._window.board["scene.play"].setChecked(False)
        self._playing.stop()
        self.model.show_path(None if entry is None else entry.path)

    def _show_editor(self, on: bool) -> None:
        self.bar.setVisible(on)
        self._follow()

    @Slot()
    def _follow(self) -> None:
        frames = () if self.bar.isHidden() else self.model.frames()
        step = max(1, len(frames) // 400)
        places = [camera.centre for camera in frames[::step]]
        points = np.array(places, np.float32).reshape(-1, 3)
        self._pane.set_marks(replace(self._pane.marks, path=points))
        self.changed.emit()

    @Slot()
    def _look(self) -> None:
        camera = self.model.camera()
        if camera is not None and self.bar.isVisible():
            self._pane.navigator.show(Viewpoint.of_camera(camera, self._pane.navigator.view.distance))

    def _play(self, on: bool) -> None:
        if on and self.model.seconds >= self.model.duration:
            self.model.move_to(0.0)
        if on:
            self._playing.start()
        else:
            self._playing.stop()

    @Slot()
    def _turn(self) -> None:
        seconds = self.model.seconds + _TURN_MS / 1000
        path = self.model.path
        if path is not None and path.is_closed and self.model.duration > 0:
            seconds %= self.model.duration
        self.model.move_to(seconds)
        if seconds >= self.model.duration:
            self._playing.stop()
            self._window.board["scene.play"].setChecked(False)

    # -- pictures for files --------------------------------------------------------------------------

    def _export(self) -> None:
        frames, window = self.model.frames(), self._window
        dialog = RenderDialog(
            self.tr("Export frames"),
            self.tr(
                "{n} frames are rendered in full quality, and written with transforms.json and "
                "camera_path.json."
            ).format(n=len(frames)),
            *_USUAL_SIZE,
            self.tr("Choose folder…"),
            window,
        )
        dialog.accepted.connect(partial(self._choose_folder, dialog, frames))
        self._show(dialog)

    def _choose_folder(self, dialog: RenderDialog, frames: tuple[Camera, ...]) -> None:
        window, entry = self._window, self._entry
        folder = window.dialogs.open_folder(window, self.tr("Folder for the frames"), "")
        if folder is None or entry is None:
            return
        if any(folder.glob("frame_*.png")):
            question = self.tr("{f} holds frames already. Replace those of the same name?").format(f=folder)
            if not window.dialogs.confirm(window, self.tr("Export frames"), question, self.tr("Replace")):
                return
        cameras = tuple(_sized(camera, *dialog.size_wanted()) for camera in frames)
        path = self.model.path
        rate = 24.0 if path is None else path.frames_per_second
        self._tasks.start(partial(_write_cameras, folder, cameras, rate), failed=self._fail)
        for camera in cameras:
            target = folder / f"{camera.name}.png"
            self._render(entry, camera, target, is_last=camera is cameras[-1])

    def _screenshot(self) -> None:
        camera = self._pane.camera()
        dialog = RenderDialog(
            self.tr("Screenshot"),
            self.tr("The view is rendered anew, in full quality and without marks."),
            2 * camera.width,
            2 * camera.height,
            self.tr("Choose file…"),
            self._window,
        )
        dialog.accepted.connect(partial(self._choose_file, dialog, camera))
        self._show(dialog)

    def _choose_file(self, dialog: RenderDialog, camera: Camera) -> None:
        window, entry = self._window, self._entry
        start = str(Path.home() / "scene.png")
        path = window.dialogs.save_file(window, self.tr("Screenshot"), start, _PICTURES)
        if path is not None and entry is not None:
            target = path if path.suffix else path.with_suffix(".png")
            self._render(entry, _fitted(camera, *dialog.size_wanted()), target, is_last=True)

    def _render(self, entry: Entry, camera: Camera, target: Path, *, is_last: bool) -> None:
        self._stills.ask(
            entry.document.state.scene,
            camera,
            self._pane.look,
            partial(self._take, target, is_last),
            self._fail,
            wants_numbers=True,
        )
        self._tell_progress()

    def _take(self, target: Path, is_last: bool, answer: Answer) -> None:
        assert answer.drawn is not None  # it was asked for
        work = partial(_write_picture, target, answer)
        done = partial(self._tell_written, target) if is_last else _ignore
        self._tasks.start(work, done, self._fail)
        self._tell_progress()

    def _tell_written(self, target: Path, _none: object) -> None:
        self.written.emit(target)

    def _tell_progress(self) -> None:
        count = self._stills.count
        text = self.tr("{n} pictures are still to be rendered").format(n=count) if count else ""
        self._window.statusBar().showMessage(text)
        self.changed.emit()

    def _fail(self, error: Exception) -> None:
        if not isinstance(error, RestoraError | OSError | MemoryError):
            raise error
        self.stop()
        self.troubled.emit(error)

    def _show(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.finished.connect(partial(self._drop, dialog))
        dialog.show()

    def _drop(self, dialog: QDialog, _code: int) -> None:
        if self._dialog is dialog:
            self._dialog = None
        dialog.deleteLater()


def _ignore(_value: object) -> None:
    """Only the last picture is told of."""


def _upright(cameras: CameraSet) -> tuple[Camera, ...]:
    """Keys of the usual size, with the cameras' places and angles of view."""
    return tuple(_sized(camera, *_USUAL_SIZE) for camera in cameras)


def _sized(camera: Camera, width: int, height: int) -> Camera:
    """The same vertical angle of view in a picture of another shape."""
    return Viewpoint.of_camera(camera, 1.0).camera(width, height, camera.name)


def _fitted(camera: Camera, width: int, height: int) -> Camera:
    """What is in view, in exactly this many pixels; another shape shows more or less at the sides."""
    if abs(camera.width / camera.height - width / height) < 1e-2:
        return scaled(camera, width, height)
    return _sized(camera, width, height)


def _write_cameras(folder: Path, cameras: tuple[Camera, ...], rate: float) -> None:
    named = tuple(replace(camera, picture=f"{camera.name}.png") for camera in cameras)
    kept = CameraSet(cameras=named, pictures=folder)
    write_cameras(folder / "transforms.json", kept, "transforms")
    write_cameras(folder / "camera_path.json", kept, "camera_path", frame_rate=rate)


def _write_picture(target: Path, answer: Answer) -> None:
    """Numbers as the renderer gave them; where the screen shows colours of depth or alpha, those."""
    drawn: Drawn | None = answer.drawn
    assert drawn is not None  # it was asked for
    if answer.asked.look.channel == "colour":
        write_image(target, Image(pixels=drawn.rgb))
        return
    image = answer.image
    codes = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    pixels = codes[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)[:, :, 2::-1]
    write_image(target, Image(pixels=np.ascontiguousarray(pixels, np.float32) / np.float32(255)))
