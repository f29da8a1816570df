"""Spreads kernels over the processor's cores, with a chance to cancel between any two pieces."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, TypeVar

from numba import config

T = TypeVar("T")

_pool: ThreadPoolExecutor | None = None
_pool_lock = threading.Lock()


def thread_count() -> int:
    """How many threads draw: the cores this process may use, or NUMBA_NUM_THREADS."""
    return int(config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]  # numba sets it while it starts


def ranges(count: int, length: int) -> list[tuple[int, int]]:
    """Cut 0..count into pieces of `length`."""
    return [(start, min(start + length, count)) for start in range(0, count, length)]


def share(tasks: Iterable[T], work: Callable[[T], None], between: Callable[[], None] | None = None) -> None:
    """Do `work` for every task on all cores; return when all are done.

    The calling thread works too and calls `between` after each of its tasks. What that or a task raises
    ends the sharing: nobody takes another task, and it is raised here once the running ones are through.
    """
    queue = _Queue(tasks)
    helpers: list[Future[None]] = []
    if thread_count() > 1:
        helpers = [_helpers().submit(_help, queue, work) for _ in range(thread_count() - 1)]
    try:
        for task in queue:
            work(task)
            if between is not None:
                between()
    finally:
        queue.close()
        # A helper that is still queued behind another picture's has nothing left to do here.
        started = [helper for helper in helpers if not helper.cancel()]
        errors = [error for helper in started if (error := helper.exception()) is not None]
    if errors:
        raise errors[0]


def _help(queue: _Queue[T], work: Callable[[T], None]) -> None:
    try:
        for task in queue:
            work(task)
    except BaseException:
        queue.close()
        raise


def _helpers() -> ThreadPoolExecutor:
    global _pool
    with _pool_lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(thread_count() - 1, thread_name_prefix="restora-raster")
        return _pool


def _forget_helpers() -> None:
    """A forked process has the pool but none of its threads, and would wait for them for ever."""
    global _pool, _pool_lock
    _pool, _pool_lock = None, threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_helpers)


class _Queue(Generic[T]):
    """Tasks that several threads take from."""

    def __init__(self, tasks: Iterable[T]) -> None:
        self._tasks = iter(tasks)
        self._lock = threading.Lock()
        self._is_open = True

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        with self._lock:
            if not self._is_open:
                raise StopIteration
            return next(self._tasks)

    def close(self) -> None:
        with self._lock:
            self._is_open = False
