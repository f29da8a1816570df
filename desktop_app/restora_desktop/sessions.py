"""Sessions in the window: taking a snapshot of it, and bringing one back."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Slot

from restora.errors import ParameterError, RestoraError
from restora.workbench import Workbench
from restora_desktop.history.rows import Rows
from restora_desktop.keeping import Keeper
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.restoring import Restored
from restora_desktop.session import Session
from restora_desktop.session_snapshot import Snapshot, snapshot
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewing import ViewController
from restora_desktop.window import MainWindow


class Sessions(QObject):
    """Connects the keeper with what is on the screen."""

    def __init__(
        self, window: MainWindow, viewing: ViewController, rows: Rows, keeper: Keeper, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._window, self._viewing, self._rows, self.keeper = window, viewing, rows, keeper
        self._workbench: Workbench | None = None
        keeper.wanted_now.connect(self._keep)
        keeper.restored.connect(self._show)
        keeper.saved.connect(self._tell_saved)
        keeper.failed.connect(self._tell_failure)

    def attach(self, workbench: Workbench, crash_report: str = "") -> None:
        """Offer to bring back what a crash took away."""
        self._workbench = workbench
        folder = self.keeper.last_session
        if self.keeper.found_crash and folder is not None:
            notice = Notice(
                text=self.tr("restora ended unexpectedly last time; what was open then can be brought back."),
                severity=Severity.WARNING,
                action=self.tr("Bring it back"),
                on_action=partial(self.restore, folder),
                details=crash_report,
            )
            self._window.banners.tell(notice)

    def save_to(self, folder: Path) -> None:
        """Save the session where the user wants it."""
        self.keeper.save_to(folder, self.snapshot())

    def restore(self, folder: Path) -> None:
        """Open everything of a session again, beside what is open."""
        if self._workbench is not None:
            self.keeper.restore(folder, self._workbench)

    def snapshot(self) -> Snapshot:
        """What is on the screen now."""
        plan = self._window.plan
        return snapshot(
            self._window.items.roots,
            method=None if plan.info is None else plan.info.id,
            params=plan.changed_params(),
            seed=plan.seed,
            mode=self._viewing.view.mode.value,
        )

    @Slot()
    def _keep(self) -> None:
        if self._workbench is not None:
            self.keeper.keep(self.snapshot())

    @Slot(object)
    def _show(self, restored: Restored) -> None:
        self._rows.open(restored.nodes, self.tr("session"))
        self._window.items_panel.tree.expandAll()
        self._take_settings(restored.session)
        for problem in restored.problems:
            self._tell_failure(problem)

    def _take_settings(self, session: Session) -> None:
        plan = self._window.plan
        for method_id, values in session.params.items():
            try:
                plan.take_values(method_id, values)
            except (ParameterError, KeyError):
                continue  # the method is gone or declares other parameters by now
        if session.method is not None and any(info.id == session.method for info in plan.methods):
            plan.choose(session.method)
        plan.set_seed(session.seed)
        if session.mode in list(CompareMode):
            self._viewing.view.set_mode(CompareMode(session.mode))

    @Slot(object)
    def _tell_saved(self, folder: Path) -> None:
        text = self.tr("The session is kept in {folder}").format(folder=folder)
        self._window.banners.tell(Notice(text=text, severity=Severity.GOOD))

    @Slot(object)
    def _tell_failure(self, error: Exception) -> None:
        if not isinstance(error, RestoraError | OSError):
            raise error
        advice = error.advice or "" if isinstance(error, RestoraError) else ""
        self._window.banners.tell(Notice(text=str(error), advice=advice, severity=Severity.BAD))
