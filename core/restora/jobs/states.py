"""The states of a job and the only steps between them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    LOADING = "loading"
    """Its method's weights are being brought onto the device."""
    RUNNING = "running"
    PAUSED = "paused"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    REFUSED = "refused"
    """It would need more memory than it may use; nothing was started."""

    @property
    def is_final(self) -> bool:
        """Whether the job has ended."""
        return not TRANSITIONS[self]


_ENDS = frozenset({JobState.FAILED, JobState.CANCELLED})

TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    # A waiting job may fail without loading: its input may be gone.
    JobState.QUEUED: frozenset({JobState.LOADING, JobState.REFUSED, JobState.DONE}) | _ENDS,
    JobState.LOADING: frozenset({JobState.RUNNING, JobState.PAUSED, JobState.REFUSED}) | _ENDS,
    JobState.RUNNING: frozenset({JobState.PAUSED, JobState.DONE}) | _ENDS,
    # It goes on where it stopped: large weights may be paused while they load.
    JobState.PAUSED: frozenset({JobState.LOADING, JobState.RUNNING}) | _ENDS,
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
    JobState.REFUSED: frozenset(),
}


class IllegalTransitionError(Exception):
    """A defect of the program: a job was moved along a step that does not exist."""


def step(current: JobState, following: JobState) -> JobState:
    """`following`, if the table allows it from `current`."""
    if following not in TRANSITIONS[current]:
        raise IllegalTransitionError(f"a job cannot go from {current} to {following}")
    return following
