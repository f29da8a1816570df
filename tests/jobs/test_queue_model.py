from __future__ import annotations

import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from restora.errors import BadInputError
from restora.jobs.order import Order
from restora.jobs.queue import Queue
from restora.jobs.states import JobState

QUEUED, RUNNING, DONE = JobState.QUEUED, JobState.RUNNING, JobState.DONE
FAILED, REFUSED, CANCELLED = JobState.FAILED, JobState.REFUSED, JobState.CANCELLED
INTERRUPTED = "restora was interrupted"

PLACES = st.integers(0, 12)


class QueueMachine(RuleBasedStateMachine):
    """The queue against a list, with the file opened anew, torn and cleared at any moment."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.path = self.folder / "state" / "queue.jsonl"
        self.queue = Queue(self.path)
        self.other = Queue(self.path)
        """As another process sees it."""
        self.model: list[tuple[Order, JobState, str]] = []
        self.reason: str | None = None

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    def place_of(self, order_id: str) -> int:
        return next(place for place, (order, _, _) in enumerate(self.model) if order.id == order_id)

    def picked(self, place: int) -> tuple[int, Order, JobState] | None:
        if not self.model:
            return None
        place %= len(self.model)
        return place, *self.model[place][:2]

    def put(self, place: int, state: JobState, message: str = "") -> None:
        self.model[place] = (self.model[place][0], state, message)

    @rule(outputs=st.lists(st.sampled_from("abcdef"), min_size=0, max_size=3, unique=True))
    def add(self, outputs: list[str]) -> None:
        orders = [Order(method="m", input="/i", output=f"/{name}.png") for name in outputs]
        entries = self.queue.add(orders)
        assert [entry.order for entry in entries] == orders
        self.model = [
            (order, state, message)
            for order, state, message in self.model
            if state is not QUEUED or order.output not in {new.output for new in orders}
        ]
        self.model += [(order, QUEUED, "") for order in orders]

    @rule(place=PLACES)
    def add_one_that_is_there(self, place: int) -> None:
        if (picked := self.picked(place)) is not None:
            with pytest.raises(BadInputError, match="in the queue already"):
                self.queue.add([picked[1]])

    @rule(place=PLACES)
    def cancel(self, place: int) -> None:
        if (picked := self.picked(place)) is None:
            return
        place, order, state = picked
        if state is QUEUED:
            self.other.cancel(order.id)
            self.put(place, CANCELLED)
        else:
            with pytest.raises(BadInputError, match="cannot be cancelled"):
                self.other.cancel(order.id)

    @rule(place=PLACES)
    def retry(self, place: int) -> None:
        if (picked := self.picked(place)) is None:
            return
        place, order, state = picked
        if state in {FAILED, REFUSED, CANCELLED}:
            (entry,) = self.queue.retry(order.id)
            assert entry.order == replace(order, id=entry.order.id)
            del self.model[place]
            self.model.append((entry.order, QUEUED, ""))
        else:
            with pytest.raises(BadInputError, match="cannot be tried again"):
                self.queue.retry(order.id)

    @rule()
    def retry_all(self) -> None:
        entries = self.queue.retry()
        bad = [row for row in self.model if row[1] in {FAILED, REFUSED}]
        assert [entry.order.output for entry in entries] == [row[0].output for row in bad]
        self.model = [row for row in self.model if row not in bad]
        self.model += [(entry.order, QUEUED, "") for entry in entries]

    @rule(place=PLACES, seed=st.integers(0, 5))
    def duplicate(self, place: int, seed: int) -> None:
        if (picked := self.picked(place)) is not None:
            entry = self.queue.duplicate(picked[1].id, seed=seed)
            assert entry.order.seed == seed
            assert entry.order.id != picked[1].id
            self.model.append((entry.order, QUEUED, ""))

    @rule(place=PLACES, goal=st.integers(-2, 15))
    def move(self, place: int, goal: int) -> None:
        if (picked := self.picked(place)) is not None:
            self.other.move(picked[1].id, goal)
            self.model.insert(max(0, goal), self.model.pop(picked[0]))

    @rule()
    def pause(self) -> None:
        self.other.pause()
        self.reason = "paused by you"

    @rule()
    def resume(self) -> None:
        self.queue.resume()
        self.reason = None

    @rule()
    def resume_if_idle(self) -> None:
        self.queue.resume_if_idle()
        if not any(state is QUEUED for _, state, _ in self.model):
            self.reason = None

    @rule()
    def clear(self) -> None:
        kept = [row for row in self.model if not row[1].is_final]
        assert self.queue.clear() == len(self.model) - len(kept)
        self.model = kept

    @rule(asked=st.booleans())
    def take(self, asked: bool) -> None:
        only = {row[0].id for row in self.model[::2]} if asked else None
        order = self.queue.take(only)
        fitting = [
            row[0].id for row in self.model if row[1] is QUEUED and (only is None or row[0].id in only)
        ]
        if self.reason is not None and only is None:
            assert order is None
        else:
            assert (None if order is None else order.id) == next(iter(fitting), None)
        if order is not None:
            self.put(self.place_of(order.id), RUNNING)

    @rule(place=PLACES, state=st.sampled_from([DONE, FAILED, REFUSED, CANCELLED, QUEUED]))
    def finish(self, place: int, state: JobState) -> None:
        picked = self.picked(place)
        if picked is not None and picked[2] is RUNNING:
            self.queue.finish(picked[1].id, state, "said so")
            self.put(picked[0], state, "said so")

    @rule()
    def open_anew(self) -> None:
        self.queue = Queue(self.path)

    @rule(
        part=st.sampled_from(
            [b'{"do": "add", "order": {', b"\0\0\0\0", b'{"do": "pause", "reason": "x"}', b"{"]
        )
    )
    def a_writer_is_killed_in_the_middle_of_a_line(self, part: bytes) -> None:
        if self.path.exists():
            with self.path.open("ab") as stream:
                stream.write(part)

    @rule(tidy=st.booleans())
    def the_worker_was_killed_and_another_one_starts(self, tidy: bool) -> None:
        queue = Queue(self.path)
        running = [row for row in self.model if row[1] is RUNNING]
        if tidy:
            torn = queue.tidy()
        else:
            with queue.working() as torn:
                pass
        assert list(torn) == [row[0] for row in running]
        others = [row for row in self.model if row[1] is not RUNNING]
        self.model = [(order, QUEUED, "") for order, _, _ in running] + others
        if running:
            self.reason = INTERRUPTED

    @invariant()
    def both_see_what_the_list_says(self) -> None:
        for queue in (self.queue, self.other):
            found = [(entry.order, entry.state, entry.message) for entry in queue.entries()]
            assert found == self.model
            assert queue.pause_reason() == self.reason


TestQueueAgainstAList = QueueMachine.TestCase
TestQueueAgainstAList.settings = settings(deadline=None, max_examples=20, stateful_step_count=25)
