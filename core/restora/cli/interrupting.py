"""Ctrl-C: the first one cancels cleanly, the second one aborts."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from restora.cli.output import ProgressView


@contextmanager
def cancel_on_interrupt(cancel: Callable[[], None], view: ProgressView) -> Iterator[None]:
    """While the block runs, the first Ctrl-C (or a request to end) calls `cancel`, the second one raises."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        for number, handler in before.items():
            signal.signal(number, handler)
        view.say("cancelling; Ctrl-C once more aborts at once")
        cancel()

    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
