"""One line of the list of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from restora.jobs.states import JobState
from restora.jobs.wording import readable_time

if TYPE_CHECKING:
    from restora.jobs.job import Job
    from restora.jobs.lane import Lane
    from restora.jobs.order import Order
    from restora.jobs.progress import Progress


@dataclass(eq=False, slots=True, kw_only=True)
class JobRow:
    """One line."""

    id: str
    item: str
    method: str
    job: Job | None = None
    lane: Lane | None = None
    """Where it was put; None for jobs of a batch, whose worker put them somewhere."""
    node_id: int | None = None
    """The row that its result is still to be put below."""
    item_id: int | None = None
    """The row of the item that it works on, where that is open."""
    order: Order | None = None
    state: JobState = JobState.QUEUED
    message: str = ""
    progress: Progress | None = None
    is_cancelling: bool = False

    @property
    def can_cancel(self) -> bool:
        """Whether there is something to take back."""
        return not self.state.is_final and not self.is_cancelling

    @property
    def can_pause(self) -> bool:
        """Whether it is at work."""
        return self.state in {JobState.LOADING, JobState.RUNNING} and not self.is_cancelling

    @property
    def can_move(self) -> bool:
        """Whether it waits on a lane, before or behind others."""
        return self.state is JobState.QUEUED and self.lane is not None

    @property
    def can_retry(self) -> bool:
        """Whether it ended without a result, and is known well enough to be tried again."""
        unhappy = {JobState.FAILED, JobState.CANCELLED, JobState.REFUSED}
        return self.state in unhappy and (self.job is not None or self.order is not None)

    def stage(self) -> str:
        """In words, what happens."""
        if self.is_cancelling:
            return "cancelling"
        if self.state is JobState.RUNNING and self.progress is not None:
            return self.progress.stage
        return self.state.value

    def time(self) -> str:
        """How long it took, or will still take."""
        seconds = None if self.job is None else self.job.seconds
        if self.state is JobState.PAUSED:
            return "paused"
        if seconds is None:
            return ""
        remaining = None if self.progress is None else self.progress.remaining_seconds
        if self.state is JobState.RUNNING and remaining is not None:
            return f"{readable_time(seconds)}, {readable_time(remaining)} left"
        return readable_time(seconds)


def row_of(job: Job) -> JobRow:
    """A row for a job that somebody else put on its lane."""
    request = job.request
    return JobRow(id=job.id, item=request.item.name, method=request.info.title, job=job, state=job.state)


def row_of_order(order: Order, title: str) -> JobRow:
    """A row for an order that waits in a batch."""
    return JobRow(id=order.id, item=Path(order.input).name, method=title, order=order)
