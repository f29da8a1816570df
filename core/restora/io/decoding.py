"""The border to decoding libraries: whatever they raise becomes one sentence about the file."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from restora.errors import FileProblemError, RestoraError

HEAD_BYTES = 4096
"""Enough to recognise every format."""

_LONGEST_REASON = 200


@contextmanager
def decoding(path: Path, format_name: str) -> Iterator[None]:
    """Turn everything that a decoder raises on damaged data into a FileProblemError."""
    try:
        yield
    except RestoraError:
        raise
    except MemoryError as error:
        raise FileProblemError(path, "needs more memory than there is") from error
    except Exception as error:
        # Decoders raise anything on damaged data: struct.error, KeyError, OverflowError, own classes.
        said = error.args[0] if error.args else ""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(error)
        reason = " ".join(text.split())[:_LONGEST_REASON] or type(error).__name__
        raise FileProblemError(
            path,
            f"cannot be read as {format_name}: {reason}",
            advice="The file may be damaged or incomplete; fetch it again.",
        ) from error


def read_head(path: Path) -> bytes:
    """The first bytes of an ordinary file that is not empty; raises FileProblemError for anything else."""
    check_ordinary(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
    except PermissionError as error:
        raise FileProblemError(path, "reading it is not permitted") from error
    except OSError as error:
        raise FileProblemError(path, f"cannot be read: {error.strerror or error}") from error
    if not head:
        raise FileProblemError(path, "is empty")
    return head


def is_folder(path: Path) -> bool:
    """Whether it is a folder; a name that no file can have is none."""
    try:
        return path.is_dir()
    except OSError:
        return False


def check_ordinary(path: Path) -> None:
    """Raise FileProblemError unless `path` is an ordinary file: pipes and devices are never opened."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError as error:
        advice = "Look whether its name is right and its disk is connected."
        raise FileProblemError(path, "does not exist", advice=advice) from error
    except PermissionError as error:
        raise FileProblemError(path, "reaching it is not permitted") from error
    except (OSError, ValueError) as error:
        raise FileProblemError(path, f"is not a usable name: {error}") from error
    if stat.S_ISDIR(mode):
        raise FileProblemError(path, "is a folder, a file is needed")
    if not stat.S_ISREG(mode):
        raise FileProblemError(path, "is a pipe, a device or a socket, an ordinary file is needed")
