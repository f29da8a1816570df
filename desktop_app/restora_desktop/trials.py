"""Requests that are only tried out: their jobs stand in no list and make no results by themselves."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from PySide6.QtCore import QObject, Signal, Slot

from restora.jobs.job import Job, Progressed, StateChanged
from restora.jobs.lane import Lane
from restora.jobs.request import RunRequest
from restora.workbench import Workbench
from restora_desktop.running import Runner
from restora_desktop.tasks import Tasks

MakeRequest: TypeAlias = Callable[[Workbench], RunRequest]


@dataclass(frozen=True, slots=True)
class _Submitted:
    job: Job
    lane: Lane


class Trials(QObject):
    """Submits requests before all others and follows them until they end.

    Signals:
        ended: the id of a trial, and its Job, or the exception that kept it from a lane.
        progressed: the id of a trial and its Progress.
    """

    ended = Signal(str, object)
    progressed = Signal(str, object)

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._runner = runner
        self._workbench: Workbench | None = None
        self._tasks = Tasks("trials", parent=self)
        self._open: dict[str, _Submitted | None] = {}
        """None until the job is on its lane."""

    def attach(self, workbench: Workbench) -> None:
        """Work with this one from now on."""
        self._workbench = workbench

    def close(self) -> bool:
        """Take nothing any more; False if a thread does not let go."""
        self._open.clear()
        return self._tasks.close()

    @property
    def is_idle(self) -> bool:
        """Whether no trial is under way."""
        return not self._open and self._tasks.is_idle

    @property
    def is_paused(self) -> bool:
        """Whether trials wait with the queue."""
        return self._runner.is_paused

    def start(self, make: MakeRequest) -> str:
        """Try a request, which is made on another thread; returns the trial's id."""
        trial = uuid.uuid4().hex[:12]
        workbench = self._workbench
        assert workbench is not None  # commands that lead here are disabled until it is there
        self._runner.jobs.hide(trial)
        self._open[trial] = None
        work = _Work(workbench, make, trial, self._runner.is_paused)
        self._tasks.start(work, self._take_submission, _Refusal(self, trial))
        return trial

    def withdraw(self, trial: str) -> None:
        """Nobody waits for it any more; it tells of nothing from now on."""
        if trial not in self._open:
            return
        submitted = self._open.pop(trial)
        if submitted is not None:
            submitted.lane.cancel(submitted.job)

    def refuse(self, trial: str, error: Exception) -> None:
        """It could not be submitted."""
        if self._open.pop(trial, self) is not self:
            self.ended.emit(trial, error)

    def _take_submission(self, submitted: _Submitted) -> None:
        trial = submitted.job.id
        self._runner.know(submitted.lane)
        if trial not in self._open:
            submitted.lane.cancel(submitted.job)
            return
        self._open[trial] = submitted
        if submitted.job.state.is_final:
            self._end(submitted.job)  # it was faster than the way here

    @Slot(object)
    def take_state(self, event: StateChanged) -> None:
        """A job took a step."""
        if event.state.is_final and event.job.id in self._open:
            self._end(event.job)

    @Slot(object)
    def take_progress(self, event: Progressed) -> None:
        """A job got further."""
        if event.job.id in self._open:
            self.progressed.emit(event.job.id, event.progress)

    def _end(self, job: Job) -> None:
        del self._open[job.id]
        self.ended.emit(job.id, job)


@dataclass(frozen=True, slots=True)
class _Work:
    workbench: Workbench
    make: MakeRequest
    trial: str
    is_paused: bool

    def __call__(self) -> _Submitted:
        request = self.make(self.workbench)
        lane = self.workbench.lane(None, request.info)
        if self.is_paused:
            lane.pause()  # a new lane would start at once
        return _Submitted(lane.submit(Job(request=request, id=self.trial), first=True), lane)


@dataclass(frozen=True, slots=True)
class _Refusal:
    trials: Trials
    trial: str

    def __call__(self, error: Exception) -> None:
        self.trials.refuse(self.trial, error)
