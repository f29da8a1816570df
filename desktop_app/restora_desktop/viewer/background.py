"""Work off the GUI thread where only the newest request counts."""

from __future__ import annotations

import itertools
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TypeAlias
from weakref import WeakValueDictionary

from PySide6.QtCore import QCoreApplication, QObject, Signal, Slot

_MOST_THREADS = 8


class StaleError(Exception):
    """Nobody waits for this result any more."""


class Token:
    """Tells work in progress whether anybody still wants it."""

    def __init__(self) -> None:
        self._stale = threading.Event()

    def withdraw(self) -> None:
        """Nobody wants it any more."""
        self._stale.set()

    def check(self) -> None:
        """Raise StaleError if nobody wants it; long work calls this between its parts."""
        if self._stale.is_set():
            raise StaleError


Work: TypeAlias = Callable[[Token], object]


class Background(QObject):
    """A few plain threads for display work; every result is handed over on the thread that owns this object.

    One thread is kept for slow work (pyramids, histograms, differences), so that what the hand drags is
    never queued behind it. `close` must be called, or the threads would outlive the window.
    """

    _done = Signal(object, object)

    def __init__(self, parent: QObject | None = None, *, threads: int | None = None) -> None:
        super().__init__(parent)
        count = threads or max(1, min(_MOST_THREADS, (os.cpu_count() or 2) - 1))
        self._condition = threading.Condition()
        self._waiting: dict[bool, deque[_Task]] = {True: deque(), False: deque()}
        self._running: set[_Task] = set()
        self._closed = False
        self._clients: WeakValueDictionary[int, Latest] = WeakValueDictionary()
        self._ids = itertools.count()
        self._done.connect(self._hand_over)
        slow_flags = [False] * count + [True]
        self._threads = [
            threading.Thread(target=self._serve, args=(slow,), name=f"restora-display-{n}", daemon=True)
            for n, slow in enumerate(slow_flags)
        ]
        for thread in self._threads:
            thread.start()
        application = QCoreApplication.instance()
        if application is not None:
            # A thread that reports after Qt is gone would end the process with a crash.
            application.aboutToQuit.connect(self.close)

    @Slot()
    def close(self) -> None:
        """Drop what waits, stop what runs at its next check, and end the threads; closing twice is fine."""
        with self._condition:
            self._closed = True
            for tasks in self._waiting.values():
                tasks.clear()
            for task in self._running:
                task.token.withdraw()
            self._condition.notify_all()
        for thread in self._threads:
            thread.join()

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits or runs, and every result is handed over."""
        with self._condition:
            return not (self._running or any(self._waiting.values()))

    def enrol(self, client: Latest) -> int:
        """A number by which results find their way back."""
        number = next(self._ids)
        self._clients[number] = client
        return number

    def put(self, task: _Task) -> None:
        """Queue one task."""
        with self._condition:
            if not self._closed:
                self._waiting[task.is_slow].append(task)
                self._condition.notify_all()

    def _serve(self, is_slow: bool) -> None:
        while (task := self._next(is_slow)) is not None:
            try:
                task.token.check()
                outcome: object = task.work(task.token)
            except StaleError as error:
                outcome = error
            except Exception as error:  # noqa: BLE001 - a worker thread must live on; the client tells the user
                outcome = error
            with self._condition:
                if self._closed:
                    self._running.discard(task)
                    return
            self._done.emit(task, outcome)
            # Otherwise the array would stay alive until the next task arrives.
            del task, outcome

    def _next(self, is_slow: bool) -> _Task | None:
        waiting = self._waiting[is_slow]
        with self._condition:
            self._condition.wait_for(lambda: self._closed or waiting)
            if self._closed:
                return None
            task = waiting.popleft()
            self._running.add(task)
            return task

    @Slot(object, object)
    def _hand_over(self, task: _Task, outcome: object) -> None:
        with self._condition:
            self._running.discard(task)
        found = self._clients.get(task.client)
        if found is not None:
            found.receive(task.serial, outcome)


class _Task:
    """One piece of work and where its result goes."""

    def __init__(self, client: int, serial: int, work: Work, *, is_slow: bool) -> None:
        self.client, self.serial, self.work, self.is_slow = client, serial, work, is_slow
        self.token = Token()


class Latest(QObject):
    """One stream of requests: at most one runs, and of those that wait only the newest survives.

    A running one is finished and shown although a newer one waits: otherwise a view that is dragged
    without pause would never change.

    Signals:
        ready: the value that the work returned.
        failed: the exception that it raised.
    """

    ready = Signal(object)
    failed = Signal(object)

    def __init__(
        self, background: Background, parent: QObject | None = None, *, is_slow: bool = False
    ) -> None:
        super().__init__(parent)
        self._background = background
        self._is_slow = is_slow
        self._number = background.enrol(self)
        self._serials = itertools.count()
        self._running: _Task | None = None
        self._waiting: Work | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a result is still to come."""
        return self._running is not None

    def request(self, work: Work) -> None:
        """Do this next, instead of anything that still waits."""
        if self._running is None:
            self._start(work)
        else:
            self._waiting = work

    def withdraw(self) -> None:
        """No result that is not there yet is wanted."""
        self._waiting = None
        if self._running is not None:
            self._running.token.withdraw()
            self._running = None

    def receive(self, serial: int, outcome: object) -> None:
        """Called by Background on the GUI thread."""
        if self._running is None or self._running.serial != serial:
            return
        self._running = None
        if self._waiting is not None:
            work, self._waiting = self._waiting, None
            self._start(work)
        if isinstance(outcome, StaleError):
            return
        if isinstance(outcome, Exception):
            self.failed.emit(outcome)
        else:
            self.ready.emit(outcome)

    def _start(self, work: Work) -> None:
        self._running = _Task(self._number, next(self._serials), work, is_slow=self._is_slow)
        self._background.put(self._running)
