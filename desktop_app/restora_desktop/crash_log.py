"""Where the interpreter writes when it dies, and what it wrote last time."""

from __future__ import annotations

import faulthandler
from pathlib import Path
from typing import TextIO

_LONGEST = 64 * 1024


class CrashLog:
    """Open while the program runs; `last_report` is what an earlier run left, empty for a good end."""

    def __init__(self, path: Path) -> None:
        self.last_report = _read(path)
        self._stream: TextIO | None = None
        self._had_handler = faulthandler.is_enabled()
        if self._had_handler:
            return  # somebody else, such as a test runner, wants these reports
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._stream = path.open("w", encoding="utf-8")
        except OSError:
            return
        faulthandler.enable(self._stream)

    def close(self) -> None:
        """The program ends well."""
        if self._stream is not None:
            faulthandler.disable()
            self._stream.close()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")[:_LONGEST]
    except OSError:
        return ""
