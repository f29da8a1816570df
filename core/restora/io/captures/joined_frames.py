"""Frames that are spread over several files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.io.captures.sources import FileFrames

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoinedFrames:
    """Files whose frames follow each other."""

    parts: tuple[FileFrames, ...]
    ends: NDArray[np.int64]
    """The number of frames up to and including each part."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says."""
        pieces = []
        at = start
        while at < stop:
            index = int(np.searchsorted(self.ends, at, side="right"))
            first = int(self.ends[index - 1]) if index else 0
            until = min(stop, int(self.ends[index]))
            pieces.append(self.parts[index].read(at - first, until - first))
            at = until
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)
