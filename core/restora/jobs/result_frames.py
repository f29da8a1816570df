"""Frames of a result: taken from the method that wrote them, and removed with the last one who uses them."""

from __future__ import annotations

import os
import shutil
import tempfile
import weakref
from collections.abc import Sequence
from pathlib import Path

from restora.data.kinds import Transfer
from restora.data.result import ResultFrame
from restora.errors import RestoraError
from restora.plugins.running import Frame


class OwnedFolder:
    """A folder that goes when nobody keeps this object any more, at the latest when the program ends.

    Its name says whose it is, so that the next start finds it where this process is killed.
    """

    def __init__(self, root: Path, job_id: str) -> None:
        try:
            root.mkdir(parents=True, exist_ok=True)
            self.path = Path(tempfile.mkdtemp(prefix=f"{os.getpid()}-{job_id}-", dir=root))
        except OSError as error:
            raise RestoraError(f"{root}: no folder for frames can be made here ({error.strerror})") from error
        self._end = weakref.finalize(self, shutil.rmtree, self.path, ignore_errors=True)


def take_frames(
    frames: Sequence[Frame], *, root: Path, job_id: str, transfer: Transfer
) -> tuple[ResultFrame, ...]:
    """Move the files into a folder of the result's own; raises RestoraError where the disk refuses."""
    if not frames:
        return ()
    owner = OwnedFolder(root, job_id)
    taken = []
    for number, frame in enumerate(frames):
        place = owner.path / f"{number:05}.npy"
        try:
            shutil.move(frame.path, place)
        except OSError as error:
            raise RestoraError(f"{owner.path}: the frames cannot be kept here ({error.strerror})") from error
        taken.append(ResultFrame(camera=frame.camera, path=place, transfer=transfer, keeper=owner))
    return tuple(taken)
