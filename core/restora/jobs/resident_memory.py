"""The peak of this process's memory, as the system keeps it, or else as samples show it."""

from __future__ import annotations

import ctypes
import sys
import threading
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Protocol

_MIB = 2**20
_SAMPLING_SECONDS = 0.01
_RESET = Path("/proc/self/clear_refs")
_RESET_PEAK = "5"
_STATUS = Path("/proc/self/status")


class PeakWatch(Protocol):
    """A watch that has begun."""

    def stop(self) -> float:
        """The highest memory since the begin above that at the begin, in MiB."""
        ...


def watch_resident_memory() -> PeakWatch:
    """Begin to watch: exactly where the system keeps a highest mark, by samples elsewhere."""
    give_back_free_memory()  # or memory that is used a second time would not be seen
    try:
        return _KeptPeak()
    except (OSError, ValueError):
        return _SampledPeak()


def give_back_free_memory() -> None:
    """Hand memory that the C library keeps in reserve back to the system, where it can be told to."""
    trim = _trimmer()
    if trim is not None:
        trim(0)


@cache
def _trimmer() -> Callable[[int], int] | None:
    """glibc's malloc_trim; other C libraries give memory back by themselves or not at all."""
    if not sys.platform.startswith("linux"):
        return None
    trim: Callable[[int], int] | None = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return trim


class _KeptPeak:
    """Linux keeps the highest mark itself; raises OSError or ValueError where it does not."""

    def __init__(self) -> None:
        _RESET.write_text(_RESET_PEAK)
        self._before = _highest_mib()

    def stop(self) -> float:
        return max(0.0, _highest_mib() - self._before)


def _highest_mib() -> float:
    for line in _STATUS.read_text().splitlines():
        if line.startswith("VmHWM:"):
            return float(line.split()[1]) / 1024
    raise ValueError(f"{_STATUS} has no highest mark")


class _SampledPeak:
    """Looks a hundred times a second, on a thread of its own; what is shorter may be missed."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._before = self._process.memory_info().rss
        self._highest = self._before
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="restora-memory", daemon=True)
        self._thread.start()

    def _watch(self) -> None:
        while not self._ended.wait(_SAMPLING_SECONDS):
            self._look()

    def _look(self) -> None:
        self._highest = max(self._highest, self._process.memory_info().rss)

    def stop(self) -> float:
        self._ended.set()
        self._thread.join()
        self._look()
        return (self._highest - self._before) / _MIB
