"""The folder of weights: where each declared file lies, in which state it is, and handing it to a method.

Each file has a folder of its own, named by its key; beside it lie its unfinished download and the record of
its hash, so that a large file is hashed once and again only after it changed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from restora.errors import ConsentError, WeightsError, WeightsFormatError, WeightsMissingError
from restora.plugins.declarations import NeedsWeights, WeightFile
from restora.plugins.needs import Need, needs_of
from restora.weights.hashing import HashRecord
from restora.weights.identity import key_of, problems_of, published_hash
from restora.weights.watch import UNWATCHED, Watch

if TYPE_CHECKING:
    from filelock import BaseFileLock

_RECORD = ".check.json"
_PART = ".part"
_LOCKS = ".locks"
_LOCK_POLL_S = 0.1


class FileState(StrEnum):
    """What is known about a declared file on this machine, without hashing anything."""

    MISSING = "missing"
    PARTIAL = "partial"
    """A download was begun."""
    UNCHECKED = "unchecked"
    """There, of the right size, but not hashed since it last changed; it is hashed before it is used."""
    UNVERIFIED = "unverified"
    """There and accepted by the user; its author published no hash."""
    VERIFIED = "verified"
    """There, with the published hash."""
    WRONG = "wrong hash"
    """There, but of another size or with another hash than declared: never used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStatus:
    """One declared file on this machine."""

    state: FileState
    place: Path
    """Where it lies, or would lie."""
    size: int = 0
    """Bytes on disk, the unfinished part included."""
    percent: int | None = None
    """How much of an unfinished download is here, where the size is known."""
    sha256: str | None = None
    """As last computed, where that still holds."""

    def __str__(self) -> str:
        return f"{self.state} {self.percent} %" if self.percent is not None else str(self.state)


class WeightStore:
    """All weights below one folder; nothing is created before something is written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._hashed: dict[Path, HashRecord] = {}

    def place(self, file: WeightFile) -> Path:
        """Where the file belongs; WeightsError if its declared name is not a plain file name."""
        problems = problems_of(file)
        if problems:
            raise WeightsError("; ".join(problems))
        return self.folder / key_of(file) / file.filename

    def part(self, file: WeightFile) -> Path:
        """Where its unfinished download lies."""
        return self.place(file).parent / _PART

    def find(self, file: WeightFile) -> Path | None:
        """The file on disk, also under the name that another declaration of the same file gave it."""
        place = self.place(file)
        if place.is_file():
            return place
        return next(_payloads(place.parent), None)

    def status(self, file: WeightFile) -> FileStatus:
        """The state of the file; quick, because only sizes, times and records are looked at."""
        path = self.find(file)
        if path is None:
            return self._unfinished(file)
        size = path.stat().st_size
        record = HashRecord.read(path.parent / _RECORD)
        state, known = FileState.UNCHECKED, None
        if file.size and size != file.size:
            state = FileState.WRONG
        elif record is not None and record.holds_for(path):
            known = record.sha256
            state = _judge(file, record.sha256)
        return FileStatus(state=state, place=path, size=size, sha256=known)

    def check(self, file: WeightFile, watch: Watch = UNWATCHED, *, again: bool = False) -> HashRecord:
        """The file's hash, computed unless its record holds (always with `again`), and found to be right.

        Raises WeightsFormatError if size or hash are not as declared or, for a file without a published hash,
        not as when it was accepted; ConsentError if such a file was never accepted; WeightsError if it is not
        there.
        """
        path = self.find(file)
        if path is None:
            raise WeightsError(f"{file.filename}: the file is not in {self.folder}")
        self._refuse_wrong_size(file, path)
        kept = HashRecord.read(path.parent / _RECORD)
        expected = published_hash(file) or (kept.sha256 if kept is not None else None)
        if expected is None:
            raise ConsentError(
                f"{path}: its author published no hash, and it was not yet accepted without one",
                advice="Run `restora weights import FILE --unverified` if you trust where it comes from.",
            )
        record = kept or self._hashed.get(path)
        if again or record is None or not record.holds_for(path):
            record = self._hash(path, watch)
        # Without a published hash the record is the accepted one, and must outlive a file that changed.
        if record != kept and (published_hash(file) is not None or record.sha256 == expected):
            with contextlib.suppress(OSError):  # in a folder that only others write, memory must do
                record.write(path.parent / _RECORD)
        _refuse_other_hash(file, path, record.sha256, expected)
        return record

    def resolve(self, info: NeedsWeights, watch: Watch = UNWATCHED) -> Mapping[str, Path]:
        """Where the method's files lie, by declared id; an optional file that is not here is left out.

        Raises WeightsMissingError naming every file that is not here, and what `check` raises for the others.
        """
        here = {file.id: self.find(file) for file in info.weights}
        missing = [
            need for need in needs_of(info.weights) if not need.is_met(lambda file: here[file.id] is not None)
        ]
        if missing:
            raise WeightsMissingError(info.id, [self._told(need) for need in missing])
        paths: dict[str, Path] = {}
        for file in info.weights:
            path = here[file.id]
            if path is not None:
                self.check(file, watch)
                paths[file.id] = path
        return paths

    def sha256_of(self, path: Path, watch: Watch = UNWATCHED) -> str:
        """The hash of any file, for recipes; computed once as long as size and time of change stay."""
        records = (
            HashRecord.read(path.parent / _RECORD) if self._owns(path) else None,
            self._hashed.get(path),
        )
        for record in records:
            if record is not None and record.holds_for(path):
                return record.sha256
        return self._hash(path, watch).sha256

    def put(self, file: WeightFile, ready: Path, sha256: str) -> Path:
        """Move a finished file whose hash was just computed into place, and remember the hash."""
        place = self.place(file)
        place.parent.mkdir(parents=True, exist_ok=True)
        if ready != place:
            for old in _payloads(place.parent):
                if old != ready:
                    old.unlink()
            ready.replace(place)
        facts = place.stat()
        HashRecord(sha256=sha256, size=facts.st_size, mtime_ns=facts.st_mtime_ns).write(
            place.parent / _RECORD
        )
        return place

    def remove(self, file: WeightFile) -> int:
        """Delete the file, its unfinished download and its record; returns the bytes given back.

        A file that was linked from elsewhere stays there. Raises WeightsError while it is being fetched.
        """
        folder = self.place(file).parent
        if not folder.is_dir():
            return 0
        with self.locked(file, timeout_s=0):
            size = self.status(file).size
            for leftover in folder.iterdir():
                if leftover.is_file() or leftover.is_symlink():
                    leftover.unlink()
            with contextlib.suppress(OSError):  # somebody keeps a folder in there
                folder.rmdir()
        return size

    def unknown(self, files: Iterable[WeightFile]) -> tuple[Path, ...]:
        """Files in the folder that none of these declarations asks for."""
        keys = {key_of(file) for file in files}
        if not self.folder.is_dir():
            return ()
        loose = (path for path in self.folder.iterdir() if not path.name.startswith("."))
        found: list[Path] = []
        for path in loose:
            if path.is_file():
                found.append(path)
            elif path.name not in keys:
                found.extend(_payloads(path))
        return tuple(sorted(found))

    @contextlib.contextmanager
    def locked(
        self, file: WeightFile, watch: Watch = UNWATCHED, *, timeout_s: float | None = None
    ) -> Iterator[None]:
        """Keep other processes from fetching, importing or removing the same file.

        Waits, can be cancelled, and raises WeightsError after `timeout_s`.
        """
        import filelock

        folder = self.folder / _LOCKS
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise WeightsError(
                f"{self.folder}: cannot be written ({error.strerror})",
                advice="Choose another folder for weights in the settings.",
            ) from error
        lock = filelock.FileLock(folder / f"{key_of(file)}.lock")
        if not _acquire(lock, watch, timeout_s):
            raise WeightsError(f"{file.filename}: another download or import of it is under way")
        try:
            yield
        finally:
            lock.release()

    def _hash(self, path: Path, watch: Watch) -> HashRecord:
        try:
            self._hashed[path] = HashRecord.of(path, watch)
        except OSError as error:
            raise WeightsFormatError(path, f"cannot be read ({error.strerror})") from error
        return self._hashed[path]

    def _unfinished(self, file: WeightFile) -> FileStatus:
        part = self.part(file)
        size = part.stat().st_size if part.is_file() else 0
        if not size:
            return FileStatus(state=FileState.MISSING, place=self.place(file))
        percent = min(99, size * 100 // file.size) if file.size else None
        return FileStatus(state=FileState.PARTIAL, place=self.place(file), size=size, percent=percent)

    def _told(self, need: Need) -> str:
        names = [self._with_percent(file) for file in need.files]
        return names[0] if len(names) == 1 else f"one of {' | '.join(names)}"

    def _with_percent(self, file: WeightFile) -> str:
        percent = self._unfinished(file).percent
        return file.filename if percent is None else f"{file.filename} ({percent} % are here)"

    def _owns(self, path: Path) -> bool:
        return path.parent.parent == self.folder

    def _refuse_wrong_size(self, file: WeightFile, path: Path) -> None:
        size = path.stat().st_size
        if file.size and size != file.size:
            raise WeightsFormatError(path, f"the file has {size} bytes, expected {file.size}", advice=_ADVICE)


_ADVICE = "Remove it with `restora weights remove` and get it again."


def _judge(file: WeightFile, sha256: str) -> FileState:
    published = published_hash(file)
    if published is None:
        return FileState.UNVERIFIED
    return FileState.VERIFIED if sha256 == published else FileState.WRONG


def _refuse_other_hash(file: WeightFile, path: Path, found: str, expected: str) -> None:
    if found == expected:
        return
    when = "" if published_hash(file) else " as when it was accepted"
    raise WeightsFormatError(path, f"the file has sha256 {found}, expected {expected}{when}", advice=_ADVICE)


def _payloads(folder: Path) -> Iterator[Path]:
    """The files in one file's folder that are not the store's own."""
    if folder.is_dir():
        yield from sorted(
            path for path in folder.iterdir() if path.is_file() and not path.name.startswith(".")
        )


def _acquire(lock: BaseFileLock, watch: Watch, timeout_s: float | None) -> bool:
    import filelock

    end = None if timeout_s is None else time.monotonic() + timeout_s
    while True:
        try:
            lock.acquire(timeout=0 if timeout_s == 0 else _LOCK_POLL_S)
        except filelock.Timeout:
            watch.check()
            if end is not None and time.monotonic() >= end:
                return False
        else:
            return True
