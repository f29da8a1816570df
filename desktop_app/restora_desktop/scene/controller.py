"""Between the list of items and the view of scenes: which scene is shown, from where, against what."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal, Slot

from restora.data.camera import Camera
from restora.data.item import Item
from restora.data.scene import GaussianScene
from restora.errors import RestoraError
from restora.splats.framing import Framing
from restora_desktop.actions import ActionBoard
from restora_desktop.models.items import Node
from restora_desktop.scene.bar import AskColour
from restora_desktop.scene.camera_list import Picture
from restora_desktop.scene.camera_pictures import CameraPictures
from restora_desktop.scene.document import SceneDocument, SceneState
from restora_desktop.scene.draw_with import Drawers
from restora_desktop.scene.drawer_desk import DrawerDesk
from restora_desktop.scene.drawing import Channel, Check, Prepare, Prepared
from restora_desktop.scene.editing import SceneEditing
from restora_desktop.scene.focus import focus_of
from restora_desktop.scene.loading import SceneLoader
from restora_desktop.scene.looking import Looking
from restora_desktop.scene.page import ScenePage
from restora_desktop.scene.render_worker import RenderThread
from restora_desktop.scene.sources import Entry, is_scene, state_item
from restora_desktop.scene.walking import CameraWalk
from restora_desktop.scene.warming import compile_elsewhere, draw_one
from restora_desktop.tasks import Tasks

BAR: Sequence[str | None] = (
    "scene.orbit",
    "scene.rectangle",
    "scene.sphere",
    None,
    "scene.frame",
    "scene.reset",
    None,
    "scene.photo",
    "scene.path",
    "scene.screenshot",
)
"""Commands above the pane, parted by None."""


def prepare(scene: GaussianScene, check: Check) -> Prepared:
    """Make a scene ready with the exact renderer, which is imported where it is first used."""
    from restora_desktop.scene.core_renderer import CoreScene

    compile_elsewhere(check)
    return CoreScene(scene)


def load_renderer(check: Check) -> None:
    """Import the exact renderer and load its kernels, while the file of the first scene is still read."""
    compile_elsewhere(check)
    draw_one()


class SceneController(QObject):
    """Shows the scenes that are selected: one, or two with a wipe between them.

    Signals:
        shown: another scene is on the screen, or none any more.
        troubled: an exception that kept a scene from being shown as wanted.
        changed: a Node whose scene or small picture is another one.
        copied: a Node with a copy of a scene, made because somebody edits it.
    """

    shown = Signal()
    troubled = Signal(object)
    changed = Signal(object)
    copied = Signal(object)

    def __init__(
        self,
        board: ActionBoard,
        ask_colour: AskColour,
        parent: QObject | None = None,
        *,
        prepare: Prepare = prepare,
    ) -> None:
        super().__init__(parent)
        drawers = Drawers(prepare, self)
        self.renderer = RenderThread(drawers.prepare, self, warm=load_renderer)
        self.loader = SceneLoader(self)
        self._tasks = Tasks("scene-states", parent=self)
        self.page = ScenePage(
            self.renderer, [None if name is None else board[name] for name in BAR], ask_colour
        )
        self.pane = self.page.pane
        self.drawing = DrawerDesk(drawers, self.page, self.renderer, self)
        self.pictures = CameraPictures(self.page.cameras, self.renderer, self)
        self.walk = CameraWalk(self.page, self.pictures, board, self)
        self.pictures.fixed_of = self.walk.fixed_of = self._fixed_of
        self.looking = Looking(self.page, board, self)
        self.editing = SceneEditing(self._editable, self)
        self._entries: dict[int, Entry] = {}
        self._items: dict[int, Item] = {}
        self._wanted: tuple[Node, ...] = ()
        self._shown: tuple[Entry, ...] = ()
        self._connect()

    def _connect(self) -> None:
        self.loader.progressed.connect(self._tell_progress)
        self.loader.loaded.connect(self._take)
        self.loader.failed.connect(self._fail)
        self.drawing.troubled.connect(self.troubled)
        self.page.state.cancelled.connect(self._cancel)
        self.page.state.retried.connect(self._load_next)
        self.pane.failed.connect(self.troubled)
        self.pane.drawn.connect(self._take_thumbnail)
        self.walk.troubled.connect(self.troubled)

    # -- what is shown -------------------------------------------------------------------------------

    @property
    def is_active(self) -> bool:
        """Whether scenes are what the user looks at."""
        return bool(self._wanted)

    @property
    def entry(self) -> Entry | None:
        """The scene on the left, or the only one; None until it is read."""
        return self._shown[0] if self._shown else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing is on its way to the screen."""
        return not self.is_active or (self._is_idle and self.pane.is_settled)

    @property
    def _is_idle(self) -> bool:
        works = self.editing.is_busy or not (self._tasks.is_idle and self.drawing.is_idle)
        return self.loader.is_idle and self.walk.is_idle and not works

    def show(self, selected: Sequence[Node]) -> None:
        """Show the first two scenes among the selected rows, or nothing."""
        wanted = tuple(node for node in selected if is_scene(node))[:2]
        self._remember_view()
        self._wanted = wanted if len(wanted) == len(selected) or len(wanted) > 1 else ()
        if not self._wanted:
            self._shown = ()
            self.loader.cancel()
            self.pane.rest()
            self.pane.show_scene(None, "")
            self.pane.compare_scene(None)
            self.pictures.show(None)
            self.page.state.show_empty()
            self.page.show_state()
            self.shown.emit()
            return
        self._load_next()

    def leave(self, node: Node) -> None:
        """It is closed, which can be undone: what was edited in it must still be there then."""
        for each in node.walk():
            entry = self._entries.get(each.id)
            if entry is not None and not entry.document.has_history:
                self._drop(entry)
        rows = {each.id for each in node.walk()}
        self._shown = tuple(entry for entry in self._shown if entry.node.id not in rows)

    def forget(self, node: Node) -> None:
        """Its file is read again: what is known of it is out of date."""
        entry = self._entries.get(node.id)
        if entry is not None:
            self._drop(entry)
        self._shown = tuple(each for each in self._shown if each is not entry)

    def _drop(self, entry: Entry) -> None:
        self._items.pop(entry.node.id, None)
        del self._entries[entry.node.id]
        if entry.document.state.is_ready:
            self.renderer.worker.forget(entry.document.state.scene)
        if not entry.document.has_history:  # else commands on the undo stack hold it
            entry.document.deleteLater()

    def item_of(self, node: Node) -> Item:
        """The item of a row's own scene; for a result that of the scene that was made."""
        scene = None if node.result is None else node.result.scene
        item = node.item if scene is None else state_item(SceneState(scene), node.title)
        self._items[node.id] = item
        return item

    def note_results(self) -> None:
        """Rows were added or taken away: pictures of fixed views may be others."""
        self.page.cameras.forget_images(Picture.FIXED)

    def _fixed_of(self, camera: Camera) -> Node | None:
        entry = self.entry
        if entry is None:
            return None
        made = [each for each in entry.node.walk() if each.result is not None and each.picture is not None]
        return next((each for each in reversed(made) if _stands_at(each.seen_from, camera)), None)

    def entry_of(self, node: Node) -> Entry | None:
        """What was read of a row."""
        return self._entries.get(node.id)

    def close(self) -> None:
        """End the threads."""
        self.pane.rest()
        self.walk.close()
        self.editing.close()
        self._tasks.close()
        self.loader.close()
        self.renderer.worker.close()
        self.drawing.close()
        self.renderer.close()

    def commands(self) -> Mapping[str, Callable[[bool], None]]:
        """What the commands of the scene menu do."""
        return {**self.looking.commands(), **self.walk.commands()}

    # -- reading -------------------------------------------------------------------------------------

    @Slot()
    def _load_next(self) -> None:
        for node in self._wanted:
            if node.id not in self._entries:
                probe = node.item.probe
                self.page.state.show_reading(node.title, f"{probe.size_text} · {probe.format}")
                self.page.show_state()
                self._shown = ()
                self.renderer.worker.warm_up()
                self.loader.load(self.item_of(node))
                self.shown.emit()
                return
        self._show_entries()

    @Slot(object, int)
    def _tell_progress(self, item: Item, percents: int) -> None:
        if any(self._items.get(node.id) is item for node in self._wanted):
            self.page.state.show_progress(percents)

    @Slot(object, object, object)
    def _take(self, item: Item, scene: GaussianScene, framing: Framing) -> None:
        node = next((node for node in self._wanted if self._items.get(node.id) is item), None)
        if node is None:
            return
        self._add(Entry(node=node, document=SceneDocument(SceneState(scene), self), framing=framing))
        self._load_next()

    def _add(self, entry: Entry) -> None:
        self._entries[entry.node.id] = entry
        entry.document.state_changed.connect(partial(self._follow_edit, entry))

    @Slot(object, object)
    def _fail(self, _item: Item, error: Exception) -> None:
        if not isinstance(error, RestoraError | MemoryError | OSError):
            raise error
        advice = error.advice or "" if isinstance(error, RestoraError) else ""
        self.page.state.show_problem(str(error) or self.tr("There is not enough memory."), advice)
        self.page.show_state()

    @Slot()
    def _cancel(self) -> None:
        self.loader.cancel()
        names = ", ".join(node.title for node in self._wanted)
        self.page.state.show_cancelled(names)

    # -- showing -------------------------------------------------------------------------------------

    def _show_entries(self) -> None:
        shown = tuple(self._entries[node.id] for node in self._wanted)
        waiting = [entry for entry in shown if not entry.document.state.is_ready]
        if waiting:
            state = waiting[0].document.state
            self._tasks.start(lambda: state.scene, lambda _scene: self._show_entries(), self.troubled.emit)
            return
        is_other = shown[:1] != self._shown[:1]
        self._shown = shown
        first = shown[0]
        if is_other:
            self._restore_view(first)
        scene = first.document.state.scene
        self.looking.framing = first.framing
        self.page.bar.show_degree(scene.degree)
        self.drawing.look()
        self.page.show_pane()
        self.walk.show(scene)
        self.pane.show_scene(scene, first.node.title)
        if len(self._shown) > 1:
            second = self._shown[1]
            self.pane.compare_scene(second.document.state.scene, second.node.title)
        elif self.pane.other.scene is not None:
            self.pane.compare_scene(None)
        self.shown.emit()

    def _follow_edit(self, entry: Entry) -> None:
        """A scene is another one: its row, and the screen where it is shown."""
        if entry.node.item.path is None and entry.node.result is None:
            entry.node.item = state_item(entry.document.state, entry.node.item.name)
            entry.node.subtitle = f"{entry.node.item.probe.size_text} · edited"
            entry.node.thumbnail = None
        self.changed.emit(entry.node)
        if entry in self._shown:
            self._show_entries()

    def _editable(self, entry: Entry) -> Entry:
        """What may be changed instead of a scene from a file or of a method: a copy in the list."""
        if entry.node.item.path is None and entry.node.result is None:
            return entry
        state = entry.document.state
        title = self.tr("{name} (edited)").format(name=entry.node.title)
        node = Node(title=title, detail=title, item=state_item(state, title), thumbnail=entry.node.thumbnail)
        node.subtitle = f"{node.item.probe.size_text} · edited"
        document = SceneDocument(state, self)
        document.set_selection(entry.document.selection)
        self._remember_view()
        copy = Entry(node=node, document=document, framing=entry.framing)
        copy.view, copy.camera, copy.up = entry.view, entry.camera, entry.up
        self._add(copy)
        self.copied.emit(node)
        return copy

    def _remember_view(self) -> None:
        entry, navigator = self.entry, self.pane.navigator
        if entry is not None:
            entry.view, entry.camera, entry.up = navigator.view, navigator.camera, navigator.up

    def _restore_view(self, entry: Entry) -> None:
        """The place where this scene was looked at last, or one from which it is seen whole."""
        navigator, framing = self.pane.navigator, entry.framing
        cameras = entry.document.state.base.cameras
        focus = focus_of(framing, cameras)
        home = cameras.cameras[0] if len(cameras) else None
        navigator.set_extent(focus.centre, focus.radius, home)
        if entry.view is None:
            navigator.use_up(entry.up)
            navigator.reset()
        else:
            navigator.use_up(entry.up)
            navigator.show(entry.view)
            if entry.camera is not None:
                navigator.snap(entry.camera)
        self._remember_view_of(entry)

    def _remember_view_of(self, entry: Entry) -> None:
        navigator = self.pane.navigator
        entry.view, entry.camera = navigator.view, navigator.camera

    @Slot()
    def _take_thumbnail(self) -> None:
        """The first full picture of a scene stands for it in the list."""
        entry, side = self.entry, self.pane.side
        if entry is None or entry.node.thumbnail is not None or not side.is_settled or side.image is None:
            return
        if side.scene is entry.document.state.scene and self.pane.look.channel is Channel.COLOUR:
            entry.node.thumbnail = side.image.scaled(
                96, 96, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            )
            self.changed.emit(entry.node)


def _stands_at(one: Camera | None, other: Camera) -> bool:
    return one is not None and bool(np.allclose(one.world_to_camera, other.world_to_camera))
