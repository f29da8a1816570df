"""The peak of main memory during a block of work, as exactly as the system tells."""

from __future__ import annotations

import ctypes
import gc
import sys
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from restora.jobs.devices import CpuDevice, Measurement, measured

_RESET = Path("/proc/self/clear_refs")
_STATUS = Path("/proc/self/status")


@contextmanager
def measured_exactly() -> Iterator[Measurement]:
    """The peak above what was taken at the start; known when the block has ended.

    Linux keeps the highest mark itself. Elsewhere the larger of two counters is taken: samples of the
    resident memory miss short peaks and what is given out a second time, tracemalloc misses what torch takes.
    """
    gc.collect()
    if _reset_high_mark():
        measurement = Measurement()
        before = _status_mib("VmRSS")
        yield measurement
        measurement.peak_mib = max(0.0, _status_mib("VmHWM") - before)
        return
    tracemalloc.start()
    try:
        with measured(CpuDevice()) as measurement:
            yield measurement
        measurement.peak_mib = max(measurement.peak_mib, tracemalloc.get_traced_memory()[1] / 2**20)
    finally:
        tracemalloc.stop()


def _reset_high_mark() -> bool:
    """Forget the highest resident memory so far; False where the system cannot."""
    if not sys.platform.startswith("linux"):
        return False
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # or freed memory would count as taken, and its reuse as free
    try:
        _RESET.write_text("5")
        return _status_mib("VmHWM") > 0
    except (OSError, ValueError):
        return False


def _status_mib(name: str) -> float:
    """A line of the process's status, which is in KiB."""
    for line in _STATUS.read_text().splitlines():
        if line.startswith(f"{name}:"):
            return float(line.split()[1]) / 1024
    raise ValueError(f"{_STATUS} has no {name}")
