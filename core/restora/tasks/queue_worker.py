"""Working the queue off: from an order to a file, one after the other, interruptible at any moment."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from restora.errors import Cancelled, RefusedError, RestoraError
from restora.jobs.exporting import remove_remains
from restora.jobs.job import Job
from restora.jobs.order import Order
from restora.jobs.queue import Entry
from restora.jobs.states import JobState
from restora.jobs.wording import told
from restora.tasks.orders import carry_out
from restora.workbench import Workbench


@dataclass(frozen=True, slots=True, kw_only=True)
class Watcher:
    """What a door wants to hear while the queue is worked off."""

    starting: Callable[[Order, Job], None] = lambda _order, _job: None
    ended: Callable[[Entry], None] = lambda _entry: None


class QueueWorker:
    """Takes orders one by one; `stop` ends after giving the current one back to the queue."""

    def __init__(self, workbench: Workbench, watcher: Watcher | None = None) -> None:
        self._workbench = workbench
        self._watcher = watcher or Watcher()
        self.is_stopping = False
        self._job: Job | None = None

    def stop(self) -> None:
        """Cancel the current order, put it back, and start no further one; may be called from any thread."""
        self.is_stopping = True
        job = self._job
        if job is not None:
            job.token.cancel()

    def work(self, only: Collection[str] | None = None) -> tuple[Entry, ...]:
        """Work off all waiting orders, or those of `only`; returns how each that was taken ended.

        Raises RestoraError where another process works on the queue already.
        """
        queue = self._workbench.queue
        ended: list[Entry] = []
        with queue.working() as torn:
            for half_done in torn:
                remove_remains(Path(half_done.output))
            while not self.is_stopping and (order := queue.take(only)) is not None:
                state, message = self._perform(order)
                if self.is_stopping and state is JobState.CANCELLED:
                    queue.finish(order.id, JobState.QUEUED, "interrupted")
                    break
                queue.finish(order.id, state, message)
                ended.append(Entry(order=order, state=state, message=message))
                self._watcher.ended(ended[-1])
            queue.resume_if_idle()
        return tuple(ended)

    def _perform(self, order: Order) -> tuple[JobState, str]:
        """How the order ended; one that fails must not end the batch."""
        try:
            delivery = carry_out(self._workbench, order, lambda job: self._watch(order, job))
        except Cancelled:
            return JobState.CANCELLED, ""
        except RefusedError as error:
            return JobState.REFUSED, str(error)
        except RestoraError as error:
            return JobState.FAILED, str(error)
        except Exception as error:  # noqa: BLE001 - the worker's guard: an order may have been edited by hand
            return JobState.FAILED, f"{type(error).__name__}: {told(error)}"
        finally:
            self._job = None
        if delivery.was_there:
            return JobState.DONE, "was there already, made by the same recipe"
        return JobState.DONE, "; ".join(delivery.losses)

    def _watch(self, order: Order, job: Job) -> None:
        self._job = job
        self._watcher.starting(order, job)
        if self.is_stopping:
            job.token.cancel()
