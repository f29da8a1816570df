"""Batches: orders in the queue that outlives the program, worked off on a thread of their own."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot

from restora.data.json_values import JSON
from restora.jobs.batch import NameTemplate, check_unique, find_files, is_candidate_for, make_folders
from restora.jobs.exporting import ExportOptions
from restora.jobs.job import Job
from restora.jobs.order import Existing, Order
from restora.jobs.queue import Entry
from restora.jobs.request import scale_of
from restora.jobs.states import JobState
from restora.jobs.video_orders import FrameChoice, with_frames
from restora.tasks.queue_worker import QueueWorker, Watcher
from restora.tasks.verify import input_name
from restora.workbench import Workbench
from restora_desktop.models.job_row import JobRow, row_of_order
from restora_desktop.models.jobs import JobsModel
from restora_desktop.models.plan import Plan
from restora_desktop.tasks import Tasks


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchWish:
    """What the dialog asks for."""

    inputs: tuple[Path, ...]
    output: Path
    template: str
    suffix: str
    recursive: bool
    existing: Existing
    export: ExportOptions
    frames: FrameChoice | None = None
    """Of videos; None takes the first one."""


class BatchRunner(QObject):
    """Works orders off, one after the other; a file that fails does not end the batch.

    Signals:
        started: an Order and its Job.
        ended: an Entry.
        finished: all Entries of a batch.
        failed: an exception.
    """

    started = Signal(object, object)
    ended = Signal(object)
    finished = Signal(object)
    failed = Signal(object)

    def __init__(self, jobs: JobsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._workbench: Workbench | None = None
        self._tasks = Tasks("batch", parent=self)
        self._worker: QueueWorker | None = None
        self._rows: dict[str, JobRow] = {}
        self.started.connect(self._show_start)
        self.ended.connect(self._show_end)

    def attach(self, workbench: Workbench) -> None:
        """Work with this one from now on."""
        self._workbench = workbench

    @property
    def is_working(self) -> bool:
        """Whether a batch is on its way."""
        return not self._tasks.is_idle

    def close(self) -> bool:
        """Give what is not done back to the queue; False if the worker does not let go."""
        if self._worker is not None:
            self._worker.stop()
        return self._tasks.close()

    def waiting(self) -> tuple[Entry, ...]:
        """Orders that wait since an earlier run of the program."""
        if self._workbench is None:
            return ()
        return tuple(entry for entry in self._workbench.queue.entries() if entry.state is JobState.QUEUED)

    def start(self, plan: Plan, wish: BatchWish) -> None:
        """Find the files, put them into the queue and work them off."""
        workbench = self._workbench
        if workbench is not None:
            self._tasks.start(lambda: _add(workbench, plan, wish), self._work, failed=self.failed.emit)

    def go_on(self) -> None:
        """Work off what waits since an earlier run."""
        if self._workbench is not None:
            self._work(self.waiting())

    def forget_waiting(self) -> None:
        """Take what waits since an earlier run out of the queue."""
        if self._workbench is not None:
            for entry in self.waiting():
                self._workbench.queue.cancel(entry.order.id)

    def cancel(self, row: JobRow) -> None:
        """Take one order out: a waiting one from the queue, a running one at its next checkpoint."""
        if self._workbench is None or row.order is None or row.state.is_final:
            return
        if row.job is not None:
            self._jobs.note_cancelling(row)
            row.job.token.cancel()
        else:
            self._workbench.queue.cancel(row.order.id)
            self._jobs.end_order(row, JobState.CANCELLED, "")

    def retry(self, row: JobRow) -> None:
        """Let a failed order wait again, and work it off."""
        if self._workbench is not None and row.order is not None:
            entries = self._workbench.queue.retry(row.order.id)
            self._work(entries)

    def _work(self, entries: Sequence[Entry]) -> None:
        workbench = self._workbench
        if workbench is None or not entries:
            return
        for entry in entries:
            info = workbench.host.method(entry.order.method)
            self._rows[entry.order.id] = self._jobs.add(row_of_order(entry.order, info.title))
        watcher = Watcher(starting=self.started.emit, ended=self.ended.emit)
        worker = self._worker = QueueWorker(workbench, watcher)
        ids = frozenset(entry.order.id for entry in entries)
        self._tasks.start(lambda: _work_off(worker, ids), self.finished.emit, self.failed.emit)

    @Slot(object, object)
    def _show_start(self, order: Order, job: Job) -> None:
        row = self._rows.get(order.id)
        if row is not None:
            self._jobs.attach(row, job)

    @Slot(object)
    def _show_end(self, entry: Entry) -> None:
        row = self._rows.pop(entry.order.id, None)
        if row is not None:
            self._jobs.end_order(row, entry.state, entry.message)


def _work_off(worker: QueueWorker, ids: Collection[str]) -> tuple[Entry, ...]:
    return worker.work(ids)


def _add(workbench: Workbench, plan: Plan, wish: BatchWish) -> tuple[Entry, ...]:
    return workbench.queue.add(orders_for(plan, wish))


def orders_for(plan: Plan, wish: BatchWish) -> list[Order]:
    """One order per file; raises BadInputError where names collide or nothing is found."""
    names = NameTemplate(text=wish.template, suffix=wish.suffix)
    files = find_files(
        wish.inputs, recursive=wish.recursive, is_candidate=partial(is_candidate_for, plan.info)
    )
    scale = scale_of(plan.info, plan.params)
    outputs = [
        wish.output
        / file.folder
        / names.name(stem=file.path.stem, method=plan.info.id, scale=scale, seed=plan.seed, n=number)
        for number, file in enumerate(files, start=1)
    ]
    check_unique(outputs)
    params: dict[str, JSON] = {param.id: param.to_json(plan.params[param.id]) for param in plan.info.params}
    orders = [
        Order(
            method=plan.info.id,
            input=str(file.path.absolute()),
            output=str(output.absolute()),
            params=params,
            references=tuple(input_name(item) for item in plan.references),
            seed=plan.seed,
            precision=plan.precision,
            side=plan.side,
            existing=wish.existing,
            export=wish.export.to_json(),
        )
        for file, output in zip(files, outputs, strict=True)
    ]
    if wish.frames is not None:
        orders = with_frames(orders, wish.frames, wish.suffix)
    make_folders([Path(order.output) for order in orders])
    return orders
