"""Folders in which long work survives an interruption: one per request, found again by the same request."""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from restora.data.recipe import Recipe
from restora.errors import OutputRejectedError, RestoraError
from restora.jobs.devices import is_out_of_memory

KEPT_DAYS = 30
_ROOM_LOCK = ".lock"
_ROOM_SECONDS = 30.0
"""Others hold it for as long as a folder takes to be deleted."""
_LOCK_NAME = re.compile(r"([0-9a-f]{32}-[0-9]+)\.lock")


def resume_key(asked: Recipe) -> str:
    """Equal for the same request: its contents count, the names of its files do not."""
    asks = json.loads(asked.request_key())
    for record in (asks["item"], *asks["references"]):
        record.pop("name")
    for weight in asks["weights"]:
        weight.pop("file")
    return hashlib.sha256(json.dumps(asks, sort_keys=True).encode()).hexdigest()[:32]


class Resumption:
    """The resume folder of one job, claimed when its method first asks for it. Used on one thread only."""

    def __init__(self, root: Path, key: Callable[[], str]) -> None:
        self._room = ResumeRoom(root)
        self._key: Callable[[], str] | None = key
        self._claim: Claim | None = None

    @property
    def claimed(self) -> Path | None:
        """The folder, if the method has asked for it."""
        return None if self._claim is None else self._claim.folder

    def folder(self) -> Path:
        """The folder; raises RestoraError where none can be made."""
        if self._key is None:
            raise RestoraError("the job that this folder belonged to has ended")
        if self._claim is None:
            self._claim = self._room.claim(self._key())
        return self._claim.folder

    def end(self, *, keep: bool) -> None:
        """Let the folder go, with what lies in it only if `keep` says so."""
        self._key = None  # a method may keep its context, and this would keep the job
        claim, self._claim = self._claim, None
        if claim is not None:
            self._room.let_go(claim, keep=keep)


def is_worth_resuming(error: BaseException) -> bool:
    """Whether what a failed job has finished may help the next try; a defect may lie in it."""
    if isinstance(error, OutputRejectedError):
        return False
    return isinstance(error, RestoraError | OSError) or is_out_of_memory(error)


class Claim:
    """A folder that is held by a lock; the lock ends with the process."""

    def __init__(self, folder: Path, lock: FileLock) -> None:
        self.folder = folder
        self.lock = lock


class ResumeRoom:
    """All resume folders of this user, shared by processes.

    Folders are claimed, let go and swept under one lock, so that nobody deletes what another has just found.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def claim(self, key: str) -> Claim:
        """A folder of that key that nobody else uses; raises RestoraError where none can be made."""
        with self._held():
            try:
                return next(filter(None, (self._tried(f"{key}-{number}") for number in itertools.count(1))))
            except OSError as error:
                raise self._refusal(error) from error

    def let_go(self, claim: Claim, *, keep: bool) -> None:
        """Give a folder back; without `keep` it goes, and what earlier tries of the same request left too."""
        key = claim.folder.name.rpartition("-")[0]
        try:
            with self._held():
                is_empty = not any(claim.folder.iterdir())
                if keep and not is_empty:
                    claim.lock.release()
                    return
                self._remove(claim)
                if not keep:
                    for other in self._free(lambda name: name.rpartition("-")[0] == key):
                        self._remove(other)
        except (OSError, RestoraError):
            claim.lock.release()  # the sweep will find it; a job that is done must not fail for this

    def sweep(self, *, older_than_days: float = KEPT_DAYS) -> None:
        """Delete what nobody uses and nobody has used for so long."""
        if not self._root.is_dir():
            return
        oldest = time.time() - older_than_days * 86400
        with suppress(OSError, RestoraError), self._held():
            for claim in self._free(lambda name: self._used(name) < oldest):
                self._remove(claim)

    def _used(self, name: str) -> float:
        return (self._root / f"{name}.lock").stat().st_mtime

    def _free(self, wanted: Callable[[str], bool]) -> Iterator[Claim]:
        """The folders that nobody uses and that are `wanted` by name, each claimed."""
        for path in sorted(self._root.iterdir()):
            named = _LOCK_NAME.fullmatch(path.name)
            if named is None or not wanted(named[1]):
                continue
            claim = self._tried(named[1])
            if claim is not None:
                yield claim

    def _tried(self, name: str) -> Claim | None:
        lock = FileLock(self._root / f"{name}.lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return None
        folder = self._root / name
        folder.mkdir(exist_ok=True)
        os.utime(lock.lock_file)
        return Claim(folder, lock)

    def _remove(self, claim: Claim) -> None:
        shutil.rmtree(claim.folder, ignore_errors=True)
        claim.lock.release()
        if not claim.folder.exists():
            Path(claim.lock.lock_file).unlink(missing_ok=True)

    @contextmanager
    def _held(self) -> Iterator[None]:
        try:
            self._root.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self._root / _ROOM_LOCK)
            lock.acquire(timeout=_ROOM_SECONDS)
        except OSError as error:
            raise self._refusal(error) from error
        try:
            yield
        finally:
            lock.release()

    def _refusal(self, error: OSError) -> RestoraError:
        reason = "others hold it" if isinstance(error, Timeout) else error.strerror
        return RestoraError(f"{self._root}: no folder for resuming can be made here ({reason})")
