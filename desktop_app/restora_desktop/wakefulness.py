"""Keeps the machine awake while jobs run, with what the system offers for that."""

from __future__ import annotations

import shutil
import subprocess
import sys

_PATIENCE_SECONDS = 1.0
_ES_CONTINUOUS, _ES_SYSTEM_REQUIRED = 0x80000000, 0x00000001


class Wakefulness:
    """Switched on and off; where the system offers nothing, nothing happens."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._is_on = False

    def set_on(self, on: bool) -> None:
        """Keep awake from now on, or no longer."""
        if on == self._is_on:
            return
        self._is_on = on
        if sys.platform == "win32":
            import ctypes

            state = _ES_CONTINUOUS | (_ES_SYSTEM_REQUIRED if on else 0)
            ctypes.windll.kernel32.SetThreadExecutionState(state)
        elif on:
            self._start()
        else:
            self._end()

    def _start(self) -> None:
        command = _command()
        if command is not None:
            self._process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )

    def _end(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.communicate(timeout=_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.communicate()
            self._process = None


def _command() -> list[str] | None:
    """A program that holds sleep off for as long as its input stays open: it ends when this process does."""
    if sys.platform == "darwin":
        return ["caffeinate", "-i", "cat"]
    if shutil.which("systemd-inhibit"):
        why = ["--what=idle:sleep", "--who=restora", "--why=jobs are running", "--mode=block"]
        return ["systemd-inhibit", *why, "cat"]
    return None
