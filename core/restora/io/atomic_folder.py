"""Writes a folder so that its name always means a complete folder: the old one or the new one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from restora.errors import FileProblemError
from restora.io.atomic import part_of, reason_of, set_aside


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """An empty temporary folder beside `path` that takes its place when the block ends well.

    What stood at `path` before is deleted. Whatever ends the block otherwise removes the temporary folder.
    """
    if not path.parent.is_dir():
        raise FileProblemError(
            path, f"the folder {path.parent} does not exist", advice="Create the folder, or name another one."
        )
    part = part_of(path)
    try:
        part.mkdir()
        yield part
        with set_aside(path):
            part.replace(path)
    except OSError as error:
        raise FileProblemError(path, f"cannot be written: {reason_of(error)}") from error
    finally:
        with contextlib.suppress(OSError):
            shutil.rmtree(part, ignore_errors=True)
