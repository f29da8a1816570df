"""Sums over any window of a capture, at a cost that does not grow with the window."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np

from restora.data.geometry import FrameWindow
from restora.data.photon_cube import PhotonCube

if TYPE_CHECKING:
    from numpy.typing import NDArray

BLOCK_FRAMES = 256
_CACHE_BYTES = 256 * 2**20


class WindowSums:
    """Detections per pixel over windows of one capture, for scrubbing through it.

    A window near the last one is reached by adding and taking away the frames in which they differ; any
    other is put together from sums over whole blocks of 256 frames, which are kept, and two partial ones.
    Sums are exact integers, so both ways give the same bits. Not for use by several threads at once.
    """

    def __init__(self, cube: PhotonCube, *, cache_bytes: int = _CACHE_BYTES) -> None:
        self._cube = cube
        self._blocks: OrderedDict[int, NDArray[np.unsignedinteger]] = OrderedDict()
        self._dtype = (
            np.uint16 if BLOCK_FRAMES * cube.most_per_frame <= np.iinfo(np.uint16).max else np.uint32
        )
        block_bytes = cube.height * cube.width * cube.channels * np.dtype(self._dtype).itemsize
        self._most_blocks = max(1, cache_bytes // block_bytes)
        self._window: FrameWindow | None = None
        self._last: NDArray[np.uint32] | None = None

    def total(self, window: FrameWindow) -> NDArray[np.uint32]:
        """As PhotonCube.total, height x width x channels; the caller may change the result."""
        if self._last is not None and self._window is not None and self._is_near(self._window, window):
            total = self._moved(self._last, self._window, window)
        else:
            total = self._assembled(window)
        self._window, self._last = window, total
        return total.copy()

    def _is_near(self, old: FrameWindow, new: FrameWindow) -> bool:
        differing = abs(new.start - old.start) + abs(new.stop - old.stop)
        return differing < BLOCK_FRAMES and new.start < old.stop and old.start < new.stop

    def _moved(self, total: NDArray[np.uint32], old: FrameWindow, new: FrameWindow) -> NDArray[np.uint32]:
        moved = total.copy()
        for gained, lost in ((old.start, new.start), (new.stop, old.stop)):
            # At the start, frames before the old one are gained; at the end, frames after the old one.
            if gained > lost:
                moved += self._direct(lost, gained)
            elif lost > gained:
                moved -= self._direct(gained, lost)
        return moved

    def _assembled(self, window: FrameWindow) -> NDArray[np.uint32]:
        first, last = -(-window.start // BLOCK_FRAMES), window.stop // BLOCK_FRAMES
        if first >= last:
            return self._cube.total(window)
        shape = (self._cube.height, self._cube.width, self._cube.channels)
        total = np.zeros(shape, np.uint32)
        for block in range(first, last):
            total += self._block(block)
        for start, stop in ((window.start, first * BLOCK_FRAMES), (last * BLOCK_FRAMES, window.stop)):
            if stop > start:
                total += self._direct(start, stop)
        return total

    def _block(self, block: int) -> NDArray[np.unsignedinteger]:
        known = self._blocks.get(block)
        if known is None:
            start = block * BLOCK_FRAMES
            known = self._direct(start, start + BLOCK_FRAMES).astype(self._dtype)
            self._blocks[block] = known
            if len(self._blocks) > self._most_blocks:
                self._blocks.popitem(last=False)
        self._blocks.move_to_end(block)
        return known

    def _direct(self, start: int, stop: int) -> NDArray[np.uint32]:
        return self._cube.total(FrameWindow(start, stop - start))
