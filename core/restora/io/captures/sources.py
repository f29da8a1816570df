"""Where stored frames come from: a run of bytes, a mapped array, or any other thing that has frames."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from restora.errors import FileProblemError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class FrameSource(Protocol):
    """Frames exactly as the file keeps them: packed, turned, in any axis order."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """Frames `start` to `stop` (exclusive) along the first axis."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FileFrames:
    """Frames that follow each other in a file.

    They are read rather than mapped: a file that is cut off while it is open then gives a sentence instead
    of killing the process, and pages read once do not stay in this process's memory.
    """

    path: Path
    offset: int
    dtype: np.dtype[Any]
    frame_shape: tuple[int, ...]
    """As the bytes follow each other, the fastest axis last."""
    axes_reversed: bool = False
    """Whether frames are to be handed out with their axes the other way round."""

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame."""
        return math.prod(self.frame_shape) * self.dtype.itemsize

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says; raises FileProblemError where the file has become shorter."""
        frames = np.empty((stop - start, *self.frame_shape), self.dtype)
        try:
            with self.path.open("rb") as stream:
                stream.seek(self.offset + start * self.frame_bytes)
                found = stream.readinto(frames.reshape(-1).view(np.uint8).data)
        except OSError as error:
            raise FileProblemError(self.path, f"cannot be read: {error.strerror or error}") from error
        if found != frames.nbytes:
            raise FileProblemError(self.path, f"ends inside frame {start + found // self.frame_bytes}")
        if self.axes_reversed:
            return frames.transpose(0, *range(frames.ndim - 1, 0, -1))
        return frames


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayFrames:
    """Frames of an array that is mapped or held in memory."""

    array: NDArray[Any]
    time_axis: int | None
    """None: the array is one frame."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says."""
        if self.time_axis is None:
            return self.array[np.newaxis][start:stop]
        return np.moveaxis(self.array, self.time_axis, 0)[start:stop]
