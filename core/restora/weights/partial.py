"""An unfinished download: the bytes that are here, their hash so far, and what they are the beginning of."""

from __future__ import annotations

import contextlib
import hashlib
import json
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

    def append(self, chunk: bytes) -> None:
        """Write a chunk; DownloadError where the disk does not take it."""
        try:
            with self.path.open("ab") as stream:
                stream.write(chunk)
        except OSError as error:
            raise DownloadError(f"{self.path}: cannot be written ({error.strerror})") from error
        self._digest.update(chunk)
        self.length += len(chunk)

    def begin(self, validator: str | None) -> None:
        """Start from nothing, with a version of which the server gave this tag."""
        self.discard()
        if validator is not None:
            write_text(self._note, json.dumps({"validator": validator}))

    def discard(self) -> None:
        """Delete what is here: it is not the beginning of the right file."""
        self.path.unlink(missing_ok=True)
        self.forget_note()
        self.length = 0
        self._digest = hashlib.sha256()

    def forget_note(self) -> None:
        """Delete the note beside a finished file."""
        with contextlib.suppress(FileNotFoundError):
            self._note.unlink()

    @property
    def _note(self) -> Path:
        return self.path.with_name(f"{self.path.name}.json")

    def _take_up(self, watch: Watch) -> None:
        with self.path.open("rb") as stream:
            while chunk := stream.read(CHUNK):
                self._digest.update(chunk)
                self.length += len(chunk)
                watch.check()
