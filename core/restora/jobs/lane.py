"""The lane: one plain thread per device that works jobs off, and the only thread that computes there.

What happens on Run: `Workbench.submit` puts a job here; `_work` admits it, loads its method, runs it and
moves it through its states. Listeners hear of every step on this thread; a door that has a thread of its own
passes them on.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from restora.errors import Cancelled, MethodDefectError, RefusedError, RestoraError
from restora.jobs.attempt import Attempt
from restora.jobs.devices import Device, is_device_fault
from restora.jobs.estimates import EstimateBook
from restora.jobs.job import Event, Job, Listener, StateChanged
from restora.jobs.method_cache import MethodCache
from restora.jobs.resume import ResumeRoom
from restora.jobs.scratch import remove_abandoned, scratch_folder
from restora.jobs.services import LaneServices
from restora.jobs.states import TRANSITIONS, JobState
from restora.jobs.wording import told
from restora.plugins.declarations import JobRecord
from restora.plugins.running import Method

_log = logging.getLogger("restora.lane")


class Lane:
    """Works off jobs in order. All methods may be called from any thread.

    Attributes:
        device: where it computes.
        fault: why the device cannot be used any more; None while it is sound.
    """

    def __init__(self, device: Device, services: LaneServices, estimates: EstimateBook) -> None:
        self.device = device
        self.fault: str | None = None
        self._services = services
        self._estimates = estimates
        self._cache = MethodCache()
        self._listeners: list[Listener] = []
        self._waiting: list[Job] = []
        self._current: Job | None = None
        self._changed = threading.Condition()
        self._is_paused = False
        self._is_closing = False
        self._thread = threading.Thread(target=self._live, name=f"restora-lane-{device.spec}", daemon=True)
        self._thread.start()

    # -- what owners may do ------------------------------------------------------------------------

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """Hear of every event; returns what ends the subscription.

        Events come on the lane's thread, those of a job that only waits on the thread that moved it.
        """
        with self._changed:
            self._listeners = [*self._listeners, listener]
        return lambda: self._unsubscribe(listener)

    def submit(self, job: Job, *, first: bool = False) -> Job:
        """Put a job at the end, or before all others; raises RefusedError once the lane is closed."""
        if self._is_closing:
            raise RefusedError("restora is closing and takes no more jobs")
        self._tell(StateChanged(job=job, state=job.state))  # before the lane can tell of the next step
        with self._changed:
            if self._is_closing:
                raise RefusedError("restora is closing and takes no more jobs")
            self._waiting.insert(0 if first else len(self._waiting), job)
            self._changed.notify_all()
        return job

    def cancel(self, job: Job) -> None:
        """Take a job back: a waiting one leaves the queue, a running one stops at its next checkpoint."""
        job.token.cancel()
        with self._changed:
            was_waiting = job in self._waiting
            if was_waiting:
                self._waiting.remove(job)
        if was_waiting:
            self._end(job, JobState.CANCELLED, "")

    def reorder(self, job_ids: list[str]) -> None:
        """Bring the waiting jobs into the order of `job_ids`; unnamed ones keep their order behind them."""
        rank = {job_id: place for place, job_id in enumerate(job_ids)}
        with self._changed:
            self._waiting.sort(key=lambda job: rank.get(job.id, len(rank)))

    def pause(self) -> None:
        """Start no further job; the running one goes on."""
        with self._changed:
            self._is_paused = True

    def resume(self) -> None:
        """Start jobs again."""
        with self._changed:
            self._is_paused = False
            self._changed.notify_all()

    @property
    def is_paused(self) -> bool:
        """Whether waiting jobs stay where they are."""
        return self._is_paused

    def jobs(self) -> tuple[Job, ...]:
        """The running job, then the waiting ones in order."""
        with self._changed:
            current = self._current
            running = [] if current is None or current.state.is_final else [current]
            return (*running, *self._waiting)

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """Cancel everything and end the thread; False if a job does not let go in time."""
        with self._changed:
            self._is_closing = True
            waiting, current = list(self._waiting), self._current
            self._changed.notify_all()
        for job in waiting:
            self.cancel(job)
        if current is not None:
            current.token.cancel()
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    # -- the thread --------------------------------------------------------------------------------

    def _live(self) -> None:
        remove_abandoned(self._services.scratch)
        ResumeRoom(self._services.resume).sweep()
        while (job := self._next()) is not None:
            self._work(job)
            with self._changed:
                self._current = None
            del job  # or the last job's arrays would live until the next one comes
        while self._cache.drop_oldest(self._unload):
            pass
        self._estimates.save()

    def _next(self) -> Job | None:
        with self._changed:
            while not self._is_closing and (self._is_paused or not self._waiting):
                self._changed.wait()
            if self._is_closing:
                return None
            self._current = self._waiting.pop(0)
            return self._current

    def _work(self, job: Job) -> None:
        if self.fault is not None:
            self._end(job, JobState.FAILED, f"{self.device.spec} failed earlier: {self.fault}")
            return
        state, message = self._outcome(job)
        # Only now are the frames of the job gone, and with them the arrays that they held.
        if state is not JobState.DONE:
            self._release_caches()
        self._end(job, state, message)

    def _outcome(self, job: Job) -> tuple[JobState, str]:
        """How the job ended; whatever a plugin raises stays in here."""
        try:
            job.token.check()  # it may have been cancelled while it waited
            with scratch_folder(self._services.scratch, job.id) as scratch:
                self._attempt(job, scratch).run()
        except BaseException as error:  # noqa: BLE001 - the worker's guard: no job may end the lane
            return self._failure(job, error)
        return JobState.DONE, ""

    def _failure(self, job: Job, error: BaseException) -> tuple[JobState, str]:
        is_fault = is_device_fault(error)
        if is_fault:
            self.fault = told(error)
        if job.token.is_cancelled:
            return JobState.CANCELLED, ""  # whatever a method made of it
        job.keep_error(error)
        if is_fault:
            return JobState.FAILED, f"{self.device.spec} failed: {self.fault}; restart restora"
        if isinstance(error, RefusedError) and JobState.REFUSED in TRANSITIONS[job.state]:
            return JobState.REFUSED, told(error)
        return JobState.FAILED, told(error) if isinstance(error, RestoraError) else _defect(job, error)

    def _attempt(self, job: Job, scratch: Path) -> Attempt:
        return Attempt(
            job,
            device=self.device,
            services=self._services,
            estimates=self._estimates,
            cache=self._cache,
            scratch=scratch,
            move=self._move,
            tell=self._tell,
            unload=self._unload,
        )

    def _end(self, job: Job, state: JobState, message: str) -> None:
        try:
            self._move(job, state, message)
            self._services.finished(_record(job))
        except Exception:  # noqa: BLE001 - the worker's guard: an observer must not end the lane
            _log.exception("the end of a job could not be told")
        finally:
            job.announce_end()  # whoever waits must never wait for ever

    def _move(self, job: Job, state: JobState, message: str = "") -> None:
        job.move(state, message)
        self._tell(StateChanged(job=job, state=state, message=message))

    def _tell(self, event: Event) -> None:
        for listener in self._listeners:
            try:
                listener(event)
            except (Exception, SystemExit):  # noqa: BLE001 - a listener's defect must not cost the job
                _log.exception("a listener failed")

    def _unsubscribe(self, listener: Listener) -> None:
        with self._changed:
            self._listeners = [other for other in self._listeners if other is not listener]

    def _unload(self, method: Method) -> None:
        with contextlib.suppress(Exception, SystemExit):  # the plugin's guard: it is being thrown away
            method.unload()
        self._release_caches()

    def _release_caches(self) -> None:
        with contextlib.suppress(Exception):  # a device that has failed cannot even do this
            self.device.release_caches()


def _record(job: Job) -> JobRecord:
    return JobRecord(
        job_id=job.id,
        method_id=job.request.info.id,
        item_name=job.request.item.name,
        state=job.state.value,
        seconds=job.seconds or 0.0,
        peak_mib=job.peak_mib,
        message=job.message,
    )


def _defect(job: Job, error: BaseException) -> str:
    info = job.request.info
    if isinstance(error, SystemExit):
        return f"{info.id}: the method tried to end the program"
    if isinstance(error, Cancelled):
        return f"{info.id}: the method gave up, though nobody cancelled it"
    kind, text = type(error).__name__, told(error)
    failure = kind if text == kind else f"{kind}: {text}"
    return str(MethodDefectError(info.plugin, f"{info.id} failed with {failure}"))
