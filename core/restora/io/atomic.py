"""Writes a file so that its name always means a complete file: the old one or the new one."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from restora.errors import FileProblemError

PART_SUFFIX = ".restora-part"
"""How the names of unfinished files end."""

_LONGEST_LABEL = 160
"""Bytes of the target's name that fit into a temporary name on every file system with 255-byte names."""

_REASONS = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EACCES: "writing there is not permitted",
    errno.EPERM: "writing there is not permitted",
    errno.EROFS: "the disk is read-only",
    errno.ENAMETOOLONG: "the name is too long for this disk",
    errno.EFBIG: "the file is larger than this disk allows",
    errno.EIO: "the disk reports a fault",
}


def atomic_write(path: Path, write: Callable[[BinaryIO], None]) -> None:
    """Let `write` fill a stream that becomes `path` only when it is complete and on the disk.

    Raises FileProblemError where the folder is missing, is not writable or is full, or `path` is a folder.
    """
    with replacing(path) as part, part.open("r+b") as stream:
        write(stream)


def reason_of(error: OSError) -> str:
    """Why the disk refused, for people."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty temporary file beside `path` that takes its place when the block ends well.

    Whatever ends the block otherwise, a cancelled job and Ctrl-C included, removes the temporary file.
    """
    part = part_of(path)
    try:
        _check_target(path)
        os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666))
        _copy_mode(path, part)
        yield part
        _flush(part)
        part.replace(path)
        _flush_folder(path.parent)
    except OSError as error:
        if error.filename is not None and Path(os.fsdecode(error.filename)) not in (part, path, path.parent):
            raise
        raise FileProblemError(path, f"cannot be written: {reason_of(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def set_aside(path: Path) -> Iterator[None]:
    """Take `path` out of the way for the block: gone where it ends well, back where it does not.

    A process that is killed meanwhile leaves a temporary file, which `remove_leftovers` deletes.
    """
    aside = part_of(path)
    try:
        path.replace(aside)
    except FileNotFoundError:
        yield
        return
    except OSError as error:
        raise FileProblemError(path, f"cannot be replaced: {reason_of(error)}") from error
    try:
        yield
    except BaseException:
        aside.replace(path)
        raise
    _delete(aside)


def remove_leftovers(folder: Path, *names: str) -> tuple[Path, ...]:
    """Delete the temporary files and folders for the targets `names` that killed processes left in `folder`.

    Files of processes that still live are kept; returns what was deleted.
    """
    import psutil

    removed = []
    labels = {_label(name) for name in names}
    for part in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not (part.name.startswith(".") and part.name.endswith(PART_SUFFIX)):
            continue
        label, _, unique = part.name[1 : -len(PART_SUFFIX)].rpartition(".")
        pid, dash, token = unique.partition("-")
        if label not in labels or not (dash and token and pid.isdecimal()) or psutil.pid_exists(int(pid)):
            continue
        _delete(part)
        removed.append(part)
    return tuple(removed)


def _delete(part: Path) -> None:
    if part.is_dir() and not part.is_symlink():
        shutil.rmtree(part, ignore_errors=True)
    else:
        part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """A temporary name beside `path` that no other process uses."""
    return path.parent / f".{_label(path.name)}.{os.getpid()}-{secrets.token_hex(4)}{PART_SUFFIX}"


def _check_target(path: Path) -> None:
    if path.is_dir():
        raise FileProblemError(path, "is a folder, a file name is needed")
    if not path.parent.is_dir():
        raise FileProblemError(
            path, f"the folder {path.parent} does not exist", advice="Create the folder, or name another one."
        )
    if path.exists() and not path.is_file():
        raise FileProblemError(path, "is not an ordinary file and is not replaced")


def _label(name: str) -> str:
    encoded = os.fsencode(name)
    return name if len(encoded) <= _LONGEST_LABEL else hashlib.sha256(encoded).hexdigest()[:32]


def _copy_mode(path: Path, part: Path) -> None:
    with contextlib.suppress(FileNotFoundError):
        part.chmod(stat.S_IMODE(path.stat().st_mode))


def _flush(part: Path) -> None:
    with part.open("r+b") as stream:
        os.fsync(stream.fileno())


def _flush_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    # Some network file systems cannot flush a folder; the file itself is already safe then.
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
