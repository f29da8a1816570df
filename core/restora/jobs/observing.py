"""Telling observers of ended jobs on a thread of their own, so that a slow one holds nothing up."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from queue import SimpleQueue

from restora.plugins.declarations import JobRecord

_log = logging.getLogger("restora.observers")


class ObserverThread:
    """Hands records on in order. The thread starts with the first one and never keeps the program alive."""

    def __init__(self, tell: Callable[[JobRecord], None]) -> None:
        self._tell = tell
        self._records: SimpleQueue[JobRecord | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def put(self, record: JobRecord) -> None:
        """Tell of one job soon; returns at once."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._live, name="restora-observers", daemon=True)
                self._thread.start()
        self._records.put(record)

    def close(self, timeout_seconds: float) -> bool:
        """Wait until everybody was told; False where an observer takes longer."""
        if self._thread is None:
            return True
        self._records.put(None)
        self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def _live(self) -> None:
        while (record := self._records.get()) is not None:
            try:
                self._tell(record)
            except Exception:  # noqa: BLE001 - the plugin's guard: the others are still to be told
                _log.exception("an observer failed")
