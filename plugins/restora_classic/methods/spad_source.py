"""What every method for captures starts from: counts of the asked frames with bad pixels filled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.api import JSON, ColourFilter, FrameWindow, Request, UnsuitableItemError
from restora.photons.hot_pixels import find_bad_pixels, repair
from restora_classic.methods.base import choice

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.api import Mask
    from restora.data.photon_cube import PhotonCube

_SMALLEST_SEARCHED = 5
"""Pixels per side and colour step below which no neighbourhood tells a bad pixel."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Capture:
    """The asked part of a capture."""

    cube: PhotonCube
    window: FrameWindow
    bad: Mask
    """Pixels that are replaced by a neighbour of the same colour."""

    @classmethod
    def of(cls, request: Request) -> Capture:
        """The capture of a request; raises UnsuitableItemError where the source is something else."""
        cube, window = request.source.cube, request.source.window
        if cube is None:
            kind = request.source.kind
            raise UnsuitableItemError(f"a single-photon capture is needed, but the source is a {kind} item")
        window = window or FrameWindow(0, cube.frames)
        return cls(cube=cube, window=window, bad=_bad_pixels(cube, window, choice(request, "bad_pixels")))

    @property
    def colour_filter(self) -> ColourFilter:
        """What stands before the pixels."""
        return self.cube.colour_filter

    def binary_frames(self, window: FrameWindow) -> int:
        """How many binary frames the stored frames of `window` sum up."""
        return window.length * self.cube.most_per_frame

    def counts(self, window: FrameWindow | None = None) -> NDArray[np.uint32]:
        """Detections per pixel over `window` (all asked frames by default), bad pixels replaced."""
        total = self.cube.total(window or self.window)
        return repair(total, self.bad, self.colour_filter) if self.bad.any() else total

    def facts(self, counts: NDArray[Any], flux: NDArray[Any]) -> dict[str, JSON]:
        """What was seen: `flux` is the estimated mean of photons per frame."""
        frames = self.binary_frames(self.window)
        return {
            "binary_frames": frames,
            "detections_per_pixel": float(counts.mean()),
            "photons_per_pixel": float(frames * flux.mean()),
            "repaired_pixels": int(self.bad.sum()),
        }


def _bad_pixels(cube: PhotonCube, window: FrameWindow, policy: str) -> Mask:
    known = np.zeros((cube.height, cube.width), bool) if cube.bad_pixels is None else cube.bad_pixels
    if policy == "keep":
        return np.zeros_like(known)
    step = 1 if cube.colour_filter is ColourFilter.MONO else 2
    if policy == "map" or min(cube.height, cube.width) < _SMALLEST_SEARCHED * step:
        return known
    frames = window.length * cube.most_per_frame
    return known | find_bad_pixels(cube.total(window), frames, cube.colour_filter).mask
