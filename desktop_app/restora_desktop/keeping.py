"""Saving and restoring sessions: on request, by itself, and after a crash."""

from __future__ import annotations

import os
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from restora.workbench import Workbench
from restora_desktop.models.items import ItemsModel
from restora_desktop.restoring import restore
from restora_desktop.session_folder import SESSION_FILE, save
from restora_desktop.session_snapshot import Snapshot
from restora_desktop.tasks import Tasks

_DELAY_MS = 2000
_MARK = "open"


class Keeper(QObject):
    """Keeps a session in restora's own folder, two seconds after each change.

    Attributes:
        found_crash: the last run of the program did not end by itself.

    Signals:
        restored: a Restored.
        saved: the folder that a session was saved to on request.
        failed: an exception.
        wanted_now: the desk is to take a snapshot and call `keep`.
    """

    restored = Signal(object)
    saved = Signal(object)
    failed = Signal(object)
    wanted_now = Signal()

    def __init__(self, folder: Path, model: ItemsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._folder = folder
        self._mark = folder / _MARK
        self._is_owner = self.found_crash = False
        self._tasks = Tasks("session", parent=self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.wanted_now)
        model.edited.connect(self.note_change)
        self._claim()

    @property
    def last_session(self) -> Path | None:
        """Where the last session was kept; None where there is none."""
        return self._folder if (self._folder / SESSION_FILE).is_file() else None

    @property
    def is_idle(self) -> bool:
        """Whether everything is written."""
        return self._tasks.is_idle and not self._timer.isActive()

    def note_change(self) -> None:
        """Something worth keeping has changed."""
        if self._is_owner:
            self._timer.start()

    def keep(self, kept: Snapshot) -> None:
        """Write the own session."""
        if self._is_owner:
            self._tasks.start(lambda: save(self._folder, kept), failed=self.failed.emit)

    def save_to(self, folder: Path, kept: Snapshot) -> None:
        """Write a session where the user wants it."""
        self._tasks.start(lambda: save(folder, kept), lambda _: self.saved.emit(folder), self.failed.emit)

    def restore(self, folder: Path, workbench: Workbench) -> None:
        """Open everything of a session again."""
        self._tasks.start(lambda: restore(folder, workbench), self.restored.emit, self.failed.emit)

    def close(self) -> bool:
        """The program ends as it should; False if a thread does not let go."""
        self._timer.stop()
        has_ended = self._tasks.close()
        if self._is_owner:
            self._mark.unlink(missing_ok=True)
        return has_ended

    def _claim(self) -> None:
        """Mark the own session as in use; another program that runs keeps it to itself."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            owner = _number(self._mark)
            if owner is not None and owner != os.getpid() and _lives(owner):
                return
            self.found_crash = owner is not None and self.last_session is not None
            self._mark.write_text(str(os.getpid()), encoding="ascii")
            self._is_owner = True
        except OSError:
            return  # nothing can be kept there; what is open is not worse for it


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _lives(process: int) -> bool:
    import psutil

    return bool(psutil.pid_exists(process))
