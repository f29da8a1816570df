"""Working folders of jobs: one each, gone when the job ends, also those of processes that were killed."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from restora.errors import RestoraError

_NAME = re.compile(r"([0-9]{1,9})-[0-9a-z]+-.+")
"""Process, job, and what makes it unique."""


@contextmanager
def scratch_folder(root: Path, job_id: str) -> Iterator[Path]:
    """An empty folder below `root` for one job; raises RestoraError where none can be made."""
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{job_id}-", dir=root))
    except OSError as error:
        raise RestoraError(f"{root}: no working folder can be made here ({error.strerror})") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def remove_abandoned(root: Path) -> None:
    """Delete the folders of processes that do not live any more."""
    import psutil

    with suppress(OSError):  # what cannot be listed cannot be tidied
        for folder in root.iterdir() if root.is_dir() else ():
            named = _NAME.fullmatch(folder.name)
            if named is not None and not psutil.pid_exists(int(named[1])):
                shutil.rmtree(folder, ignore_errors=True)
