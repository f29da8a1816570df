"""Work off the GUI thread; what it returns is handed over on the GUI thread."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from queue import SimpleQueue
from typing import TypeVar

from PySide6.QtCore import QObject, Signal, Slot

_log = logging.getLogger("restora.desktop")

T = TypeVar("T")


def ignore(_value: object) -> None:
    """For callers that need nothing back."""


@dataclass(frozen=True, slots=True)
class _Task:
    work: Callable[[], object]
    done: Callable[[object], None]
    failed: Callable[[Exception], None]


class Tasks(QObject):
    """A few plain threads that work off functions in order. `close` must be called at the end.

    Signals:
        became_idle: nothing waits or runs any more.
    """

    became_idle = Signal()
    _ended = Signal(object, object, bool)

    def __init__(self, name: str, *, threads: int = 1, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queue: SimpleQueue[_Task | None] = SimpleQueue()
        self._open_tasks = 0
        self._is_closed = False
        self._ended.connect(self._hand_over)
        self._threads = [
            threading.Thread(target=self._serve, name=f"restora-{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits, runs, or is still to be handed over."""
        return self._open_tasks == 0

    def start(
        self,
        work: Callable[[], T],
        done: Callable[[T], None] = ignore,
        failed: Callable[[Exception], None] | None = None,
    ) -> None:
        """Do `work` on a thread, then call `done` with its value, or `failed` with its error, on this one.

        Without `failed` an error counts as a defect of the program. Nothing is taken after `close`.
        """
        if self._is_closed:
            return
        self._open_tasks += 1
        self._queue.put(_Task(work, done, failed or _raise))  # type: ignore[arg-type]  # done takes what work gives

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """Take nothing any more and end the threads; False if one does not let go in time."""
        self._is_closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join(timeout_seconds)
        return not any(thread.is_alive() for thread in self._threads)

    def _serve(self) -> None:
        while (task := self._queue.get()) is not None:
            if self._is_closed:
                continue
            try:
                outcome: object = task.work()
                succeeded = True
            except (Exception, SystemExit) as error:  # noqa: BLE001 - the worker's guard: handed over as a value
                outcome, succeeded = error, False
            if not self._is_closed:
                self._ended.emit(task, outcome, succeeded)
            # Otherwise the outcome's arrays would live until the next task comes.
            del task, outcome

    @Slot(object, object, bool)
    def _hand_over(self, task: _Task, outcome: object, succeeded: bool) -> None:
        self._open_tasks -= 1
        if self._is_closed:
            return
        try:
            if succeeded:
                task.done(outcome)
            elif isinstance(outcome, Exception):
                task.failed(outcome)
            else:
                task.failed(RuntimeError("a plugin tried to end the program"))
        finally:
            if self._open_tasks == 0:
                self.became_idle.emit()


def _raise(error: Exception) -> None:
    raise error
