"""K8 and K9: cancel, pause and progress."""

from __future__ import annotations

import gc
import threading
import time
from itertools import pairwise

from restora.data.item import Item
from restora.errors import Cancelled
from restora.jobs.cancelling import Token
from restora.jobs.execution import Outcome
from restora.plugins.declarations import Grain
from restora.testing.bench import Bench, Trace, sample_item
from restora.testing.outcomes import is_same
from restora.testing.subject import Subject
from restora.testing.verdicts import CheckFailedError

GRAINS_AFTER_CANCEL = 2
"""Checkpoints that a method may still reach after it was cancelled; each of them raises."""

REPORT_SECONDS = 2.0
"""A person believes that a program hangs after about twice that."""

MEMORY_GROWTH = 0.05
_SMALL_GROWTH_MIB = 16.0
"""Allocators keep that much without a leak."""

_PAUSE_SECONDS = 0.15
_NEARLY = 1e-3


def cancelling(subject: Subject) -> str:
    """K8: a cancel at any stage ends the run at once, gives memory back and leaves the method usable."""
    item = sample_item(subject.info, 64, 48)
    with subject.bench() as bench:
        bench.run(item, seed=3)  # what a method brings along at its first run only must not be counted
        trace = Trace()
        first = bench.run(item, seed=3, trace=trace)
        _require_checkpoints(bench, trace)
        gc.collect()
        before = _resident_mib()
        places = sorted({1, trace.checkpoints // 2 + 1, trace.checkpoints})
        resumed = [_cancel_at(bench, item, place, trace.checkpoints) for place in places]
        gc.collect()
        grown = _resident_mib() - before
        if grown > max(MEMORY_GROWTH * before, _SMALL_GROWTH_MIB):
            raise CheckFailedError(f"{grown:.0f} MiB stay taken after {len(places)} cancelled runs")
        again = bench.run(item, seed=3)
    if not all(is_same(first, each) for each in (again, *resumed) if each is not None):
        raise CheckFailedError("after a cancel the next run gives another result than a fresh one")
    return f"ends at checkpoints {', '.join(map(str, places))} of {trace.checkpoints}"


def _require_checkpoints(bench: Bench, trace: Trace) -> None:
    """The host looks up before each call; a finer grain than that is the method's own affair."""
    grain = bench.info.grain
    if trace.checkpoints == 0 or (trace.own_checkpoints == 0 and grain is not Grain.CALL):
        raise CheckFailedError(
            f"its grain is {grain}, but it never calls context.checkpoint() or context.stage()"
        )


def _cancel_at(bench: Bench, item: Item, place: int, total: int) -> Outcome | None:
    """The result of a run that went on from a cancelled one and ended before `place`; None else."""
    trace = Trace(cancel_at=place)
    try:
        finished = bench.run(item, seed=3, trace=trace)
    except Cancelled:
        if trace.after_cancel > GRAINS_AFTER_CANCEL:
            reached = f"went on for {trace.after_cancel} checkpoints"
            raise CheckFailedError(f"cancelled at checkpoint {place} of {total}, it {reached}") from None
        return None
    if trace.checkpoints >= place:
        raise CheckFailedError(f"cancelled at checkpoint {place} of {total}, it finished all the same")
    return finished


def _resident_mib() -> float:
    import psutil

    return float(psutil.Process().memory_info().rss) / 2**20


def pausing(subject: Subject) -> str:
    """K9: it waits while paused, and its progress rises steadily to 1."""
    item = sample_item(subject.info, 64, 48)
    with subject.bench() as bench:
        plain = Trace()
        began = time.monotonic()
        first = bench.run(item, seed=4, trace=plain)
        _check_progress(plain, began, time.monotonic())
        _require_checkpoints(bench, plain)
        paused, waited = _paused_run(bench, item)
    if not is_same(first, paused):
        raise CheckFailedError("the result differs after a pause")
    if waited < _PAUSE_SECONDS:
        raise CheckFailedError("it did not wait while it was paused")
    return f"{len(plain.moves)} reports, waits while paused"


def _check_progress(trace: Trace, began: float, ended: float) -> None:
    if not trace.moves:
        raise CheckFailedError("reports no progress; use `with context.stage(name) as stage`")
    fractions = [fraction for _, fraction in trace.moves]
    back = next(((a, b) for a, b in pairwise(fractions) if b < a - _NEARLY), None)
    if back is not None:
        raise CheckFailedError(f"progress falls from {back[0]:.3f} to {back[1]:.3f}")
    if fractions[-1] < 1 - _NEARLY:
        raise CheckFailedError(
            f"progress ends at {fractions[-1]:.3f}; the weights of the stages must add up to 1"
        )
    moments = [began, *(moment for moment, _ in trace.moves), ended]
    longest = max(b - a for a, b in pairwise(moments))
    if longest > REPORT_SECONDS:
        raise CheckFailedError(f"{longest:.1f} s without a report, allowed are {REPORT_SECONDS:g}")


def _paused_run(bench: Bench, item: Item) -> tuple[Outcome, float]:
    """The result of a run that is paused at its first checkpoint, and how long that took."""
    trace = Trace()
    pause = _PauseOnce(trace.token)
    trace.at_checkpoint = pause.at_checkpoint
    try:
        began = time.monotonic()
        outcome = bench.run(item, seed=4, trace=trace)
        return outcome, time.monotonic() - began
    finally:
        pause.join()


class _PauseOnce:
    """Pauses a token at the first checkpoint and lets it go on from another thread, as a person would."""

    def __init__(self, token: Token) -> None:
        self._token = token
        self._timer: threading.Timer | None = None

    def at_checkpoint(self) -> None:
        if self._timer is None:
            self._token.pause()
            self._timer = threading.Timer(_PAUSE_SECONDS, self._token.resume)
            self._timer.start()

    def join(self) -> None:
        if self._timer is not None:
            self._timer.join()
