"""What every method for captures starts from: counts of the asked frames with bad pixels filled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.api import JSON, ColourFilter, FrameWindow, Request, UnsuitableItemError
from restora.photons.hot_pixels import find_bad_pixels, repair
from restora_classic.methods.base import choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.api import Mask
    from restora.data.photon_cube import PhotonCube

Tick = Callable[[int, int], None]

_FRAMES_AT_ONCE = 1024
"""Frames summed between two looks at whether the job was cancelled."""
_SMALLEST_SEARCHED = 5
"""Pixels per side and colour step below which no neighbourhood tells a bad pixel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capture:
    """The asked part of a capture; nothing is read before it is summed."""

    cube: PhotonCube
    window: FrameWindow
    policy: str
    """What is done about bad pixels: `find`, `map` or `keep`."""

    @classmethod
    def of(cls, request: Request) -> Capture:
        """The capture of a request; raises UnsuitableItemError where the source is something else."""
        cube, window = request.source.cube, request.source.window
        if cube is None:
            kind = request.source.kind
            raise UnsuitableItemError(f"a single-photon capture is needed, but the source is a {kind} item")
        return cls(
            cube=cube, window=window or FrameWindow(0, cube.frames), policy=choice(request, "bad_pixels")
        )

    @property
    def colour_filter(self) -> ColourFilter:
        """What stands before the pixels."""
        return self.cube.colour_filter

    def binary_frames(self, window: FrameWindow) -> int:
        """How many binary frames the stored frames of `window` sum up."""
        return window.length * self.cube.most_per_frame

    def summed(self, window: FrameWindow, tick: Tick) -> NDArray[np.uint32]:
        """Detections per pixel over `window`, as they are; `tick` is called between pieces of it."""
        total: NDArray[np.uint32] | None = None
        for start in range(window.start, window.stop, _FRAMES_AT_ONCE):
            piece = self.cube.total(FrameWindow(start, min(_FRAMES_AT_ONCE, window.stop - start)))
            total = piece if total is None else total + piece
            tick(min(start + _FRAMES_AT_ONCE, window.stop) - window.start, window.length)
        assert total is not None
        return total

    def bad_pixels(self, total: NDArray[np.uint32]) -> Mask:
        """Pixels that are to be replaced, told by the sum over the whole window."""
        known = self.cube.bad_pixels
        if known is None or self.policy == "keep":
            known = np.zeros(total.shape[:2], bool)
        step = 1 if self.colour_filter is ColourFilter.MONO else 2
        if self.policy != "find" or min(total.shape[:2]) < _SMALLEST_SEARCHED * step:
            return known
        return known | find_bad_pixels(total, self.binary_frames(self.window), self.colour_filter).mask

    def repaired(self, counts: NDArray[np.uint32], bad: Mask) -> NDArray[np.uint32]:
        """Counts with bad pixels replaced by a neighbour of the same colour."""
        return repair(counts, bad, self.colour_filter) if bad.any() else counts

    def facts(self, detections: float, photons: float, bad: Mask) -> dict[str, JSON]:
        """What was seen; `photons` is the estimated mean per pixel and binary frame."""
        frames = self.binary_frames(self.window)
        return {
            "binary_frames": frames,
            "detections_per_pixel": detections,
            "photons_per_pixel": float(frames * photons),
            "repaired_pixels": int(bad.sum()),
        }
