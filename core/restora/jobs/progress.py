"""How far a job is, and how long it will still take."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

_REPORTS_PER_SECOND = 20
_STEP_INTERVAL_SECONDS = 0.1
_SAMPLES = 100
_RECENCY = 0.97
"""Weight of a sample against the one after it: the last thirty or so decide."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """One report."""

    fraction: float
    """0 to 1, never falling."""
    stage: str
    remaining_seconds: float | None = None
    """None until enough is known, and while the job is paused."""


class RemainingTime:
    """Estimates the time to the end from recent steps; pauses do not count."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._paused = 0.0
        self._samples: deque[tuple[float, float]] = deque(maxlen=_SAMPLES)
        self._last = (clock(), 0.0)

    def add_pause(self, seconds: float) -> None:
        """Take a pause out of the account."""
        self._paused += seconds

    def update(self, fraction: float) -> float | None:
        """Note that `fraction` is done; the seconds that remain, None where nothing is known yet."""
        now = self._clock() - self._paused
        then, done = self._last
        if fraction > done:
            self._samples.append((now - then, fraction - done))
            self._last = (now, fraction)
        speed = self._speed()
        return None if speed is None else max(0.0, (1.0 - fraction) * speed - (now - self._last[0]))

    def _speed(self) -> float | None:
        """Seconds per whole job."""
        weight, seconds, progress = 1.0, 0.0, 0.0
        for taken, gained in reversed(self._samples):
            seconds += weight * taken
            progress += weight * gained
            weight *= _RECENCY
        return seconds / progress if progress > 0 else None


class ProgressMeter:
    """Turns steps of nested parts into one fraction that never falls, and reports at most 20 times a second.

    Steps are reported ten times a second, which leaves room to report a new stage at once.
    """

    def __init__(
        self, report: Callable[[Progress], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._report = report
        self._clock = clock
        self._remaining = RemainingTime(clock)
        self._fraction = 0.0
        self._stage = ""
        self._reports: deque[float] = deque(maxlen=_REPORTS_PER_SECOND)

    def add_pause(self, seconds: float) -> None:
        """Take a pause out of the remaining time."""
        self._remaining.add_pause(seconds)

    def move_to(self, fraction: float, stage: str) -> None:
        """The job stands at `fraction` of the whole, in the part called `stage`."""
        self._fraction = min(1.0, max(self._fraction, fraction))
        remaining = self._remaining.update(self._fraction)
        now = self._clock()
        if self._may_report(now, is_news=stage != self._stage):
            self._stage = stage
            self._reports.append(now)
            self._report(Progress(fraction=self._fraction, stage=stage, remaining_seconds=remaining))

    def hold(self) -> None:
        """The job is about to wait: report where it stands, without a remaining time."""
        self._report(Progress(fraction=self._fraction, stage=self._stage))

    def finish(self) -> None:
        """Everything is done; this report is never left out."""
        self._fraction = 1.0
        self._report(Progress(fraction=1.0, stage="done", remaining_seconds=0.0))

    def close(self) -> None:
        """Report nothing any more: whoever still holds a part of an ended job moves nothing with it."""
        self._report = _tell_nobody

    def _may_report(self, now: float, *, is_news: bool) -> bool:
        if not self._reports:
            return True
        # One of the twenty is kept for `finish`.
        is_full = len(self._reports) >= _REPORTS_PER_SECOND - 1
        if is_full and now - self._reports[1 - _REPORTS_PER_SECOND] < 1.0:
            return False
        return is_news or now - self._reports[-1] >= _STEP_INTERVAL_SECONDS


def _tell_nobody(progress: Progress) -> None:
    del progress


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a job that covers the fractions `start` to `start + share`."""

    meter: ProgressMeter
    start: float
    share: float
    stage: str

    def advance(self, done: float, total: float) -> None:
        """`done` of `total` steps of this part are finished."""
        inside = min(1.0, max(0.0, done / total)) if total > 0 else 1.0
        self.meter.move_to(self.start + self.share * inside, self.stage)

    def inner(self, start: float, share: float, stage: str) -> Part:
        """A part of this part."""
        return Part(self.meter, self.start + self.share * start, self.share * share, stage)
