"""An unfinished download: the bytes that are here, their hash so far, and what they are the beginning of."""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path

from restora.data.json_values import expect
from restora.errors import DownloadError
from restora.weights.hashing import CHUNK, write_text
from restora.weights.watch import Watch


class PartialFile:
    """Grows by appending; a new instance goes on where the last one, or the last process, stopped."""

    def __init__(self, path: Path, watch: Watch) -> None:
        self.path = path
        self.length = 0
        self._digest = hashlib.sha256()
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            self._take_up(watch)

    @property
    def sha256(self) -> str:
        """The hash of what is here."""
        return self._digest.hexdigest()

    @property
    def validator(self) -> str | None:
        """The server's tag for the version that these bytes begin; None where it gave none."""
        try:
            raw = expect(json.loads(self._note.read_text(encoding="utf-8")), dict, "the note")
            return expect(raw.get("validator"), str, "validator")
        except (OSError, TypeError, ValueError, RecursionError):
            return None

    @contextlib.contextmanager
    def growing(self) -> Iterator[Callable[[bytes], None]]:
        """Hand out a function that appends; DownloadError where the disk does not take the bytes."""
        try:
            stream = self.path.open("ab")
        except OSError as error:
            raise self._disk_error(error) from error

        def append(chunk: bytes) -> None:
            try:
                stream.write(chunk)
                stream.flush()
            except OSError as error:
                raise self._disk_error(error) from error
            self._digest.update(chunk)
            self.length += len(chunk)

        try:
            yield append
        finally:
            stream.close()

    def require_whole(self) -> None:
        """Raise DownloadError where the file on disk is not what was written; then nothing is kept of it."""
        size = self.path.stat().st_size if self.path.is_file() else 0
        if size != self.length:
            written = self.length
            self.discard()
            raise DownloadError(f"{self.path}: somebody changed it: {size} bytes, {written} were written")

    def begin(self, validator: str | None) -> None:
        """Start from nothing, with a version of which the server gave this tag."""
        self.discard()
        try:
            if validator is not None:
                write_text(self._note, json.dumps({"validator": validator}))
        except OSError as error:
            raise self._disk_error(error) from error

    def discard(self) -> None:
        """Delete what is here: it is not the beginning of the right file."""
        try:
            self.path.unlink(missing_ok=True)
            self.forget_note()
        except OSError as error:
            raise self._disk_error(error) from error
        self.length = 0
        self._digest = hashlib.sha256()

    def forget_note(self) -> None:
        """Delete the note beside a finished file."""
        self._note.unlink(missing_ok=True)

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def _disk_error(self, error: OSError) -> DownloadError:
        """What the disk says; the connection's errors are of the same class and must stay apart."""
        return DownloadError(f"{self.path}: cannot be written ({error.strerror})")

    def _take_up(self, watch: Watch) -> None:
        with self.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                self._digest.update(chunk)
                self.length += len(chunk)
                watch.check()
