"""The switch by which a user cancels or pauses a job."""

from __future__ import annotations

import threading
import time

from restora.errors import Cancelled


class Token:
    """Shared by the job's owner, who switches, and the lane, which looks at every checkpoint."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._may_run = threading.Event()
        self._may_run.set()

    @property
    def is_cancelled(self) -> bool:
        """Whether the job was taken back."""
        return self._cancelled.is_set()

    @property
    def is_paused(self) -> bool:
        """Whether the job is asked to wait."""
        return not self._may_run.is_set()

    def cancel(self) -> None:
        """Take the job back; also wakes a paused one, so that it can end."""
        self._cancelled.set()
        self._may_run.set()

    def pause(self) -> None:
        """Ask the job to wait at its next checkpoint."""
        if not self.is_cancelled:
            self._may_run.clear()

    def resume(self) -> None:
        """Let a paused job go on."""
        self._may_run.set()

    def check(self) -> None:
        """Raise Cancelled if the job was taken back."""
        if self.is_cancelled:
            raise Cancelled

    def wait_while_paused(self) -> float:
        """Block until the job may go on; returns the seconds waited. Raises Cancelled if taken back."""
        began = time.monotonic()
        self._may_run.wait()
        self.check()
        return time.monotonic() - began
