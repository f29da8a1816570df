"""Is there room on the disk? Asked before a large file is begun."""

from __future__ import annotations

import shutil
from pathlib import Path

from restora.errors import WeightsError

MARGIN = 256 * 1024 * 1024
"""Bytes that stay free, so that the system and the results have room too."""

_MIB = 1024 * 1024


class DiskSpaceError(WeightsError):
    """The disk has no room for what is to be written."""

    def __init__(self, folder: Path, needed: int, free: int) -> None:
        super().__init__(
            f"{folder}: {needed / _MIB:.0f} MiB are needed there (with {MARGIN / _MIB:.0f} MiB to spare),"
            f" {free / _MIB:.0f} MiB are free",
            advice="Make room, or choose another folder for weights in the settings.",
        )
        self.folder = folder


def require_space(folder: Path, size: int) -> None:
    """Raise DiskSpaceError unless `size` bytes and the margin fit below `folder`, which need not exist."""
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    free = shutil.disk_usage(there).free
    if size + MARGIN > free:
        raise DiskSpaceError(folder, size + MARGIN, free)
