"""One array worked on by a few threads: numpy lets go of the interpreter while it computes."""

from __future__ import annotations

import os
from collections.abc import Callable

_MOST_WORKERS = 4

_THREADED_FROM = 2**23
"""Samples from which a second core pays for the pool."""


def workers() -> int:
    """How many threads may work on one picture."""
    return min(_MOST_WORKERS, os.cpu_count() or 1)


def in_parallel(count: int, work: Callable[[int, int], None], *, weight: int = 1) -> None:
    """Call `work(first, end)` for parts of 0..count on several threads; `weight` is samples per one."""
    threads = min(workers(), count)
    if threads < 2 or count * weight < _THREADED_FROM:
        work(0, count)
        return
    edges = [count * index // threads for index in range(threads + 1)]
    from concurrent.futures import ThreadPoolExecutor  # not before it is needed: it takes a while

    with ThreadPoolExecutor(threads) as pool:
        for _ in pool.map(work, edges[:-1], edges[1:]):
            pass
