"""Refuses a picture that does not fit into memory before anything is allocated for it."""

from __future__ import annotations

from pathlib import Path

from restora.errors import FileProblemError

SHARE_OF_AVAILABLE = 0.85
"""Of the memory that is free now, what one opened picture may take."""

_MIB = 2**20
_LARGEST_SIDE = 2**31 - 1
"""Libraries count rows and columns in 32-bit integers."""


def memory_limit(stated: int | None) -> int:
    """The stated limit in bytes, or the usual share of the memory that is available now."""
    if stated is not None:
        return stated
    import psutil

    return int(psutil.virtual_memory().available * SHARE_OF_AVAILABLE)


def check_size(
    path: Path, width: int, height: int, channels: int, *, limit: int | None, stored_bytes: int = 0
) -> None:
    """Raise FileProblemError where a float picture of this size would not fit or has no pixels.

    `stored_bytes` is what one pixel takes as the file keeps it, where both copies exist at the same time.
    """
    if min(width, height, channels) < 1 or max(width, height) > _LARGEST_SIDE:
        raise FileProblemError(path, f"its header states {width} x {height} pixels, which is no picture")
    needed = width * height * (channels * 4 + stored_bytes)
    allowed = memory_limit(limit)
    if needed > allowed:
        raise FileProblemError(
            path,
            f"its header states {width} x {height} pixels with {channels} channel(s), which take "
            f"{needed // _MIB} MiB of memory; {allowed // _MIB} MiB may be used",
            advice="Cut the picture into parts, or free memory.",
        )


def check_stored(path: Path, needed: int, what: str) -> None:
    """Raise FileProblemError where `what` needs more bytes than the whole file has."""
    found = path.stat().st_size
    if needed > found:
        raise FileProblemError(path, f"{what} need at least {needed} bytes, but the file has only {found}")
