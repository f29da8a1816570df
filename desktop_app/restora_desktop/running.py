"""From the plan in the method panel to jobs on lanes, and from their results back to the list of items."""

from __future__ import annotations

from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from restora.data.geometry import Rect
from restora.data.item import Item
from restora.errors import RestoraError
from restora.jobs.forecast import Forecast
from restora.jobs.job import Job
from restora.jobs.lane import Lane
from restora.jobs.request import RunRequest
from restora.jobs.states import JobState
from restora.workbench import Workbench
from restora_desktop.models.items import Node
from restora_desktop.models.job_row import JobRow
from restora_desktop.models.jobs import JobsModel
from restora_desktop.models.plan import Plan, PlanModel
from restora_desktop.tasks import Tasks

_FORECAST_DELAY_MS = 150


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """A job that was put on its lane."""

    job: Job
    lane: Lane
    node_id: int


class Runner(QObject):
    """Builds requests, submits them and follows them. Everything slow happens on one thread, in order.

    Signals:
        forecast_made: the line to show above Run, and whether it is a problem.
        tiles_planned: the Rects that a run would be cut into; empty where it is not cut.
        refused: an exception that kept a job from being submitted.
        finished: a node's number and the Job that ended with a result for it.
        failed: a JobRow whose job ended without one, and was not cancelled.
        paused_changed: whether waiting jobs stay where they are.
    """

    forecast_made = Signal(str, bool)
    tiles_planned = Signal(object)
    refused = Signal(object)
    finished = Signal(int, object)
    failed = Signal(object)
    paused_changed = Signal(bool)

    def __init__(self, plan: PlanModel, jobs: JobsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._plan = plan
        self.jobs = jobs
        self._workbench: Workbench | None = None
        self._tasks = Tasks("office", parent=self)
        self._forecasts = Tasks("forecast", parent=self)
        self._lanes: list[Lane] = []
        self._is_paused = False
        self._node: Node | None = None
        self._serial = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FORECAST_DELAY_MS)
        self._timer.timeout.connect(self._make_forecast)
        plan.edited.connect(self._timer.start)
        jobs.ended.connect(self._follow_up)

    def attach(self, workbench: Workbench) -> None:
        """Work with this one from now on."""
        self._workbench = workbench
        self._timer.start()

    def close(self) -> bool:
        """Take nothing any more; False if a thread does not let go."""
        self._timer.stop()
        return self._tasks.close() and self._forecasts.close()

    @property
    def is_idle(self) -> bool:
        """Whether no request is on its way to a lane."""
        return self._tasks.is_idle and self._forecasts.is_idle and not self._timer.isActive()

    @property
    def is_paused(self) -> bool:
        """Whether waiting jobs stay where they are."""
        return self._is_paused

    # -- what it is about --------------------------------------------------------------------------

    def set_target(self, node: Node | None) -> None:
        """What a run would work on: a row, and for captures the frames that are in view."""
        self._node = node
        self._timer.start()

    def target_item(self) -> Item | None:
        """The item a run would work on; a result stands for the item that it was made from."""
        if self._node is None:
            return None
        item = self._node.source.item
        window = self._node.source.window
        return item if window is None else replace(item, window=window)

    # -- forecast ----------------------------------------------------------------------------------

    def _make_forecast(self) -> None:
        self._serial += 1
        problem, plan, item = self._plan.problem(), self._plan.plan(), self.target_item()
        if problem is not None:
            self.forecast_made.emit(problem, self._node is not None)
        elif item is None or plan is None or self._workbench is None:
            self.forecast_made.emit("", False)
        else:
            work = _ForecastWork(self._workbench, plan, item, self._serial)
            self._forecasts.start(work, self._take_forecast, self._take_no_forecast)

    def _take_forecast(self, made: tuple[int, Forecast]) -> None:
        serial, forecast = made
        if serial == self._serial:
            self.forecast_made.emit(forecast.line(), False)
            self.tiles_planned.emit(forecast.places)

    def _take_no_forecast(self, error: Exception) -> None:
        if not isinstance(error, RestoraError):
            raise error
        self.forecast_made.emit(str(error), True)
        self.tiles_planned.emit(())

    # -- run ---------------------------------------------------------------------------------------

    def run(self, *, region: Rect | None = None, first: bool = True, seeds: tuple[int, ...] = ()) -> None:
        """Submit the plan as it stands; `seeds` instead of the one in the panel."""
        plan, item = self._plan.plan(), self.target_item()
        if plan is None or item is None or self._workbench is None or self._node is None:
            return
        for seed in seeds or (plan.seed,):
            work = _SubmitWork(
                self._workbench,
                replace(plan, seed=seed),
                item,
                region,
                first,
                self._node.source.id,
                self._is_paused,
            )
            self._tasks.start(work, self._take_submission, self.refused.emit)

    def run_on(self, plan: Plan, item: Item, node: Node) -> None:
        """Submit a plan for a row that need not be selected, after all jobs that wait."""
        if self._workbench is not None:
            work = _SubmitWork(self._workbench, plan, item, None, False, node.id, self._is_paused)
            self._tasks.start(work, self._take_submission, self.refused.emit)

    def repeat(self, row: JobRow) -> None:
        """Submit a job's request once more."""
        if row.job is None or self._workbench is None:
            return
        work = _AgainWork(self._workbench, row.job.request, row.item_id or 0, self._is_paused)
        self._tasks.start(work, self._take_submission, self.refused.emit)

    def _take_submission(self, submission: Submission) -> None:
        job, lane = submission.job, submission.lane
        self.know(lane)
        row = JobRow(
            id=job.id,
            item=job.request.item.name,
            method=job.request.info.title,
            job=job,
            lane=lane,
            node_id=submission.node_id,
            item_id=submission.node_id,
            state=job.state,
        )
        row = self.jobs.add(row)
        if row.state.is_final:
            self._follow_up(row)  # it was faster than the way here

    def know(self, lane: Lane) -> None:
        """A lane that is paused and goes on with the queue."""
        if lane not in self._lanes:
            self._lanes.append(lane)

    # -- switches ----------------------------------------------------------------------------------

    def cancel(self, row: JobRow) -> None:
        """Take a job back."""
        if row.job is None or not row.can_cancel:
            return
        self.jobs.note_cancelling(row)
        if row.lane is not None:
            row.lane.cancel(row.job)
        else:
            row.job.token.cancel()

    def cancel_all(self) -> None:
        """Take all jobs back."""
        for row in self.jobs.active():
            self.cancel(row)

    def pause_job(self, row: JobRow) -> None:
        """Let a job wait at its next checkpoint, or let it go on."""
        if row.job is None:
            return
        if row.job.token.is_paused:
            row.job.token.resume()
        else:
            row.job.token.pause()

    def pause_queue(self, on: bool) -> None:
        """Start no further job, or start jobs again."""
        self._is_paused = on
        for lane in self._lanes:
            if on:
                lane.pause()
            else:
                lane.resume()
        self.paused_changed.emit(on)

    def reorder(self, ids: list[str]) -> None:
        """Work waiting jobs off in this order."""
        for lane in self._lanes:
            lane.reorder(ids)
        self.jobs.reorder(ids)

    # -- what becomes of jobs ----------------------------------------------------------------------

    @Slot(object)
    def _follow_up(self, row: JobRow) -> None:
        if row.state in {JobState.FAILED, JobState.REFUSED}:
            self.failed.emit(row)
        if row.state is JobState.DONE and row.job is not None and row.job.result is not None and row.node_id:
            node_id, row.node_id = row.node_id, None  # told once
            self.finished.emit(node_id, row.job)


@dataclass(frozen=True, slots=True)
class _ForecastWork:
    workbench: Workbench
    plan: Plan
    item: Item
    serial: int

    def __call__(self) -> tuple[int, Forecast]:
        request = _request(self.workbench, self.plan, self.item, None)
        return self.serial, self.workbench.forecast(request)


@dataclass(frozen=True, slots=True)
class _SubmitWork:
    workbench: Workbench
    plan: Plan
    item: Item
    region: Rect | None
    first: bool
    node_id: int
    is_paused: bool

    def __call__(self) -> Submission:
        request = _request(self.workbench, self.plan, self.item, self.region)
        return _submit(self.workbench, request, self.node_id, first=self.first, is_paused=self.is_paused)


@dataclass(frozen=True, slots=True)
class _AgainWork:
    workbench: Workbench
    request: RunRequest
    node_id: int
    is_paused: bool

    def __call__(self) -> Submission:
        return _submit(self.workbench, self.request, self.node_id, first=False, is_paused=self.is_paused)


def _request(workbench: Workbench, plan: Plan, item: Item, region: Rect | None) -> RunRequest:
    return workbench.request(
        plan.info.id,
        item,
        params=plan.params,
        typed=True,
        seed=plan.seed,
        precision=plan.precision,
        side=plan.side,
        region=region,
        references=plan.references,
    )


def _submit(
    workbench: Workbench, request: RunRequest, node_id: int, *, first: bool, is_paused: bool
) -> Submission:
    lane = workbench.lane(None, request.info)
    if is_paused:
        lane.pause()  # a new lane would start at once
    job = lane.submit(Job(request=request), first=first)
    return Submission(job=job, lane=lane, node_id=node_id)
