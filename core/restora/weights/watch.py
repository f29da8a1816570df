"""How long work on files is watched: progress goes out, a wish to stop comes in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from restora.errors import Cancelled


def _nobody(_done: int, _total: int) -> None:
    """Nobody looks."""


def _never() -> bool:
    """Nobody cancels."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Two callables that long work on a file calls between its chunks."""

    progress: Callable[[int, int], None] = _nobody
    """Told (bytes done, bytes in all); the second is 0 where the size is not known."""
    cancel: Callable[[], bool] = _never
    """Asked whether to stop; the work then raises Cancelled and leaves what can be continued."""

    def advance(self, done: int, total: int) -> None:
        """Report, then raise Cancelled if the user took the job back."""
        self.progress(done, total)
        self.check()

    def check(self) -> None:
        """Raise Cancelled if the user took the job back."""
        if self.cancel():
            raise Cancelled


UNWATCHED = Watch()
"""For short work and for callers that neither show nor cancel."""
