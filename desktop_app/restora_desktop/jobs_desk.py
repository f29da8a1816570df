"""What surrounds jobs: the dock's wishes, news while one looks elsewhere, and the machine kept awake."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QApplication, QSystemTrayIcon

from restora.errors import ParameterError
from restora.jobs.queue import Entry
from restora.jobs.states import JobState
from restora_desktop.commander import Commander
from restora_desktop.desk import Desk
from restora_desktop.icons import icon
from restora_desktop.models.job_row import JobRow
from restora_desktop.panels.banner import Notice, Severity
from restora_desktop.wakefulness import Wakefulness

_LONG_SECONDS = 10.0


class JobsDesk(QObject):
    """Answers the dock of jobs."""

    def __init__(self, desk: Desk, commander: Commander) -> None:
        super().__init__(desk)
        self._desk, self._commander = desk, commander
        self._wakefulness = Wakefulness()
        self._tray: QSystemTrayIcon | None = None
        panel, jobs = desk.window.jobs_panel, desk.window.jobs
        panel.cancel_wanted.connect(commander.runs.cancel)
        panel.retry_wanted.connect(commander.runs.retry)
        panel.pause_wanted.connect(desk.runner.pause_job)
        panel.reorder_wanted.connect(desk.runner.reorder)
        panel.clear_wanted.connect(jobs.clear_ended)
        panel.details_wanted.connect(self._show_details)
        panel.duplicate_wanted.connect(self._take_settings)
        panel.activated.connect(self._show_result)
        jobs.ended.connect(self._announce)
        jobs.activity_changed.connect(self._stay_awake)
        desk.batches.finished.connect(self._sum_up)
        desk.ready.connect(self._offer_waiting)

    def close(self) -> None:
        """Let the machine sleep again."""
        self._wakefulness.set_on(False)
        if self._tray is not None:
            self._tray.hide()

    @Slot(object)
    def _show_result(self, row: JobRow) -> None:
        """Select the result of a job, open it where it is in no row, or tell why there is none."""
        result = None if row.job is None else row.job.result
        for node in self._desk.window.items.nodes():
            if result is not None and node.result is result:
                self._desk.window.items_panel.select(node)
                return
        if result is not None and result.image is not None:  # its row, or its item, was closed
            self._desk.opener.take_picture(result.image, f"{row.item} · {row.method}")
        elif row.message:
            self._show_details(row)

    @Slot(object)
    def _show_details(self, row: JobRow) -> None:
        details = "" if row.job is None else row.job.details
        heading = f"{row.item}, {row.method}: {row.state}"
        self._commander.tools.show_report(self.tr("Job"), heading, f"{row.message}\n\n{details}".strip())

    @Slot(object)
    def _take_settings(self, row: JobRow) -> None:
        """Put a job's settings into the method panel, to be changed and run again."""
        if row.job is None:
            return
        request, plan, window = row.job.request, self._desk.window.plan, self._desk.window
        node = None if row.item_id is None else window.items.node(row.item_id)
        if node is not None:
            window.items_panel.select(node)
        try:
            plan.take_values(request.info.id, request.params)
            plan.choose(request.info.id)
        except (KeyError, ParameterError):
            self._desk.tell(Notice(text=self.tr("{m} is no longer loaded.").format(m=request.info.title)))
            return
        plan.set_seed(request.seed)

    @Slot(object)
    def _announce(self, row: JobRow) -> None:
        """Tell of the end of a long job while the window is not in front."""
        seconds = None if row.job is None else row.job.seconds
        is_short = seconds is None or seconds < _LONG_SECONDS
        if is_short or self._desk.window.isActiveWindow() or not self._desk.preferences.notifies:
            return
        QApplication.alert(self._desk.window)
        if QSystemTrayIcon.isSystemTrayAvailable():
            if self._tray is None:
                self._tray = QSystemTrayIcon(icon("restora"), self)
                self._tray.show()
            self._tray.showMessage("restora", f"{row.item}, {row.method}: {row.state}")

    @Slot()
    def _stay_awake(self) -> None:
        is_busy = bool(self._desk.window.jobs.active())
        self._wakefulness.set_on(is_busy and self._desk.preferences.keeps_awake)

    @Slot(object)
    def _sum_up(self, entries: Sequence[Entry]) -> None:
        bad = [entry for entry in entries if entry.state is not JobState.DONE]
        text = self.tr("Batch: {n} done, {m} not").format(n=len(entries) - len(bad), m=len(bad))
        lines = [f"{entry.order.input}: {entry.state} {entry.message}".rstrip() for entry in bad]
        severity = Severity.BAD if bad else Severity.GOOD
        self._desk.tell(Notice(text=text, severity=severity, details="\n".join(lines)))

    @Slot()
    def _offer_waiting(self) -> None:
        """Orders of an earlier run come back paused: nothing starts unasked."""
        waiting = self._desk.batches.waiting()
        if waiting:
            text = self.tr("{n} jobs of a batch wait since last time.").format(n=len(waiting))
            self._desk.tell(
                Notice(
                    text=text,
                    severity=Severity.INFO,
                    action=self.tr("Go on"),
                    on_action=self._desk.batches.go_on,
                    details="\n".join(entry.order.input for entry in waiting),
                )
            )
