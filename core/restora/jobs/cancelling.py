"""The switch by which a user cancels or pauses a job."""

from __future__ import annotations

import threading
import time

from restora.errors import Cancelled


class Token:
    """Shared by the job's owner, who switches, and the lane, which looks at every checkpoint."""

    def __init__(self) -> None:
        self._changed = threading.Condition()  # its lock can be taken again, also by a signal's handler
        self._is_cancelled = False
        self._is_paused = False

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was taken back."""
        return self._is_cancelled

    @property
    def is_paused(self) -> bool:
        """Whether the job is asked to wait; never true of a cancelled one."""
        return self._is_paused

    def cancel(self) -> None:
        """Take the job back; also wakes a paused one, so that it can end."""
        with self._changed:
            self._is_cancelled, self._is_paused = True, False
            self._changed.notify_all()

    def pause(self) -> None:
        """Ask the job to wait at its next checkpoint; a cancelled job is left alone."""
        with self._changed:
            self._is_paused = not self._is_cancelled

    def resume(self) -> None:
        """Let a paused job go on."""
        with self._changed:
            self._is_paused = False
            self._changed.notify_all()

    def check(self) -> None:
        """Raise Cancelled if the job was taken back."""
        if self._is_cancelled:
            raise Cancelled

    def wait_while_paused(self) -> float:
        """Block until the job may go on; returns the seconds waited. Raises Cancelled if taken back."""
        began = time.monotonic()
        with self._changed:
            self._changed.wait_for(lambda: not self._is_paused)
        self.check()
        return time.monotonic() - began

    def rest(self, seconds: float) -> None:
        """Do nothing for that long, or until the job is taken back; then raises Cancelled."""
        with self._changed:
            self._changed.wait_for(lambda: self._is_cancelled, seconds)
        self.check()
