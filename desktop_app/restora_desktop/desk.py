"""The desk: what happens in the window. It holds the workbench and answers commands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QMimeData, QObject, Signal, Slot
from PySide6.QtGui import QGuiApplication

from restora.errors import RestoraError
from restora.folders import Folders
from restora.jobs.job import Job
from restora.workbench import SAMPLE_PREFIX, Workbench
from restora_desktop.batching import BatchRunner
from restora_desktop.capturing import CaptureController
from restora_desktop.drawing_desk import DrawingDesk
from restora_desktop.history.bin import Bin
from restora_desktop.history.bin_desk import BinDesk
from restora_desktop.history.rows import Rows
from restora_desktop.keeping import Keeper
from restora_desktop.lane_bridge import LaneBridge
from restora_desktop.method_desk import MethodDesk
from restora_desktop.models.items import Node
from restora_desktop.models.job_row import JobRow
from restora_desktop.needs import missing_needs
from restora_desktop.open_menus import OpenMenus
from restora_desktop.opening import Opener
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.panels.levels import LevelsPanel
from restora_desktop.pictures import thumbnail
from restora_desktop.preferences import Preferences
from restora_desktop.result_nodes import node_of_result
from restora_desktop.running import Runner
from restora_desktop.scene.frames_desk import FramesDesk
from restora_desktop.scene.scene_desk import SceneDesk
from restora_desktop.sessions import Sessions
from restora_desktop.status_desk import StatusDesk
from restora_desktop.tasks import Tasks
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer_column import ViewerColumn
from restora_desktop.viewing import ViewController
from restora_desktop.window import MainWindow


class Desk(QObject):
    """Connects window, workbench and viewer; made when the first frame is on the screen.

    Signals:
        ready: the workbench is there.
        closing: everything is about to end.
        closed: everything has ended.
    """

    ready = Signal()
    closing = Signal()
    closed = Signal()

    def __init__(self, window: MainWindow, preferences: Preferences, folders: Folders) -> None:
        super().__init__(window)
        self.window, self.preferences = window, preferences
        window.furnish()
        self.workbench: Workbench | None = None
        self.bridge = LaneBridge(self)
        self.log_folder = folders.state
        self.tasks = Tasks("desk", threads=2, parent=self)
        self.background = Background(self)
        session = folders.state / "session"
        self._make_list(session)
        self._make_viewer()
        self._make_desks(folders, session)
        self._handlers: dict[str, Callable[[bool], None]] = {}
        for part in (self.viewing, self.scene_desk, self.drawing):
            self.offer(part.commands())
        self._connect()
        self.menus = OpenMenus(window, preferences, self.sessions, self.open_name, self)
        self.bin_desk = BinDesk(self.bin, self.rows, window.board.submenu("file.bin"), self)
        self.bin_desk.failed.connect(self.tell_error)
        self.refresh()

    def _make_list(self, session: Path) -> None:
        """What opens things, keeps them, and works on them."""
        window = self.window
        self.opener = Opener(window.items, self)
        self.bin = Bin(session, self)
        self.rows = Rows(window.items_panel, window.items, self.opener, self.bin, self)
        self.runner = Runner(window.plan, window.jobs, self)
        self.batches = BatchRunner(window.jobs, self)

    def _make_viewer(self) -> None:
        """What shows them, with the bars below."""
        self.view = CompareView(self.background)
        self.column = ViewerColumn(self.view)
        self.window.set_viewer(self.view, self.column)
        self.window.inspect_panel.add_levels(LevelsPanel(self.view, self.background))
        self.viewing = ViewController(self.view, self.window.board, self)
        self.capture = CaptureController(self.background, self)
        self.frames = FramesDesk(self.background, self)
        self.drawing = DrawingDesk(self.window, self.view, self.background, self)
        for bar in (self.capture.strip, self.frames.bar, self.drawing.overlays.bar):
            self.column.put_below(bar)

    def _make_desks(self, folders: Folders, session: Path) -> None:
        """Who looks after a part of the window each."""
        window = self.window
        self.status = StatusDesk(window, self.view, self)
        self.method = MethodDesk(window, folders.config / "presets", self)
        self.scene_desk = SceneDesk(window, self.opener, self.runner, self.method, self)
        self.scene_desk.use_preferences(self.preferences)
        self.scenes = self.scene_desk.view
        self.sessions = Sessions(window, self.viewing, self.rows, Keeper(session, window.items), self)

    def _connect(self) -> None:
        self._connect_list()
        self._connect_viewer()
        self._connect_jobs()

    def _connect_list(self) -> None:
        window = self.window
        window.board.chosen.connect(self.perform)
        window.dropped.connect(self._take_drop)
        window.close_wanted.connect(self.close)
        window.welcome.wanted.connect(self.open_name)
        window.items_panel.selection_changed.connect(self._select)
        window.items.edited.connect(self._after_edit)
        self.rows.leaving.connect(self._note_leaving)
        self.rows.left.connect(self._select)
        self.rows.told.connect(self._tell_trouble)
        self.rows.stack.indexChanged.connect(self.refresh)
        self.opener.opened.connect(self._take_opened)
        self.opener.reloaded.connect(self.show_changed)

    def _connect_viewer(self) -> None:
        self.method.changed.connect(self.refresh)
        self.capture.picture_changed.connect(self.show_changed)
        self.frames.picture_changed.connect(self.show_changed)
        self.frames.troubled.connect(self.tell_error)
        self.capture.window_changed.connect(self._retarget)
        self.capture.failed.connect(self._tell_trouble)
        self.view.view_changed.connect(self.refresh)
        self.view.front_changed.connect(self._show_front)
        self.view.trouble.connect(self._tell_trouble)
        self.view.state.selection_changed.connect(self.refresh)
        self.viewing.shown.connect(self.refresh)
        self.viewing.shown.connect(self._lay_over)
        self.runner.tiles_planned.connect(self.drawing.overlays.show_tiles)
        self.drawing.overlays.open_wanted.connect(self.opener.take_picture)
        self.drawing.overlays.failed.connect(self._tell_trouble)
        self.scene_desk.changed.connect(self.refresh)
        self.scene_desk.told.connect(self.tell)
        self.scene_desk.troubled.connect(self.tell_error)

    def _connect_jobs(self) -> None:
        window = self.window
        self.batches.failed.connect(self.tell_error)
        self.runner.forecast_made.connect(self.method.show_forecast)
        self.runner.refused.connect(self.tell_error)
        self.runner.finished.connect(self._take_result)
        self.runner.failed.connect(self._tell_failed_job)
        self.bridge.state_changed.connect(window.jobs.take_state)
        self.bridge.progressed.connect(window.jobs.take_progress)
        self.bridge.logged.connect(window.jobs.take_log)
        window.jobs.activity_changed.connect(self.refresh)

    # -- start and end -----------------------------------------------------------------------------

    def attach(self, workbench: Workbench, *, crash_report: str = "") -> None:
        """The plugins are loaded: from now on things can be opened and run."""
        self.workbench = workbench
        workbench.watch(self.bridge.hear)
        self.opener.attach(workbench)
        self.bin_desk.attach(workbench)
        self.runner.attach(workbench)
        self.batches.attach(workbench)
        self.window.inspect_panel.figures.attach(workbench)
        self.window.plan.set_methods(workbench.host.methods())
        self.menus.show_samples(workbench)
        self.method.attach(workbench)
        self.sessions.attach(workbench, crash_report)
        self.refresh()
        self.ready.emit()

    def close(self) -> None:
        """End everything: jobs are cancelled, threads let go, then the window closes."""
        self.closing.emit()
        self.status.close()
        self.window.save_layout()
        self.preferences.sync()
        self.bridge.close()
        self.opener.close()
        self.batches.close()
        self.runner.close()
        self.sessions.keeper.close()
        self.bin.close()
        self.tasks.close()
        self.window.inspect_panel.figures.close_threads()
        if self.workbench is not None:
            self.workbench.close()
        self.capture.close()
        self.scene_desk.close()
        self.viewing.show(())
        self.background.close()
        self.window.let_go()
        self.closed.emit()

    @property
    def known_workbench(self) -> Workbench:
        """The workbench, for commands that are disabled until it is there."""
        assert self.workbench is not None
        return self.workbench

    # -- commands ----------------------------------------------------------------------------------

    def offer(self, handlers: Mapping[str, Callable[[bool], None]]) -> None:
        """These functions answer these commands."""
        self._handlers.update(handlers)

    @property
    def answered(self) -> frozenset[str]:
        """The commands that somebody answers."""
        return frozenset(self._handlers)

    @Slot(str, bool)
    def perform(self, command_id: str, on: bool) -> None:
        """Do what a command says."""
        self._handlers[command_id](on)

    def refresh(self) -> None:
        """Find out anew which commands can be used."""
        board, stack = self.window.board, self.rows.stack
        board.refresh(missing_needs(self))
        board["edit.undo"].say(stack.undoText())
        board["edit.redo"].say(stack.redoText())

    # -- opening -----------------------------------------------------------------------------------

    @Slot(str)
    def open_name(self, name: str) -> None:
        """Open a path or a sample."""
        self.opener.open([name if name.startswith(SAMPLE_PREFIX) else Path(name)])

    def _take_drop(self, data: QMimeData) -> None:
        self.opener.paste(data)

    def paste(self, _on: bool = False) -> None:
        """Open what was copied."""
        if not self.opener.paste(QGuiApplication.clipboard().mimeData()):
            self.tell(Notice(text=self.tr("The clipboard holds no picture and no file.")))

    def _take_opened(self, node: Node) -> None:
        self.rows.open([node], node.title)
        path = node.item.path
        if path is not None and not node.item.name.startswith(SAMPLE_PREFIX):
            self.preferences.add_recent(str(path.absolute()))
            self.preferences.folder = str(path.absolute().parent)
        for warning in node.item.probe.warnings:
            self.tell(Notice(text=f"{node.title}: {warning}"))

    @Slot(object)
    def show_changed(self, node: Node) -> None:
        """Its picture is another one now."""
        if node in self.viewing.nodes:
            self.viewing.show(self.window.items_panel.selected())

    @Slot(object)
    def _retarget(self, node: Node) -> None:
        self.runner.set_target(node)
        self.sessions.keeper.note_change()

    # -- selecting ---------------------------------------------------------------------------------

    @Slot()
    def _select(self) -> None:
        selected = self.window.items_panel.selected()
        current = self.window.items_panel.current()
        self.window.show_viewer(bool(tuple(self.window.items.nodes())))
        self.viewing.show(selected)
        self.capture.show(current)
        self.frames.show(current)
        self.scenes.show(selected)
        self.window.show_scene_page(self.scenes.is_active)
        self.runner.set_target(current)
        if current is not None:
            self.window.plan.set_kind(current.source.kind)
        self.window.inspect_panel.facts.show_node(current)
        self._show_front()
        self.refresh()

    @Slot()
    def _after_edit(self) -> None:
        nodes = list(self.window.items.nodes())
        self.window.show_viewer(bool(nodes))
        pictures = [(node.title, node.item) for node in self.window.items.roots if node.picture is not None]
        self.window.method_panel.show_references(pictures)
        self._show_front()
        self.refresh()

    def _show_front(self) -> None:
        nodes = list(self.window.items.nodes())
        shown = self.viewing.nodes
        reference = shown[0] if len(shown) > 1 else None
        self.window.inspect_panel.figures.show_nodes(nodes, self.viewing.front, reference)

    @Slot(object)
    def _note_leaving(self, node: Node) -> None:
        """A row is about to be closed."""
        self.capture.forget(node)
        self.frames.forget(node)
        self.viewing.forget(node)
        self.scenes.leave(node)

    @Slot()
    def _lay_over(self) -> None:
        self.drawing.show(self.window.items_panel.current() if self.viewing.nodes else None)

    # -- jobs --------------------------------------------------------------------------------------

    @Slot(int, object)
    def _take_result(self, node_id: int, job: Job) -> None:
        parent = self.window.items.node(node_id)
        result = job.result
        if parent is None or result is None:
            return
        node = node_of_result(job.request, result, parent)
        was_selected = [each.source for each in self.window.items_panel.selected()] == [parent]
        self.window.items.insert(node)
        if (shown := result.image) is not None:
            self.tasks.start(lambda: thumbnail(shown), lambda small: self.take_thumbnail(node, small))
        if was_selected:
            self.viewing.celebrate()
            self.window.items_panel.select(node)

    def take_thumbnail(self, node: Node, small: object) -> None:
        """Show a row with another small picture."""
        node.thumbnail = small  # type: ignore[assignment]  # what `thumbnail` returns
        self.window.items.changed(node)

    # -- telling -----------------------------------------------------------------------------------

    def tell(self, notice: Notice) -> None:
        """Show a notice above the viewer."""
        self.window.banners.tell(notice)

    def tell_error(self, error: Exception) -> None:
        """Show an error: in one sentence where it is meant for users, else as a defect."""
        if not isinstance(error, RestoraError):
            raise error
        self.tell(Notice(text=str(error), advice=error.advice or "", severity=Severity.BAD))

    def _tell_failed_job(self, row: JobRow) -> None:
        error = None if row.job is None else row.job.error
        advice = error.advice or "" if isinstance(error, RestoraError) else ""
        details = "" if row.job is None else row.job.details
        text = f"{row.item}, {row.method}: {row.message}"
        self.tell(Notice(text=text, advice=advice, severity=Severity.BAD, details=details))

    def _tell_trouble(self, sentence: str) -> None:
        self.tell(Notice(text=sentence))
