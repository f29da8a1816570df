"""An append-only file of JSON lines that several processes may share and that survives a kill at any moment.

A line counts once its newline is on the disk; a torn last line is cut away. The file lock orders the writers.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock

from restora.data.json_values import JSON, expect
from restora.errors import FileProblemError
from restora.io.atomic import atomic_write

Replay = Callable[[Mapping[str, object]], None]
_HEAD_BYTES = 128
"""Longer than a start line."""


class Journal:
    """Lines in one file; `replay` is called with every line that this process has not seen yet.

    The first line of every new file is `start`, with a mark that tells this file from an earlier one of the
    same name. Where the disk refuses, a FileProblemError says so and the file is as it was.
    """

    def __init__(
        self,
        path: Path,
        *,
        start: Mapping[str, JSON],
        replay: Replay,
        forget: Callable[[], None],
    ) -> None:
        self._path = path
        self._start = start
        self._replay = replay
        self._forget = forget
        self._lock = FileLock(f"{path}.lock")
        self._seen = 0
        self._head = b""

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody else reads or writes meanwhile, and everything that others wrote has been replayed."""
        with self._told():
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
        try:
            with self._told():
                self._catch_up()
            yield
        finally:
            self._lock.release()

    def append(self, *lines: Mapping[str, JSON]) -> None:
        """Write lines and replay them; only inside `held`."""
        first = [] if self._seen else [self._marked_start()]
        with self._told():
            try:
                with self._path.open("ab") as stream:
                    stream.write(_text([*first, *lines]))
                    stream.flush()
                    os.fsync(stream.fileno())
            except OSError:
                with contextlib.suppress(OSError):  # a part of the lines may have come through
                    os.truncate(self._path, self._seen)
                raise
            self._catch_up()

    def rewrite(self, lines: list[Mapping[str, JSON]]) -> None:
        """Replace the whole file by `lines`; only inside `held`."""
        text = _text([self._marked_start(), *lines])
        with self._told():
            atomic_write(self._path, lambda stream: _put(stream, text))
            self._catch_up()

    def _marked_start(self) -> Mapping[str, JSON]:
        return {**self._start, "mark": secrets.token_hex(8)}

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            problem = f"the list of waiting jobs cannot be used ({error.strerror or error})"
            raise FileProblemError(self._path, problem) from error

    def _catch_up(self) -> None:
        try:
            stream = self._path.open("rb")
        except FileNotFoundError:
            self._start_over()
            return
        with stream:
            # Inode numbers are used again, so it is the first bytes that tell one file from the next.
            if stream.read(len(self._head)) != self._head or stream.seek(0, os.SEEK_END) < self._seen:
                self._start_over()
            stream.seek(self._seen)
            fresh = stream.read()
        complete = fresh[: fresh.rfind(b"\n") + 1]
        if len(complete) < len(fresh):  # a writer was killed in the middle of a line
            os.truncate(self._path, self._seen + len(complete))
        if not self._seen:
            self._head = complete[:_HEAD_BYTES]
        for line in complete.splitlines():
            self._replay_line(line)
        self._seen += len(complete)

    def _start_over(self) -> None:
        self._forget()
        self._seen, self._head = 0, b""

    def _replay_line(self, line: bytes) -> None:
        try:
            self._replay(expect(json.loads(line), dict, "a line"))
        except (ValueError, TypeError, KeyError, RecursionError) as error:
            raise FileProblemError(
                self._path,
                f"the list of waiting jobs is damaged ({error})",
                advice="Move the file away; restora starts a new list.",
            ) from error


def _text(lines: Sequence[Mapping[str, JSON]]) -> bytes:
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _put(stream: BinaryIO, text: bytes) -> None:
    stream.write(text)
