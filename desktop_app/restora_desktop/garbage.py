"""Garbage is collected on the GUI thread only.

Python collects on whichever thread allocates; a QObject freed on a lane's thread crashes the program.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

_YOUNG_MS = 1000
_FULL_AFTER = 60
"""Young collections between two full ones."""


class GarbageCollector(QObject):
    """Takes automatic collection off and collects from a timer; `close` brings it back."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._count = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_YOUNG_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def close(self) -> None:
        """Let Python collect by itself again."""
        self._timer.stop()
        gc.enable()

    def freeze(self) -> None:
        """Never look again at what lives now: after heavy libraries were imported, which never go away."""
        gc.collect()
        gc.freeze()

    def _collect(self) -> None:
        self._count += 1
        gc.collect(2 if self._count % _FULL_AFTER == 0 else 1)
