"""Opening, reading anew, closing, and sessions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject

from restora.errors import RestoraError
from restora_desktop.commanding.open_dialogs import OpenDialogs
from restora_desktop.desk import Desk
from restora_desktop.dialogs.reading import ReadingDialog
from restora_desktop.opening import Failure
from restora_desktop.panels.banner import Notice, Severity


class FileCommands(QObject):
    """Answers the file menu, apart from exports."""

    def __init__(self, desk: Desk, dialogs: OpenDialogs) -> None:
        super().__init__(desk)
        self._desk, self._dialogs = desk, dialogs
        desk.opener.failed.connect(self._tell_failure)

    @property
    def answers(self) -> Mapping[str, Callable[[], None]]:
        """What it does, by command."""
        return {
            "file.open": self._open_files,
            "file.open_folder": self._open_folder,
            "file.paste": self._desk.paste,
            "file.reload": self._reload,
            "file.reading": self._restate,
            "file.use_result": self._use_result,
            "file.save_session": self._save_session,
            "file.open_session": self._open_session,
            "file.close": self._close_selected,
            "file.quit": self._desk.close,
        }

    def _open_files(self) -> None:
        window = self._desk.window
        paths = window.dialogs.open_files(window, self.tr("Open"), self._desk.preferences.folder)
        self._desk.opener.open(paths)

    def _open_folder(self) -> None:
        window = self._desk.window
        folder = window.dialogs.open_folder(window, self.tr("Open folder"), self._desk.preferences.folder)
        if folder is not None:
            self._desk.opener.open_folder(folder)

    def _reload(self) -> None:
        node = self._desk.window.items_panel.current()
        if node is not None:
            self._desk.opener.reload(node.root)

    def _restate(self) -> None:
        node = self._desk.window.items_panel.current()
        if node is None or node.item.path is None:
            return
        root, path = node.root, node.item.path
        reading = {key: str(value) for key, value in root.item.reading.items()}
        dialog = ReadingDialog(self._desk.known_workbench, path, reading, self._desk.window)
        dialog.accepted.connect(lambda: self._desk.opener.reload(root, dialog.reading()))
        self._dialogs.open(dialog)

    def state_reading(self, failure: Failure) -> None:
        """Ask for what a file that could not be opened does not say."""
        path = Path(failure.name)
        dialog = ReadingDialog(self._desk.known_workbench, path, failure.reading, self._desk.window)
        dialog.accepted.connect(lambda: self._desk.opener.open([path], dialog.reading()))
        self._dialogs.open(dialog)

    def _tell_failure(self, failure: Failure) -> None:
        """A file that is there may only lack a statement, unless nothing can be done about it."""
        error, is_there = failure.error, isinstance(failure.name, Path) and failure.name.exists()
        if not isinstance(error, RestoraError) or not is_there or not error.advice:
            self._desk.tell_error(error)
            return
        self._desk.tell(
            Notice(
                text=str(error),
                advice=error.advice or "",
                severity=Severity.BAD,
                action=self.tr("State how to read it…"),
                on_action=partial(self.state_reading, failure),
            )
        )

    def watch(self, on: bool) -> None:
        """Read the selected file again whenever it changes, or no longer."""
        node = self._desk.window.items_panel.current()
        if node is not None:
            self._desk.opener.watch(node.root, on=on)

    def _use_result(self) -> None:
        node = self._desk.window.items_panel.current()
        if node is not None and node.result is not None and node.result.image is not None:
            self._desk.opener.take_picture(node.result.image, f"{node.root.title} · {node.title}")

    def _close_selected(self) -> None:
        self._desk.rows.close(self._desk.window.items_panel.selected())

    def _save_session(self) -> None:
        window = self._desk.window
        start = str(Path(self._desk.preferences.folder or Path.home()) / "session")
        folder = window.dialogs.save_file(window, self.tr("Save session as a folder"), start)
        if folder is not None:
            self._desk.sessions.save_to(folder)

    def _open_session(self) -> None:
        window = self._desk.window
        folder = window.dialogs.open_folder(window, self.tr("Open session"), self._desk.preferences.folder)
        if folder is not None:
            self._desk.sessions.restore(folder)
