"""One job: a request on its way to a result."""

from __future__ import annotations

import threading
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from restora.data.arrays import ImageArray
from restora.data.result import Result
from restora.jobs.cancelling import Token
from restora.jobs.progress import Progress
from restora.jobs.request import RunRequest
from restora.jobs.states import JobState, step
from restora.plugins.running import DeviceSpec, TileChoice


@dataclass(frozen=True, slots=True, kw_only=True)
class StateChanged:
    """The job took a step; `message` says why where there is a reason."""

    job: Job
    state: JobState
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progressed:
    """The job got further."""

    job: Job
    progress: Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """An unfinished picture can be shown."""

    job: Job
    image: ImageArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Logged:
    """The method or the host has something to say."""

    job: Job
    level: int
    message: str


Event: TypeAlias = StateChanged | Progressed | Previewed | Logged
Listener: TypeAlias = Callable[[Event], None]


@dataclass(slots=True, eq=False)
class Job:
    """State, outcome and switches of one request. Owners read it and use its token; the lane moves it."""

    request: RunRequest
    id: str = field(default_factory=lambda: uuid.uuid4().hex[:12])
    token: Token = field(default_factory=Token)
    state: JobState = JobState.QUEUED
    message: str = ""
    """Why it failed, was refused, or waits."""
    result: Result | None = None
    error: BaseException | None = None
    """What ended a failed job, without its traceback."""
    details: str = ""
    """The traceback as text, for those who want to know more."""
    device: DeviceSpec | None = None
    """Where it runs or ran."""
    precision: str | None = None
    """What it computes with, once that is chosen."""
    tile: TileChoice | None = None
    """The tiles in force, once they are chosen."""
    progress: Progress | None = None
    started: float | None = None
    """Monotonic seconds."""
    ended: float | None = None
    peak_mib: float | None = None
    paused_seconds: float = 0.0
    """How long it has waited in pauses that are over."""
    _paused_at: float | None = None
    _finished: threading.Event = field(default_factory=threading.Event)

    def move(self, state: JobState, message: str = "") -> None:
        """Take one step of the transition table; only the lane calls this."""
        self.state = step(self.state, state)
        self.message = message
        now = time.monotonic()
        if self._paused_at is not None:
            self.paused_seconds += now - self._paused_at
            self._paused_at = None
        if state is JobState.PAUSED:
            self._paused_at = now
        if state is JobState.LOADING and self.started is None:
            self.started = now
        if state.is_final:
            self.ended = now

    def keep_error(self, error: BaseException) -> None:
        """Remember what went wrong, but none of the arrays that the traceback's frames hold."""
        self.details = "".join(traceback.format_exception(error))
        _forget_frames(error)
        self.error = error

    def announce_end(self) -> None:
        """Wake everybody who waits; the lane calls this after its listeners know."""
        self._finished.set()

    def wait(self, timeout_seconds: float | None = None) -> bool:
        """Block until the job has ended; False if the time ran out first."""
        return self._finished.wait(timeout_seconds)

    @property
    def seconds(self) -> float | None:
        """How long it has taken so far, or took; pauses do not count."""
        if self.started is None:
            return None
        until = next((at for at in (self.ended, self._paused_at) if at is not None), None)
        return (time.monotonic() if until is None else until) - self.started - self.paused_seconds


def _forget_frames(error: BaseException) -> None:
    error.__traceback__ = error.__cause__ = error.__context__ = None
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            _forget_frames(inner)
