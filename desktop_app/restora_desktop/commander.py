"""Every command that is not the viewer's: joins what answers the menus."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject

from restora_desktop.commanding.checks import CheckCommands
from restora_desktop.commanding.edits import EditCommands
from restora_desktop.commanding.exports import ExportCommands
from restora_desktop.commanding.files import FileCommands
from restora_desktop.commanding.open_dialogs import OpenDialogs
from restora_desktop.commanding.runs import RunCommands
from restora_desktop.commanding.tools import ToolCommands
from restora_desktop.desk import Desk
from restora_desktop.history.levels import LevelsHistory
from restora_desktop.theme import Theme


class Commander(QObject):
    """Offers the answers to the desk.

    Attributes:
        undo_stack: what can be taken back.
        files, exports, edits, runs, tools, checks: the menus.
    """

    def __init__(self, desk: Desk, theme: Theme) -> None:
        super().__init__(desk)
        self._desk = desk
        self.undo_stack = desk.rows.stack
        desk.scene_desk.use_undo(self.undo_stack)
        self._dialogs = OpenDialogs(self)
        self.files = FileCommands(desk, self._dialogs)
        self.exports = ExportCommands(desk, self._dialogs)
        self.edits = EditCommands(desk, self._dialogs, theme)
        self.runs = RunCommands(desk, self._dialogs)
        self.tools = ToolCommands(desk, self._dialogs)
        desk.scene_desk.fixer.weights_wanted.connect(self.tools.show_weights_of)
        self.checks = CheckCommands(desk)
        self.levels_history = LevelsHistory(desk.viewing, self.undo_stack, self)
        desk.closing.connect(self.levels_history.close)
        desk.closing.connect(self._close_dialogs)
        desk.offer(self._answers())

    def _answers(self) -> Mapping[str, Callable[[bool], None]]:
        window = self._desk.window
        plain: dict[str, Callable[[], None]] = {
            "view.previous": partial(window.items_panel.step, -1),
            "view.next": partial(window.items_panel.step, 1),
            "view.reset_layout": window.reset_layout,
        }
        for menu in (self.files, self.exports, self.edits, self.runs, self.tools, self.checks):
            plain.update(menu.answers)
        switches: Mapping[str, Callable[[bool], None]] = {
            "file.watch": self.files.watch,
            "view.full_screen": self._full_screen,
            "view.hide_panels": window.hide_panels,
            "run.pause": self._desk.runner.pause_queue,
        }
        return {**{name: _Plain(answer) for name, answer in plain.items()}, **switches}

    def _full_screen(self, on: bool) -> None:
        if on:
            self._desk.window.showFullScreen()
        else:
            self._desk.window.showNormal()

    def _close_dialogs(self) -> None:
        self._dialogs.close_all()
        if self.tools.weights_dialog is not None:
            self.tools.weights_dialog.close_threads()


class _Plain:
    """An answer that does not care about switches."""

    def __init__(self, answer: Callable[[], None]) -> None:
        self._answer = answer

    def __call__(self, _on: bool) -> None:
        self._answer()
