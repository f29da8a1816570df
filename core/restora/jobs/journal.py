"""An append-only file of JSON lines that several processes may share and that survives a kill at any moment.

A line counts once its newline is on the disk; a torn last line is cut away. The file lock orders the writers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

from restora.data.json_values import JSON, expect
from restora.errors import FileProblemError
from restora.io.atomic import atomic_write

Replay = Callable[[Mapping[str, object]], None]


class Journal:
    """Lines in one file; `replay` is called with every line that this process has not seen yet."""

    def __init__(self, path: Path, *, replay: Replay, forget: Callable[[], None]) -> None:
        self._path = path
        self._replay = replay
        self._forget = forget
        self._lock = FileLock(f"{path}.lock")
        self._seen = 0
        self._identity: tuple[int, int] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else reads or writes meanwhile, and everything that others wrote has been replayed."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._lock:
            self._catch_up()
            yield

    def append(self, *lines: Mapping[str, JSON]) -> None:
        """Write lines and replay them; only inside `held`."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        with self._path.open("ab") as stream:
            stream.write(text.encode())
            stream.flush()
            os.fsync(stream.fileno())
        self._catch_up()

    def rewrite(self, lines: list[Mapping[str, JSON]]) -> None:
        """Replace the whole file by `lines`; only inside `held`."""
        text = "".join(json.dumps(line) + "\n" for line in lines)
        atomic_write(self._path, lambda stream: _write(stream.write, text))
        self._catch_up()

    def _catch_up(self) -> None:
        try:
            status = self._path.stat()
        except FileNotFoundError:
            self._start_over(None)
            return
        identity = (status.st_dev, status.st_ino)
        if identity != self._identity or status.st_size < self._seen:
            self._start_over(identity)
        with self._path.open("rb") as stream:
            stream.seek(self._seen)
            fresh = stream.read()
        complete = fresh[: fresh.rfind(b"\n") + 1]
        if len(complete) < len(fresh):  # a writer was killed in the middle of a line
            os.truncate(self._path, self._seen + len(complete))
        for line in complete.splitlines():
            self._replay_line(line)
        self._seen += len(complete)

    def _start_over(self, identity: tuple[int, int] | None) -> None:
        self._forget()
        self._seen, self._identity = 0, identity

    def _replay_line(self, line: bytes) -> None:
        try:
            self._replay(expect(json.loads(line), dict, "a line"))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise FileProblemError(
                self._path,
                f"the list of waiting jobs is damaged ({error})",
                advice="Move the file away; restora starts a new list.",
            ) from error


def _write(write: Callable[[bytes], int], text: str) -> None:
    write(text.encode())
