"""SHA-256 of large files: computed with progress, remembered as long as the file does not change."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from restora.data.json_values import expect
from restora.weights.watch import UNWATCHED, Watch

CHUNK = 1 << 20
"""Bytes between two looks at the watch."""

_SCHEMA = 1


def sha256_of(path: Path, watch: Watch = UNWATCHED) -> str:
    """The file's SHA-256 in lower-case hexadecimal; raises OSError, and Cancelled between chunks."""
    digest = hashlib.sha256()
    total = path.stat().st_size
    done = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK):
            digest.update(chunk)
            done += len(chunk)
            watch.advance(done, total)
    return digest.hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class HashRecord:
    """The hash of a file, and the size and time of change for which it holds."""

    sha256: str
    size: int
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, watch: Watch = UNWATCHED) -> HashRecord:
        """Hash `path` now; where it changes meanwhile, the record does not hold for the changed file."""
        before = path.stat()
        return cls(sha256=sha256_of(path, watch), size=before.st_size, mtime_ns=before.st_mtime_ns)

    def holds_for(self, path: Path) -> bool:
        """Whether `path` still has the size and time of change that were hashed."""
        now = path.stat()
        return (now.st_size, now.st_mtime_ns) == (self.size, self.mtime_ns)

    @classmethod
    def read(cls, record: Path) -> HashRecord | None:
        """The record in this file; None where there is none, or none that can be understood."""
        try:
            raw = expect(json.loads(record.read_text(encoding="utf-8")), dict, "the record")
            if raw.get("schema") != _SCHEMA:
                return None
            return cls(
                sha256=expect(raw.get("sha256"), str, "sha256"),
                size=expect(raw.get("size"), int, "size"),
                mtime_ns=expect(raw.get("mtime_ns"), int, "mtime_ns"),
            )
        except (OSError, TypeError, ValueError, RecursionError):
            # A record only saves time: without one the file is hashed again.
            return None

    def write(self, record: Path) -> None:
        """Keep the record, whole or not at all."""
        write_text(record, json.dumps({"schema": _SCHEMA, **asdict(self)}, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a small file so that readers see the old or the new text, never a part."""
    draft = path.with_name(f"{path.name}.{os.getpid()}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
