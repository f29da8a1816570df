"""Working the queue off: from an order to a file, one after the other, interruptible at any moment."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from restora.errors import BadInputError, Cancelled, RestoraError
from restora.io.atomic import remove_leftovers
from restora.jobs.exporting import ExportOptions, recipe_beside, recipe_of_output
from restora.jobs.job import Job
from restora.jobs.order import Existing, Order
from restora.jobs.queue import Entry
from restora.jobs.request import RunRequest
from restora.jobs.states import JobState
from restora.workbench import SAMPLE_PREFIX, Workbench


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
        self._is_stopping = False
        self._job: Job | None = None

    def stop(self) -> None:
        """Cancel the current order, put it back, and start no further one; may be called from any thread."""
        self._is_stopping = True
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
                _tidy(Path(half_done.output))
            while not self._is_stopping and (order := queue.take(only)) is not None:
                state, message = self._perform(order)
                if self._is_stopping and state is JobState.CANCELLED:
                    queue.finish(order.id, JobState.QUEUED, "interrupted")
                    break
                queue.finish(order.id, state, message)
                ended.append(Entry(order=order, state=state, message=message))
                self._watcher.ended(ended[-1])
        return tuple(ended)

    def _perform(self, order: Order) -> tuple[JobState, str]:
        """How the order ended; one that fails must not end the batch."""
        try:
            request = self._request(order)
            if self._is_there(order, request):
                return JobState.DONE, "was there already, made by the same recipe"
            job = self._workbench.submit(request, device=order.device)
            self._job = job
            self._watcher.starting(order, job)
            if self._is_stopping:
                job.token.cancel()
            job.wait()
            if job.result is None:
                return job.state, job.message
            self._workbench.export(job.result, Path(order.output), ExportOptions.from_json(order.export))
            return JobState.DONE, ""
        except Cancelled:
            return JobState.CANCELLED, ""
        except RestoraError as error:
            return JobState.FAILED, str(error)
        finally:
            self._job = None

    def _request(self, order: Order) -> RunRequest:
        workbench = self._workbench
        item = workbench.open(_name(order.input), order.reading)
        references = [workbench.open(_name(name)) for name in order.references]
        return workbench.request(
            order.method,
            item,
            params=order.params,
            typed=True,
            seed=order.seed,
            precision=order.precision,
            side=order.side,
            references=references,
        )

    def _is_there(self, order: Order, request: RunRequest) -> bool:
        """Whether nothing is left to do; raises BadInputError where something else is in the way."""
        output = Path(order.output)
        if not output.exists() or order.existing is Existing.OVERWRITE:
            return False
        advice = "Choose another name, or overwrite with --existing overwrite."
        if order.existing is Existing.FAIL:
            raise BadInputError(f"{output}: is there already", advice=advice)
        recipe = recipe_of_output(output)
        now = self._workbench.recipe_now(request, device=order.device)
        if recipe is None or recipe.request_key() != now.request_key():
            raise BadInputError(f"{output}: is there already, and was made otherwise", advice=advice)
        return True


def _tidy(output: Path) -> None:
    """Take away what a killed process left of an output and its recipe."""
    for name in (output.name, recipe_beside(output).name):
        remove_leftovers(output.parent, name)


def _name(text: str) -> str | Path:
    return text if text.startswith(SAMPLE_PREFIX) else Path(text)
