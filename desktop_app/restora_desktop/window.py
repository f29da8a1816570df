"""The main window: viewer in the middle, docks around it, menus and toolbar from the table of commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QSize, Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QDockWidget,
    QLabel,
    QMainWindow,
    QStackedWidget,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from restora_desktop.actions import ActionBoard
from restora_desktop.command import Scope
from restora_desktop.file_dialogs import Dialogs
from restora_desktop.models.items import ItemsModel
from restora_desktop.models.jobs import JobsModel
from restora_desktop.models.log import LogModel
from restora_desktop.panels.banner import Banners
from restora_desktop.panels.items import ItemsPanel
from restora_desktop.panels.jobs import JobsPanel
from restora_desktop.panels.log import LogPanel
from restora_desktop.panels.welcome import Welcome
from restora_desktop.preferences import LAYOUT_VERSION, Preferences
from restora_desktop.viewer.keyboard import holds_keyboard

if TYPE_CHECKING:
    from restora.data.geometry import Rect
    from restora_desktop.viewer.compare_view import CompareView

_USUAL_SIZE, _LEAST_SIZE = QSize(1440, 900), QSize(1024, 640)
_FRAME = QSize(16, 48)
"""About what borders and title take."""

_ITEM_MENU = (
    "file.reading",
    "file.reload",
    "file.export",
    "file.use_result",
    "edit.copy_recipe",
    "file.close",
)
"""What the menu of a row in the item list offers."""


_MOST_STOPS = 200
"""More than a hidden panel has; the Tab key must not go round for ever."""
_SELECTION_TOOLS = ("select_all", "select_none", "invert", "keep_only", "delete")


def first_size(available: QSize) -> QSize:
    """How large a window opens that nobody has sized yet: with its frame on the screen, where that can be."""
    return _USUAL_SIZE.boundedTo(available - _FRAME).expandedTo(_LEAST_SIZE)


class MainWindow(QMainWindow):
    """Layout and nothing else: what happens is decided by the desk (`desk.py`).

    Signals:
        painted: the first frame is on the screen.
        dropped: what was dropped onto the window (QMimeData).
        close_wanted: the user closes the window; the desk decides and calls `let_go`.
    """

    painted = Signal()
    dropped = Signal(object)
    close_wanted = Signal()

    def __init__(self, preferences: Preferences, log: LogModel) -> None:
        super().__init__()
        self.setObjectName("main_window")
        self.setWindowTitle("restora")
        self.setMinimumSize(_LEAST_SIZE)
        self.resize(_USUAL_SIZE)
        self.setAcceptDrops(True)
        self.setDockOptions(
            QMainWindow.DockOption.AnimatedDocks
            | QMainWindow.DockOption.AllowTabbedDocks
            | QMainWindow.DockOption.AllowNestedDocks
        )
        self._preferences = preferences
        self._may_close = self._is_painted = False
        self.board = ActionBoard(self)
        self.dialogs = Dialogs()
        self.viewer: CompareView | None = None
        self._before_hiding: list[QDockWidget] = []
        self.items, self.jobs = ItemsModel(self), JobsModel(self)
        self._make_middle()
        self.docks: dict[str, _Dock] = {}
        self._make_docks(log)
        self._make_bars()
        self.usual_state = self.saveState(LAYOUT_VERSION)
        self.restore_layout()

    # -- making ------------------------------------------------------------------------------------

    def _make_middle(self) -> None:
        self.banners = Banners()
        self.welcome = Welcome(self.board["file.open"], self.board["file.open_folder"])
        self.stack = QStackedWidget()
        self.stack.addWidget(self.welcome)
        middle = QWidget()
        layout = QVBoxLayout(middle)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.banners)
        layout.addWidget(self.stack, 1)
        self.setCentralWidget(middle)

    def _make_docks(self, log: LogModel) -> None:
        left, right = Qt.DockWidgetArea.LeftDockWidgetArea, Qt.DockWidgetArea.RightDockWidgetArea
        below = Qt.DockWidgetArea.BottomDockWidgetArea
        self.items_panel = ItemsPanel(self.items)
        self.jobs_panel = JobsPanel(self.jobs)
        self.log_panel = LogPanel(log)
        self._dock("items", self.tr("Items"), left, self.items_panel)
        self._dock("method", self.tr("Method"), right, None)
        self._dock("inspect", self.tr("Inspect"), right, None)
        self._dock("scene", self.tr("Scene"), right, None)
        self._dock("jobs", self.tr("Jobs"), below, self.jobs_panel)
        self._dock("log", self.tr("Log"), below, self.log_panel)
        self.tabifyDockWidget(self.docks["jobs"], self.docks["log"])
        self.docks["jobs"].raise_()
        self.tabifyDockWidget(self.docks["inspect"], self.docks["scene"])
        self.docks["inspect"].raise_()
        self.setCorner(Qt.Corner.BottomRightCorner, right)

    def _dock(self, name: str, title: str, area: Qt.DockWidgetArea, panel: QWidget | None) -> None:
        dock = _Dock(title, self)
        dock.setObjectName(f"dock_{name}")
        if panel is not None:
            dock.setWidget(panel)
        self.addDockWidget(area, dock)
        self.docks[name] = dock

    def _make_bars(self) -> None:
        self.board.fill_menus(self)
        panels = self.board.submenu("view.panels")
        for dock in self.docks.values():
            panels.addAction(dock.toggleViewAction())
        self.toolbar = QToolBar(self.tr("Tools"))
        self.toolbar.setObjectName("toolbar")
        self.toolbar.setMovable(False)
        self.board.fill_toolbar(self.toolbar)
        self.items_panel.set_context_actions([self.board[command] for command in _ITEM_MENU])
        self.items_panel.close_wanted.connect(self.board["file.close"].trigger)
        self.addToolBar(self.toolbar)
        panels.addAction(self.toolbar.toggleViewAction())
        self.pointer_label, self.zoom_label = QLabel(), QLabel()
        self.memory_label, self.queue_label, self.problem_label = QLabel(), QLabel(), QLabel()
        for label, name in (
            (self.pointer_label, self.tr("Under the pointer")),
            (self.zoom_label, self.tr("Zoom")),
            (self.memory_label, self.tr("Memory")),
            (self.queue_label, self.tr("Jobs")),
            (self.problem_label, self.tr("Problems")),
        ):
            label.setAccessibleName(name)
            label.setToolTip(name)
            self.statusBar().addPermanentWidget(label)

    def furnish(self) -> None:
        """Make the panels that need more than Qt; the first frame does not wait for them."""
        from restora_desktop.models.plan import PlanModel
        from restora_desktop.panels.inspect import InspectPanel
        from restora_desktop.panels.method import MethodPanel
        from restora_desktop.scene.tools_panel import SceneTools

        self.plan = PlanModel(self)
        self.method_panel = MethodPanel(
            self.plan,
            {action.command.id: action for action in self.board.all()},
            taken=self.selected_rectangle,
            choose=self.choose_picture,
        )
        self.inspect_panel = InspectPanel(self.visible_part, self.selected_rectangle)
        self.docks["method"].setWidget(self.method_panel)
        self.docks["inspect"].setWidget(self.inspect_panel)
        self.scene_tools = SceneTools(
            [self.board["scene.save"]], [self.board[f"scene.{name}"] for name in _SELECTION_TOOLS]
        )
        self.docks["scene"].setWidget(self.scene_tools)
        if self._preferences.layout() is None:
            self._share_room()

    def _share_room(self) -> None:
        """The usual sizes of the docks."""
        across, down = Qt.Orientation.Horizontal, Qt.Orientation.Vertical
        self.resizeDocks([self.docks["items"], self.docks["method"]], [250, 350], across)
        self.resizeDocks([self.docks["jobs"]], [170], down)
        self.resizeDocks([self.docks["method"], self.docks["inspect"]], [470, 350], down)

    # -- what the panels ask for -------------------------------------------------------------------

    def selected_rectangle(self) -> Rect | None:
        """The rectangle drawn in the viewer."""
        return None if self.viewer is None else self.viewer.state.selection

    def visible_part(self) -> Rect | None:
        """The part of the item that is in view."""
        return None if self.viewer is None else self.viewer.visible_rect()

    def choose_picture(self) -> str | None:
        """Let the user choose a picture file."""
        return self.dialogs.open_file(self, self.tr("Choose a picture"), self._preferences.folder)

    def ask_colour(self, title: str, start: tuple[float, float, float]) -> tuple[float, float, float] | None:
        """Let the user choose a colour."""
        return self.dialogs.colour(self, title, start)

    # -- middle ------------------------------------------------------------------------------------

    def set_viewer(self, viewer: CompareView, around: QWidget | None = None) -> None:
        """Put the viewer into the middle, inside of what belongs to it."""
        self.viewer = viewer
        self.stack.addWidget(around or viewer)
        self.board.give_keys(Scope.VIEWER, viewer)

    def set_scene_page(self, page: QWidget, listening: Sequence[QWidget]) -> None:
        """Put the page of scenes beside the viewer; these parts of it listen to the keys of scenes."""
        for widget in listening:
            self.board.give_keys(Scope.SCENE, widget)
        self._scene_page = page
        self.stack.addWidget(page)

    def show_viewer(self, on: bool) -> None:
        """The viewer, or the first page."""
        self._turn_to(1 if on and self.stack.count() > 1 else 0)

    def show_scene_page(self, on: bool) -> None:
        """The page of scenes, or what was there."""
        if on:
            self._turn_to(self.stack.indexOf(self._scene_page))

    def _turn_to(self, place: int) -> None:
        """Whoever worked on the old page with the keyboard goes on with it on the new one."""
        old, new = self.stack.currentWidget(), self.stack.widget(place)
        if new is None or new is old:
            return
        has_keyboard = old is not None and holds_keyboard(old)
        self.stack.setCurrentWidget(new)
        pane = new.findChild(QWidget, "pane_0") or new.findChild(QWidget, "scene_pane")
        if has_keyboard and isinstance(pane, QWidget):
            pane.setFocus()

    # -- layout ------------------------------------------------------------------------------------

    def fit_screen(self) -> None:
        """Open no larger than the screen, unless the window was left otherwise."""
        if self._preferences.layout() is None:
            self.resize(first_size(self.screen().availableSize()))

    def restore_layout(self) -> None:
        """As it was left, if these docks and a screen at that place still exist."""
        saved = self._preferences.layout()
        if saved is not None:
            self.restoreGeometry(saved[0])
            self.restoreState(saved[1], LAYOUT_VERSION)

    def reset_layout(self) -> None:
        """As it was at first."""
        for dock in self.docks.values():
            dock.setFloating(False)
        self.restoreState(self.usual_state, LAYOUT_VERSION)

    def save_layout(self) -> None:
        """Remember it."""
        self._preferences.save_layout(self.saveGeometry(), self.saveState(LAYOUT_VERSION))

    def hide_panels(self, on: bool) -> None:
        """Leave the room to the viewer, or bring back what was there."""
        if on:
            self._before_hiding = [dock for dock in self.docks.values() if not dock.isHidden()]
            for dock in self._before_hiding:
                dock.hide()
        else:
            for dock in self._before_hiding:
                dock.show()

    # -- Qt ----------------------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        """Tell of the first frame."""
        super().paintEvent(event)
        if not self._is_painted:
            self._is_painted = True
            self.painted.emit()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        """Files and pictures are welcome."""
        if _can_take(event.mimeData()):
            event.acceptProposedAction()
            self.welcome.highlight(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        """They went elsewhere."""
        self.welcome.highlight(False)
        super().dragLeaveEvent(event)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        """Hand on what was dropped."""
        self.welcome.highlight(False)
        if _can_take(event.mimeData()):
            event.acceptProposedAction()
            self.dropped.emit(event.mimeData())

    def focusNextPrevChild(self, forward: bool) -> bool:  # noqa: N802 - Qt's name
        """Qt would also stop at what lies behind another tab of the docks."""
        for _ in range(_MOST_STOPS):
            if not super().focusNextPrevChild(forward):
                return False
            behind = [dock for dock in self.docks.values() if not dock.is_in_front]
            if not any(holds_keyboard(dock) for dock in behind):
                break
        return True

    def let_go(self) -> None:
        """Close for good."""
        self._may_close = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Ask the desk first."""
        if self._may_close:
            event.accept()
            return
        event.ignore()
        self.close_wanted.emit()


class _Dock(QDockWidget):
    """A dock that knows whether another tab lies over it.

    Attributes:
        is_in_front: whether anything of it can be seen.
    """

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(title, parent)
        self.is_in_front = True
        self.visibilityChanged.connect(self._follow)

    def _follow(self, is_in_front: bool) -> None:
        self.is_in_front = is_in_front


def _can_take(data: QMimeData) -> bool:
    return data.hasImage() or any(url.isLocalFile() for url in data.urls())
