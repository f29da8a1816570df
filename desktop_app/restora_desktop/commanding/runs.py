"""Running, batches, seeds, and taking jobs back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject

from restora_desktop.commanding.open_dialogs import OpenDialogs
from restora_desktop.desk import Desk
from restora_desktop.dialogs.batch import BatchDialog
from restora_desktop.dialogs.seeds import SeedsDialog
from restora_desktop.models.job_row import JobRow
from restora_desktop.panels.banner import Notice


class RunCommands(QObject):
    """Answers the run menu."""

    def __init__(self, desk: Desk, dialogs: OpenDialogs) -> None:
        super().__init__(desk)
        self._desk, self._dialogs = desk, dialogs

    @property
    def answers(self) -> Mapping[str, Callable[[], None]]:
        """What it does, by command."""
        return {
            "run.run": partial(self._desk.runner.run, first=True),
            "run.crop": self._run_on_crop,
            "run.queue": partial(self._desk.runner.run, first=False),
            "run.batch": self._batch,
            "run.seeds": self._seeds,
            "run.cancel": self._cancel,
            "run.cancel_all": self._cancel_all,
        }

    def _run_on_crop(self) -> None:
        region = self._desk.viewing.crop()
        if region is not None:
            self._desk.runner.run(region=region)

    def _seeds(self) -> None:
        window = self._desk.window
        dialog = SeedsDialog(window.plan.seed, window)
        dialog.accepted.connect(lambda: self._desk.runner.run(first=False, seeds=dialog.seeds()))
        self._dialogs.open(dialog)

    def _batch(self) -> None:
        window, plan = self._desk.window, self._desk.window.plan.plan()
        if plan is None:
            problem = window.plan.problem() or self.tr("no method is chosen")
            self._desk.tell(
                Notice(text=self.tr("A batch needs a method that can run: {p}").format(p=problem))
            )
            return
        inputs = [node.item.path for node in window.items_panel.selected() if node.item.path is not None]
        dialog = BatchDialog(
            plan.info.title,
            inputs,
            self._desk.known_workbench.writable_suffixes(plan.info),
            window.dialogs,
            window,
        )
        dialog.accepted.connect(lambda: self._desk.batches.start(plan, dialog.wish()))
        self._dialogs.open(dialog)

    def _cancel(self) -> None:
        jobs = self._desk.window.jobs
        selected = self._desk.window.jobs_panel.current()
        row = selected if selected is not None and selected.can_cancel else next(iter(jobs.active()), None)
        if row is not None:
            self.cancel(row)

    def _cancel_all(self) -> None:
        for row in self._desk.window.jobs.active():
            self.cancel(row)

    def cancel(self, row: JobRow) -> None:
        """Take a job back, wherever it came from."""
        if row.order is not None:
            self._desk.batches.cancel(row)
        else:
            self._desk.runner.cancel(row)

    def retry(self, row: JobRow) -> None:
        """Try a job again, wherever it came from."""
        if row.order is not None:
            self._desk.batches.retry(row)
        else:
            self._desk.runner.repeat(row)
