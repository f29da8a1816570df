"""How far a file is read or written, told to whoever listens in the same thread.

Readers and writers call `tell`; their callers need not hand anything through. Without a listener it costs
a look at one variable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Listener = Callable[[float], None]
"""Takes the share that is done, 0 to 1. What it raises ends the reading or writing: so it is cancelled."""

_listener: ContextVar[Listener | None] = ContextVar("restora_file_progress", default=None)


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` about every file that this thread reads or writes within the block."""
    token = _listener.set(listener)
    try:
        yield
    finally:
        _listener.reset(token)


def tell(done: float, whole: float = 1.0) -> None:
    """So much of the whole is done."""
    listener = _listener.get()
    if listener is not None:
        listener(min(1.0, done / whole) if whole > 0 else 1.0)


class Percents:
    """A listener that tells whole percents only, each once and rising until the next file begins at 0.

    A large file has thousands of parts, and whoever is told may be in another thread or draw a bar.
    """

    def __init__(self, tell: Callable[[int], None]) -> None:
        self._tell = tell
        self._last = -1

    def __call__(self, share: float) -> None:
        """So much is done."""
        percents = int(100 * share)
        if percents > self._last or share == 0:
            self._last = percents
            self._tell(percents)
