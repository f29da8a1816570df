"""The queue that outlives the program: orders, their states and their sequence, kept in a journal.

Several processes may add, reorder or cancel; at most one works orders off (`working`). If that one was
killed, the next finds its order in the state running, puts it back in front and pauses the queue, so that
nothing starts unasked.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import AcquireReturnProxy, FileLock, Timeout

from restora.data.json_values import JSON, expect
from restora.errors import BadInputError, FileProblemError, RestoraError
from restora.jobs.journal import Journal
from restora.jobs.order import Order
from restora.jobs.states import JobState

_SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One order in the queue."""

    order: Order
    state: JobState = JobState.QUEUED
    message: str = ""


class Queue:
    """The orders of one queue file. Every call sees what other processes did before it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries: dict[str, Entry] = {}
        self._pause_reason: str | None = None
        self._is_worked_on = False
        self._journal = Journal(
            path, start={"do": "start", "schema": _SCHEMA}, replay=self._replay, forget=self._forget
        )

    # -- reading -----------------------------------------------------------------------------------

    def entries(self) -> tuple[Entry, ...]:
        """All orders in sequence, ended ones included."""
        with self._journal.held():
            return tuple(self._entries.values())

    def pause_reason(self) -> str | None:
        """Why nothing is started; None where the queue is not paused."""
        with self._journal.held():
            return self._pause_reason

    def entry(self, order_id: str) -> Entry:
        """The order whose id starts with `order_id`; raises BadInputError where there is not exactly one."""
        with self._journal.held():
            return self._find(order_id)

    # -- changing ----------------------------------------------------------------------------------

    def add(self, orders: Collection[Order]) -> tuple[Entry, ...]:
        """Put orders at the end; what waits already for the same output is replaced.

        Raises BadInputError where one of them is in the queue already.
        """
        with self._journal.held():
            outputs = {order.output for order in orders}
            replaced = [
                entry.order.id
                for entry in self._entries.values()
                if entry.state is JobState.QUEUED and entry.order.output in outputs
            ]
            known = next((order for order in orders if order.id in self._entries), None)
            if known is not None:
                raise BadInputError(f"{known.id}: this job is in the queue already")
            lines: list[Mapping[str, JSON]] = [{"do": "add", "order": order.to_json()} for order in orders]
            # After the new ones: if the disk is full in between, nothing is lost.
            lines += [{"do": "remove", "id": order_id} for order_id in replaced]
            self._journal.append(*lines)
            return tuple(self._entries[order.id] for order in orders)

    def cancel(self, order_id: str) -> None:
        """Take a waiting order out; raises BadInputError where it does not wait."""
        with self._journal.held():
            entry = self._find(order_id)
            self._demand(entry, JobState.QUEUED, "cancelled")
            self._journal.append(_state_line(entry.order.id, JobState.CANCELLED))

    def retry(self, order_id: str | None = None) -> tuple[Entry, ...]:
        """Let a failed, refused or cancelled order wait again; None means all failed and refused ones."""
        failed = {JobState.FAILED, JobState.REFUSED}
        with self._journal.held():
            if order_id is None:
                chosen = [entry for entry in self._entries.values() if entry.state in failed]
            else:
                chosen = [self._find(order_id)]
                if chosen[0].state not in failed | {JobState.CANCELLED}:
                    raise BadInputError(f"{order_id}: a {chosen[0].state} job cannot be tried again")
            again = [entry.order.with_new_id() for entry in chosen]
            lines: list[Mapping[str, JSON]] = [{"do": "add", "order": order.to_json()} for order in again]
            lines += [{"do": "remove", "id": entry.order.id} for entry in chosen]
            self._journal.append(*lines)
            return tuple(self._entries[order.id] for order in again)

    def duplicate(self, order_id: str, **changes: object) -> Entry:
        """Add the order once more, with some fields changed."""
        with self._journal.held():
            order = self._find(order_id).order.with_new_id(**changes)
            self._journal.append({"do": "add", "order": order.to_json()})
            return self._entries[order.id]

    def move(self, order_id: str, place: int) -> None:
        """Bring an order to `place` among all orders, counted from 0."""
        with self._journal.held():
            entry = self._find(order_id)
            ids = [other for other in self._entries if other != entry.order.id]
            ids.insert(max(0, place), entry.order.id)
            self._journal.append({"do": "sequence", "ids": ids})

    def pause(self, reason: str = "paused by you") -> None:
        """Start no further order."""
        with self._journal.held():
            self._journal.append({"do": "pause", "reason": reason})

    def resume(self) -> None:
        """Start orders again."""
        with self._journal.held():
            self._journal.append({"do": "pause", "reason": None})

    def resume_if_idle(self) -> None:
        """End a pause that has nothing left to hold back."""
        with self._journal.held():
            waits = any(entry.state is JobState.QUEUED for entry in self._entries.values())
            if self._pause_reason is not None and not waits:
                self._journal.append({"do": "pause", "reason": None})

    def clear(self) -> int:
        """Forget ended orders; returns how many."""
        with self._journal.held():
            ended = [entry for entry in self._entries.values() if entry.state.is_final]
            kept = [entry for entry in self._entries.values() if not entry.state.is_final]
            self._journal.rewrite(_lines(kept, self._pause_reason, self._is_worked_on))
            return len(ended)

    # -- working -----------------------------------------------------------------------------------

    @contextmanager
    def working(self) -> Iterator[tuple[Order, ...]]:
        """Be the one process that works orders off; yields those that a killed process left half done.

        These wait again, in front, and the queue is paused. Raises RestoraError if another process works.
        """
        try:
            lock = self._worker_lock()
        except Timeout:
            raise RestoraError(
                "another restora is working on the queue",
                advice="Wait until it is done, or use a queue file of your own with --queue.",
            ) from None
        except OSError as error:
            problem = f"the list of waiting jobs cannot be used ({error.strerror or error})"
            raise FileProblemError(self._path, problem) from error
        with lock:
            torn = self._recover()
            self._note_work(is_on=True)
            try:
                yield torn
            finally:
                self._note_work(is_on=False)

    def tidy(self) -> tuple[Order, ...]:
        """Notice that a killed process left orders half done, as `working` does; nothing while one works."""
        try:
            with self._worker_lock():
                return self._recover()
        except Timeout:
            return ()

    def _worker_lock(self) -> AcquireReturnProxy[FileLock]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        return FileLock(f"{self._path}.worker").acquire(timeout=0)

    def take(self, only: Collection[str] | None = None) -> Order | None:
        """Mark the next waiting order as running and return it; None where nothing may start.

        With `only`, orders of these ids are taken even while the queue is paused: somebody asked for them.
        """
        with self._journal.held():
            if self._pause_reason is not None and only is None:
                return None
            for entry in self._entries.values():
                if entry.state is JobState.QUEUED and (only is None or entry.order.id in only):
                    self._journal.append(_state_line(entry.order.id, JobState.RUNNING))
                    return entry.order
            return None

    def finish(self, order_id: str, state: JobState, message: str = "") -> None:
        """Note how a running order ended."""
        with self._journal.held():
            self._journal.append(_state_line(order_id, state, message))

    def _note_work(self, *, is_on: bool) -> None:
        with self._journal.held():
            self._journal.append({"do": "work", "on": is_on})

    def _recover(self) -> tuple[Order, ...]:
        """Only inside the worker's lock: whoever is noted to be working then, was killed."""
        with self._journal.held():
            torn = [entry.order for entry in self._entries.values() if entry.state is JobState.RUNNING]
            if not torn and not self._is_worked_on:
                return ()
            ids = [order.id for order in torn]
            others = [order_id for order_id in self._entries if order_id not in ids]
            lines: list[Mapping[str, JSON]] = [_state_line(order_id, JobState.QUEUED) for order_id in ids]
            lines += [{"do": "sequence", "ids": [*ids, *others]}, {"do": "work", "on": False}]
            if torn or any(entry.state is JobState.QUEUED for entry in self._entries.values()):
                lines.append({"do": "pause", "reason": "restora was interrupted"})
            self._journal.append(*lines)
            return tuple(torn)

    # -- the journal -------------------------------------------------------------------------------

    def _forget(self) -> None:
        self._entries, self._pause_reason, self._is_worked_on = {}, None, False

    def _replay(self, line: Mapping[str, object]) -> None:
        match line.get("do"):
            case "start":
                if line.get("schema") != _SCHEMA:
                    raise ValueError(f"schema {line.get('schema')!r} is unknown")
            case "add":
                order = Order.from_json(expect(line["order"], dict, "order"))
                self._entries[order.id] = Entry(order=order)
            case "state":
                order_id = expect(line["id"], str, "id")
                state = JobState(expect(line["state"], str, "state"))
                message = expect(line["message"], str, "message")
                self._entries[order_id] = replace(self._entries[order_id], state=state, message=message)
            case "sequence":
                ids = [expect(order_id, str, "ids") for order_id in expect(line["ids"], list, "ids")]
                rank = {order_id: place for place, order_id in enumerate(ids)}
                ranked = sorted(self._entries.items(), key=lambda pair: rank.get(pair[0], len(rank)))
                self._entries = dict(ranked)
            case "pause":
                reason = line["reason"]
                self._pause_reason = None if reason is None else expect(reason, str, "reason")
            case "work":
                self._is_worked_on = expect(line["on"], bool, "on")
            case "remove":
                self._entries.pop(expect(line["id"], str, "id"), None)
            case unknown:
                raise ValueError(f"{unknown!r} is unknown")

    def _find(self, order_id: str) -> Entry:
        found = [entry for key, entry in self._entries.items() if order_id and key.startswith(order_id)]
        if len(found) != 1:
            problem = "no such job in the queue" if not found else f"{len(found)} jobs start with this"
            raise BadInputError(f"{order_id}: {problem}", advice="See `restora queue list`.")
        return found[0]

    def _demand(self, entry: Entry, state: JobState, verb: str) -> None:
        if entry.state is not state:
            raise BadInputError(f"{entry.order.id}: a {entry.state} job cannot be {verb}")


def _state_line(order_id: str, state: JobState, message: str = "") -> dict[str, JSON]:
    return {"do": "state", "id": order_id, "state": state.value, "message": message}


def _lines(
    entries: Collection[Entry], pause_reason: str | None, is_worked_on: bool
) -> list[Mapping[str, JSON]]:
    lines: list[Mapping[str, JSON]] = []
    for entry in entries:
        lines.append({"do": "add", "order": entry.order.to_json()})
        lines.append(_state_line(entry.order.id, entry.state, entry.message))
    return [*lines, {"do": "pause", "reason": pause_reason}, {"do": "work", "on": is_worked_on}]
