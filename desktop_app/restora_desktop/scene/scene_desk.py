"""Everything about scenes in the window, made and connected in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtGui import QUndoStack

from restora_desktop.command import Need
from restora_desktop.method_desk import MethodDesk
from restora_desktop.models.items import Node
from restora_desktop.opening import Opener
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.preferences import Preferences
from restora_desktop.running import Runner
from restora_desktop.scene.controller import SceneController
from restora_desktop.scene.draw_with import DrawWith
from restora_desktop.scene.fixing import Fixer
from restora_desktop.scene.path_desk import PathDesk
from restora_desktop.scene.tools_desk import ToolsDesk
from restora_desktop.window import MainWindow


class SceneDesk(QObject):
    """The controller of the view with its tools, paths and fixing.

    Signals:
        changed: other commands can be used.
        told: a Notice.
        troubled: an exception.
    """

    changed = Signal()
    told = Signal(object)
    troubled = Signal(object)

    def __init__(
        self, window: MainWindow, opener: Opener, runner: Runner, methods: MethodDesk, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window, self._opener = window, opener
        self._was_active = False
        self.view = SceneController(window.board, window.ask_colour, self)
        page = self.view.page
        window.set_scene_page(page, (page.pane, page.strip))
        self.tools = ToolsDesk(window, self.view, window.scene_tools, self)
        self.paths = PathDesk(window, self.view, self)
        self.fixer = Fixer(window, self.view, runner, methods, self)
        self.fixer.path = self.paths.model.frames
        self._connect()

    def use_preferences(self, preferences: Preferences) -> None:
        """What draws was chosen once for all scenes."""
        stored = preferences.draws_with
        self.view.drawing.use(DrawWith(stored) if stored in list(DrawWith) else DrawWith.AUTO)
        self.view.drawing.chosen.connect(partial(_remember_drawer, preferences))

    def _connect(self) -> None:
        self.view.shown.connect(self.changed)
        self.view.shown.connect(self._bring_tools)
        self.view.changed.connect(self._window.items.changed)
        self.view.copied.connect(self._take_copy)
        self._window.items.edited.connect(self.view.note_results)
        self._opener.reloaded.connect(self._take_reloaded)
        self.tools.selection_changed.connect(self.changed)
        self.fixer.told.connect(self.told)
        self.fixer.changed.connect(self.changed)
        self.paths.changed.connect(self.changed)
        for troubled in (self.view.troubled, self.fixer.troubled, self.paths.troubled):
            troubled.connect(self.troubled)
        for written in (self.tools.written, self.paths.written):
            written.connect(self._tell_written)

    def use_undo(self, stack: QUndoStack) -> None:
        """Edits and paths are undone by the window's Undo."""
        self.view.editing.use_undo(stack)
        self.paths.model.use_undo(stack)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way."""
        is_idle = self.tools.is_idle and self.fixer.is_idle and self.paths.is_idle
        return is_idle and self.view.is_settled

    def close(self) -> None:
        """End the threads."""
        for part in (self.paths, self.fixer, self.tools):
            part.close()
        self.view.close()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What the commands of the scene menu do."""
        parts = (self.view, self.tools, self.paths, self.fixer)
        answers: dict[str, Callable[[bool], None]] = {}
        for part in parts:
            answers.update(part.commands())
        answers["scene.stop"] = self._stop
        answers["scene.cameras_file"] = self._state_cameras
        answers["scene.photos_folder"] = self._state_photos
        return answers

    def missing(self) -> Iterable[Need]:
        """What is not so at the moment."""
        entry, model = self.view.entry, self.paths.model
        base = None if entry is None else entry.document.state.base
        holds = {
            Need.SCENE: entry is not None,
            Need.SCENE_CAMERAS: base is not None and len(base.cameras) > 0,
            Need.SCENE_SELECTION: entry is not None and bool(entry.document.selection.any()),
            Need.SCENE_RENDERING: self.fixer.is_rendering or self.paths.is_rendering,
            Need.SCENE_WAY: self.fixer.has_way,
            Need.SCENE_KEY: model.selected >= 0,
            Need.SCENE_PATH: len(model.keys) > 1,
        }
        return [need for need, is_so in holds.items() if not is_so]

    @Slot()
    def _bring_tools(self) -> None:
        """The dock that suits what is shown comes to the front when scenes and pictures take turns."""
        if self.view.is_active != self._was_active:
            self._was_active = self.view.is_active
            self._window.docks["scene" if self._was_active else "inspect"].raise_()

    def _stop(self, _on: bool) -> None:
        self.fixer.stop()
        self.paths.stop()

    def _state_cameras(self, _on: bool) -> None:
        window = self._window
        title, kinds = self.tr("Cameras of the scene"), "Cameras (*.json *.bin *.txt);;All files (*)"
        name = window.dialogs.open_file(window, title, self._folder(), kinds)
        if name is not None:
            path = Path(name)
            # Of COLMAP's three files any stands for the folder that they lie in.
            self._restate("cameras", path.parent if path.suffix in {".bin", ".txt"} else path)

    def _state_photos(self, _on: bool) -> None:
        window = self._window
        folder = window.dialogs.open_folder(window, self.tr("Folder of the photographs"), self._folder())
        if folder is not None:
            self._restate("pictures", folder)

    def _folder(self) -> str:
        entry = self.view.entry
        path = None if entry is None else entry.node.item.path
        return "" if path is None else str(path.parent)

    def _restate(self, key: str, path: Path) -> None:
        """Read the scene again with one statement more."""
        entry = self.view.entry
        if entry is not None:
            reading = {name: str(value) for name, value in entry.node.item.reading.items()}
            self._opener.reload(entry.node, {**reading, key: str(path)})

    @Slot(object)
    def _take_reloaded(self, node: Node) -> None:
        """Its file was read again: what is known of it is out of date."""
        if self.view.entry_of(node) is not None:
            self.view.forget(node)
            self.view.show(self._window.items_panel.selected())

    @Slot(object)
    def _take_copy(self, node: Node) -> None:
        """A scene is edited: its copy joins the list."""
        self._window.items.insert(node)
        self._window.items_panel.select(node)

    @Slot(object)
    def _tell_written(self, path: Path) -> None:
        self.told.emit(Notice(text=self.tr("Written: {f}").format(f=path.name), severity=Severity.GOOD))


def _remember_drawer(preferences: Preferences, choice: DrawWith) -> None:
    preferences.draws_with = choice.value
