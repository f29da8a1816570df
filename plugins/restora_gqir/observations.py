"""From a capture to what the networks see: shares of detections in three channels."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.api import ColourFilter, FrameWindow, ParameterError, UnsuitableItemError
from restora.photons.hot_pixels import repair
from restora.photons.mosaic import cell_means, spread
from restora_gqir.families import COLOUR, FAMILIES, MONO, Family

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.photon_cube import PhotonCube

USUAL_RATE = 0.2
"""Mean share of detections in the pictures the networks were trained on: ordinary photographs at a peak of
one photon per frame. An estimate, not a published number."""
_FRAMES_LOOKED_AT = 64
_MOST_MERGED = 4096

CELLS, SPARSE, REPEATED = "cells", "sparse", "repeated"
"""How a mosaic becomes three channels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Which frames of a capture make which observations."""

    start: int
    """The first frame used."""
    count: int
    """Observations (nano-bursts), one after the other."""
    frames: int
    """Detector frames in one observation, after merging."""
    merged: int
    """Stored frames that count as one: a pixel that fired in any of them has fired."""
    rate: float
    """Mean share of detections of the capture's own frames, found before merging."""

    @property
    def stored(self) -> int:
        """Stored frames per observation."""
        return self.frames * self.merged

    @property
    def total(self) -> int:
        """Stored frames used in all."""
        return self.count * self.stored

    def window(self, index: int) -> FrameWindow:
        """The stored frames of one observation."""
        return FrameWindow(self.start + index * self.stored, self.stored)

    @property
    def merged_rate(self) -> float:
        """The mean share after merging, for an even picture of the same mean."""
        return 1 - (1 - self.rate) ** self.merged


def chosen_family(cube: PhotonCube, family_id: str) -> Family:
    """The checkpoints to use; raises UnsuitableItemError where they were not made for such a capture."""
    is_mosaic = cube.colour_filter is not ColourFilter.MONO
    family = FAMILIES.get(family_id) or (COLOUR if is_mosaic else MONO)
    if cube.channels not in ((1,) if is_mosaic else (1, 3)):
        raise UnsuitableItemError(
            f"frames of {cube.channels} channels behind filter {cube.colour_filter} cannot be used: "
            "1 channel is needed, or 3 without a colour filter"
        )
    if family.is_mosaiced != is_mosaic:
        fits = "a Bayer colour filter" if family.is_mosaiced else "no colour filter"
        raise UnsuitableItemError(
            f"the {family.title} weights were trained for {fits}, but the capture's filter is "
            f"{cube.colour_filter}",
            advice="Leave the weights on automatic, or state the capture's colour filter when it is opened.",
        )
    if family.bits == 1 and cube.bits != 1:
        raise UnsuitableItemError(
            f"the {family.title} weights need binary frames, but the capture's frames hold {cube.bits} bits"
        )
    return family


def mean_rate(cube: PhotonCube, window: FrameWindow) -> float:
    """The mean share of detections in the frames around the middle of `window`, bad pixels left out."""
    length = min(window.length, _FRAMES_LOOKED_AT)
    middle = FrameWindow(window.start + (window.length - length) // 2, length)
    total = cube.total(middle)
    seen = total if cube.bad_pixels is None else total[~cube.bad_pixels]
    return float(seen.mean() / (length * cube.most_per_frame)) if seen.size else 0.0


def plan_frames(cube: PhotonCube, window: FrameWindow, family: Family, *, count: int, merged: int) -> Plan:
    """`count` observations in the middle of `window`; `merged` 0 chooses how many frames count as one.

    Raises UnsuitableItemError where the window is too short, ParameterError where frames cannot be merged.
    """
    frames = math.ceil(family.frames / cube.most_per_frame)
    if merged > 1 and cube.bits > 1:
        raise ParameterError("merged", f"must be 1 for frames of {cube.bits} bits, got {merged}")
    rate = mean_rate(cube, window)
    most = window.length // (count * frames)
    chosen = merged or min(max(1, most), _frames_to_merge(cube, rate))
    if chosen > most:
        needed = count * frames * chosen
        raise UnsuitableItemError(
            f"{needed} frames are needed ({count} x {frames} x {chosen} merged), "
            f"the window has {window.length}",
            advice="Choose a longer window, fewer nano-bursts or fewer merged frames.",
        )
    start = window.start + (window.length - count * frames * chosen) // 2
    return Plan(start=start, count=count, frames=frames, merged=chosen, rate=rate)


def _frames_to_merge(cube: PhotonCube, rate: float) -> int:
    """So many that an even picture of this rate comes nearest to the usual one."""
    if cube.bits > 1 or not 0 < rate < USUAL_RATE:
        return 1
    return min(_MOST_MERGED, max(1, round(math.log1p(-USUAL_RATE) / math.log1p(-rate))))


def counts_of(
    cube: PhotonCube, plan: Plan, index: int, check: Callable[[], None]
) -> NDArray[np.unsignedinteger]:
    """Detections in one observation, H x W x C, bad pixels repaired; `check` is called between reads."""
    window = plan.window(index)
    if plan.merged == 1:
        counts = cube.total(window)
    else:
        counts = np.zeros((cube.height, cube.width, cube.channels), np.uint32)
        for start in range(window.start, window.stop, plan.merged):
            check()
            counts += cube.total(FrameWindow(start, plan.merged)) > 0
    return counts if cube.bad_pixels is None else repair(counts, cube.bad_pixels, cube.colour_filter)


def shares_of(counts: NDArray[np.unsignedinteger], cube: PhotonCube, plan: Plan) -> NDArray[np.float32]:
    """Counts as shares 0..1 of what an observation can hold."""
    return counts.astype(np.float32) / np.float32(plan.frames * cube.most_per_frame)


def three_channels(
    shares: NDArray[np.float32], colour_filter: ColourFilter, handling: str
) -> NDArray[np.float32]:
    """H x W x 1 or 3 as the networks take it.

    A mosaic is by default spread over three planes with zeros and averaged over cells of 2 x 2, half as
    large: the networks were trained on sums of random mosaics, whose expected values these are.
    """
    if colour_filter is ColourFilter.MONO or handling == REPEATED:
        return shares if shares.shape[2] == 3 else np.repeat(shares, 3, axis=2)
    planes: NDArray[np.float32] = spread(shares, colour_filter)
    if handling == SPARSE:
        return planes
    # Reflection about the last row keeps the phase of the filter.
    odd = [(0, side % 2) for side in planes.shape[:2]]
    return cell_means(np.pad(planes, [*odd, (0, 0)], mode="reflect"))


def padded(values: NDArray[np.float32], multiple: int, smallest: int) -> NDArray[np.float32]:
    """Grown to the right and below by reflection until both sides are multiples and long enough."""
    missing = [(0, -(-max(side, smallest) // multiple) * multiple - side) for side in values.shape[:2]]
    widths = [*missing, (0, 0)]
    return (
        np.pad(values, widths, mode="reflect")
        if min(values.shape[:2]) > 1
        else np.pad(values, widths, "edge")
    )
