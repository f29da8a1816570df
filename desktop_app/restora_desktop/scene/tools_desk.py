"""Answers the dock of a scene and the hand that selects in its picture."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora.io.progress import Percents, listening
from restora.io.scenes import losses_of, writable_scene_suffixes, write_scene
from restora.splats.attributes import Histogram, Statistics, attribute, histogram, statistics
from restora.splats.contributions import contributions
from restora_desktop.actions import ActionBoard
from restora_desktop.scene.controller import SceneController
from restora_desktop.scene.info_tab import Inspected
from restora_desktop.scene.marks import MOST_POINTS
from restora_desktop.scene.mouse import Hand
from restora_desktop.scene.sources import Entry
from restora_desktop.scene.tools_panel import SceneTools
from restora_desktop.tasks import Tasks
from restora_desktop.window import MainWindow

if TYPE_CHECKING:
    from restora.data.camera import Camera

_HANDS: Mapping[str, Hand] = MappingProxyType(
    {"scene.orbit": Hand.ORBIT, "scene.rectangle": Hand.RECTANGLE, "scene.sphere": Hand.SPHERE}
)


class ToolsDesk(QObject):
    """Connects the tools with the scene that is shown.

    Signals:
        selection_changed: other Gaussians are selected, or none.
        writing: the path of a scene that is being saved, and the whole percents that are done.
        written: the path of a scene that was saved.
    """

    selection_changed = Signal()
    writing = Signal(object, int)
    written = Signal(object)

    def __init__(
        self, window: MainWindow, scenes: SceneController, tools: SceneTools, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._window, self._scenes, self._tools = window, scenes, tools
        self._board: ActionBoard = window.board
        self._tasks = Tasks("scene-tools", parent=self)
        self._entry: Entry | None = None
        self._board["scene.orbit"].setChecked(True)
        self._connect()

    def _connect(self) -> None:
        scenes, tools, editing = self._scenes, self._tools, self._scenes.editing
        self.writing.connect(self._tell_writing)
        scenes.shown.connect(self._follow)
        editing.busy_changed.connect(self._show_busy)
        editing.counted.connect(self._tell_count)
        editing.troubled.connect(scenes.troubled)
        scenes.pane.inspected.connect(self._inspect)
        scenes.pane.rectangle_drawn.connect(self._take_rectangle)
        scenes.pane.sphere_drawn.connect(self._take_sphere)
        tools.info.row_wanted.connect(editing.select_row)
        tools.select.attribute_wanted.connect(self._measure)
        tools.select.range_wanted.connect(editing.select_range)
        tools.edit.box_changed.connect(self._show_box)
        tools.edit.crop_wanted.connect(editing.crop)
        tools.edit.transform_wanted.connect(editing.transform)
        tools.edit.rubbish_wanted.connect(editing.select_rubbish)
        tools.edit.degree_wanted.connect(editing.reduce_degree)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being measured or written."""
        return self._tasks.is_idle

    def close(self) -> bool:
        """Measure nothing any more."""
        return self._tasks.close()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What they do."""
        editing = self._scenes.editing
        return {
            **dict.fromkeys(_HANDS, self._choose_hand),
            "scene.select_all": lambda _on: editing.select_all(),
            "scene.select_none": lambda _on: editing.select_none(),
            "scene.invert": lambda _on: editing.invert(),
            "scene.delete": lambda _on: editing.delete(),
            "scene.keep_only": lambda _on: editing.keep_only(),
            "scene.save": lambda _on: self._save(),
        }

    # -- following -----------------------------------------------------------------------------------

    @Slot()
    def _follow(self) -> None:
        """Another scene is shown, or it was edited."""
        entry = self._scenes.entry
        is_other = entry is not self._entry
        if is_other and self._entry is not None:
            self._entry.document.selection_changed.disconnect(self._show_selection)
        self._entry = entry
        self._scenes.editing.set_entry(entry)
        self._tools.set_usable(entry is not None)
        if entry is None:
            self._tools.info.show_scene(None, None)
            self._tools.select.show_nothing()
        else:
            if is_other:
                entry.document.selection_changed.connect(self._show_selection)
                framing = entry.framing
                self._tools.edit.show_box(framing.low, framing.high)
            self._tools.info.show_scene(entry.node.item, entry.document.state.scene)
            self._tools.select.ask()
        self._show_selection()

    @Slot()
    def _show_selection(self) -> None:
        entry, pane = self._entry, self._scenes.pane
        if entry is None:
            pane.set_marks(pane.marks.with_selection(np.zeros((0, 3), np.float32)))
        else:
            document = entry.document
            rows = np.flatnonzero(document.selection)
            step = max(1, -(-len(rows) // MOST_POINTS))
            pane.set_marks(pane.marks.with_selection(document.state.base.means[rows[::step]]))
            self._tools.select.show_count(len(rows), document.state.count)
        self.selection_changed.emit()

    @Slot(object)
    def _show_box(self, box: tuple[object, object] | None) -> None:
        pane = self._scenes.pane
        pane.set_marks(pane.marks.with_box(box))  # type: ignore[arg-type]  # two arrays, as the tab says

    @Slot(bool)
    def _show_busy(self, on: bool) -> None:
        self._tools.set_usable(not on and self._entry is not None)
        text = self.tr("Working on the scene…") if on else ""
        self._window.statusBar().showMessage(text)

    @Slot(int)
    def _tell_count(self, count: int) -> None:
        text = self.tr("{n} floaters are selected; Delete takes them away.").format(n=f"{count:,}")
        self._window.statusBar().showMessage(text, 8000)

    # -- hands ---------------------------------------------------------------------------------------

    def _choose_hand(self, _on: bool) -> None:
        for command, hand in _HANDS.items():
            if self._board[command].isChecked():
                self._scenes.pane.set_hand(hand)
        self._scenes.pane.setFocus()

    @Slot(object, object)
    def _take_rectangle(
        self, rectangle: tuple[float, float, float, float], keys: Qt.KeyboardModifier
    ) -> None:
        self._scenes.editing.select_rectangle(self._scenes.pane.camera(), rectangle, keys)

    @Slot(object, float, object)
    def _take_sphere(self, centre: object, radius: float, keys: Qt.KeyboardModifier) -> None:
        self._scenes.editing.select_sphere(np.asarray(centre), radius, keys)

    @Slot(float, float)
    def _inspect(self, x: float, y: float) -> None:
        if self._entry is None or not (0 <= x < 1 and 0 <= y < 1):
            return
        scene, camera = self._entry.document.state.scene, self._scenes.pane.camera()
        self._tasks.start(partial(_inspected, scene, camera, x, y), self._tools.info.show_inspected)

    # -- measuring -----------------------------------------------------------------------------------

    @Slot(str)
    def _measure(self, attribute_id: str) -> None:
        if self._entry is not None:
            scene = self._entry.document.state.scene
            self._tasks.start(
                partial(_measured, scene, attribute_id), self._take_measured, self._take_no_measure
            )

    def _take_measured(self, measured: tuple[str, Histogram, Statistics]) -> None:
        self._tools.select.show_attribute(*measured)

    def _take_no_measure(self, error: Exception) -> None:
        if not isinstance(error, RestoraError):
            raise error
        self._tools.select.show_nothing()

    # -- saving --------------------------------------------------------------------------------------

    def _save(self) -> None:
        entry, window = self._entry, self._window
        if entry is None:
            return
        source = entry.node.item.path
        stem = Path(entry.node.title).stem.removesuffix(" (edited)")
        start = (Path.home() if source is None else source.parent) / f"{stem}_edited.ply"
        pattern = " ".join(f"*{suffix}" for suffix in writable_scene_suffixes())
        path = window.dialogs.save_file(window, self.tr("Save scene as"), str(start), f"Scenes ({pattern})")
        if path is not None:
            self._write(path if path.suffix else path.with_suffix(".ply"), entry)

    def _write(self, path: Path, entry: Entry) -> None:
        scene, window = entry.document.state.scene, self._window
        try:
            losses = losses_of(path, scene)
        except RestoraError as error:
            self._scenes.troubled.emit(error)
            return
        if path == entry.node.item.path:
            question = self.tr("{f} is the file that is open. Replace it?").format(f=path.name)
            if not window.dialogs.confirm(window, self.tr("Save scene as"), question, self.tr("Replace")):
                return
        if losses:
            question = self.tr("{f} will not keep everything:\n\n{l}").format(
                f=path.name, l="\n".join(f"• {loss}" for loss in losses)
            )
            if not window.dialogs.confirm(window, self.tr("Save scene as"), question, self.tr("Save")):
                return
        self._tasks.start(partial(self._write_on_thread, path, scene), self._end_writing, self._fail_writing)

    def _write_on_thread(self, path: Path, scene: GaussianScene) -> Path:
        with listening(Percents(partial(self.writing.emit, path))):
            write_scene(path, scene)
        return path

    @Slot(object, int)
    def _tell_writing(self, path: Path, percents: int) -> None:
        text = self.tr("Writing {f}: {p} %").format(f=path.name, p=percents)
        self._window.statusBar().showMessage(text)

    def _end_writing(self, path: Path) -> None:
        self._window.statusBar().clearMessage()
        self.written.emit(path)

    def _fail_writing(self, error: Exception) -> None:
        self._window.statusBar().clearMessage()
        self._scenes.troubled.emit(error)


def _inspected(scene: GaussianScene, camera: Camera, x: float, y: float) -> Inspected:
    found = contributions(scene, camera, x * camera.width, y * camera.height)
    return Inspected(scene=scene, found=found)


def _measured(scene: GaussianScene, attribute_id: str) -> tuple[str, Histogram, Statistics]:
    wanted = attribute(attribute_id)
    values = wanted.measure(scene)
    shown = histogram(values, is_logarithmic=wanted.is_logarithmic)
    return attribute_id, shown, statistics(values)
