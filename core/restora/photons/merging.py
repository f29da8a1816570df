"""Adding up the blocks of a burst along the motion of the scene, without ghosts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.photons.alignment import align
from restora.photons.mosaic import cell_means, masked
from restora.photons.stabilise import noise_sd, stabilise
from restora.photons.warping import enlarged, sample, sample_cubic, sample_squared, smooth

if TYPE_CHECKING:
    from numpy.typing import NDArray

_WIDE = np.array([1, 4, 6, 4, 1], np.float32) / 16
_PASSES = 3
"""Blocks are compared after this many smoothings, together a Gaussian of sigma √3 pixels."""
_CELL_PASSES = 1
"""The same behind a colour filter, where pixels are cells of 2 x 2 and four times as calm."""
_HOLE = np.array([1, 2, 1], np.float32) / 4
_HOLE_SHARE = 0.05
"""Of one block's frames: the weight of neighbouring samples where no block saw a colour."""

Tick = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Detections summed over consecutive frames."""

    counts: NDArray[np.uint32]
    """Height x width x channels."""
    frames: int
    """Binary frames in the sum."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merged:
    """One picture out of many blocks."""

    rate: NDArray[Any]
    """Detections per frame, height x width x 1 or 3 (behind a colour filter: 3)."""
    frames: NDArray[Any]
    """How many frames the noise of each value corresponds to, same shape."""
    agreement: NDArray[Any]
    """Mean weight of the blocks, height x width x 1: low where things moved out of sight."""


def merge(
    blocks: Sequence[Block],
    reference: int,
    *,
    colour_filter: ColourFilter = ColourFilter.MONO,
    tolerance: float = 2.5,
    tick: Tick | None = None,
) -> Merged:
    """Align every block to block number `reference` and average what agrees with it.

    A block counts less where it differs from the reference by more than about `tolerance` standard deviations
    of what noise explains. Behind a colour filter blocks are aligned by 2 x 2 cells, and the motion itself
    fills in the colours that a pixel did not see. Raises BadInputError for pictures below 16 x 16 pixels.
    """
    if min(blocks[0].counts.shape[:2]) < 16:
        height, width = blocks[0].counts.shape[:2]
        raise BadInputError(f"a burst needs at least 16 x 16 pixels to be aligned, got {width} x {height}")
    scene = _Scene.of(blocks[reference], colour_filter)
    sums = _Sums()
    for number, block in enumerate(blocks):
        if number == reference:
            sums.add(block, None, None, colour_filter)
        else:
            flow, weight = scene.follow(block, tolerance)
            sums.add(block, flow, weight, colour_filter)
        if tick is not None:
            tick(number + 1, len(blocks))
    return sums.result(blocks[reference].frames, colour_filter)


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """The reference block in the forms that comparing needs."""

    block: Block
    colour_filter: ColourFilter
    guide: NDArray[Any]
    blurred: NDArray[Any]

    @classmethod
    def of(cls, block: Block, colour_filter: ColourFilter) -> _Scene:
        return cls(
            block,
            colour_filter,
            _guide(block, colour_filter),
            _blurred(_grey(block, colour_filter), _passes(colour_filter)),
        )

    def follow(self, block: Block, tolerance: float) -> tuple[NDArray[Any], NDArray[Any]]:
        """Displacement and weight (height x width x 1) of another block, for every pixel of the reference."""
        samples = _samples_per_grey(self.colour_filter, block.counts.shape[2])
        noise = (noise_sd(block.frames) ** 2 + noise_sd(self.block.frames) ** 2) / samples
        flow = align(self.guide, _guide(block, self.colour_filter), noise_variance=noise)
        passes = _passes(self.colour_filter)
        other = _blurred(sample(_grey(block, self.colour_filter), flow), passes)
        mean = np.clip((other + self.blurred) / 2, 0.01, 0.99)
        kept = 1 / (4 * math.pi * passes)  # of the noise's variance, under a Gaussian of sigma √passes
        variance = mean * (1 - mean) * (1 / block.frames + 1 / self.block.frames) * kept / samples
        surprise = np.square(other - self.blurred) / (tolerance**2 * variance)
        weight = 1 / (1 + surprise**2)
        if self.colour_filter is ColourFilter.MONO:
            return flow, weight
        height, width = self.block.counts.shape[:2]
        return 2 * enlarged(flow, height, width), enlarged(weight, height, width)


class _Sums:
    """Weighted sums over blocks."""

    def __init__(self) -> None:
        self.detections: NDArray[Any] | float = 0.0
        self.frames: NDArray[Any] | float = 0.0
        self.squares: NDArray[Any] | float = 0.0
        self.weight: NDArray[Any] | float = 0.0
        self.blocks = 0

    def add(
        self,
        block: Block,
        flow: NDArray[Any] | None,
        weight: NDArray[Any] | None,
        colour_filter: ColourFilter,
    ) -> None:
        """Add one block, read along `flow`."""
        counts = block.counts.astype(np.float32)
        factor = np.ones((*counts.shape[:2], 1), np.float32) if weight is None else weight
        if colour_filter is ColourFilter.MONO:
            seen, kept = (counts, np.float32(1)) if flow is None else sample_cubic(counts, flow)
            share: NDArray[Any] | np.float32 = np.float32(1)
        else:
            mask = masked(np.ones((*counts.shape[:2], 3), np.float32), colour_filter)
            planes = mask * counts
            seen, share, kept = planes, mask, mask
            if flow is not None:
                seen, share, kept = sample(planes, flow), sample(mask, flow), sample_squared(mask, flow)
        self.detections = self.detections + factor * seen
        self.frames = self.frames + factor * share * np.float32(block.frames)
        self.squares = self.squares + factor**2 * kept * np.float32(block.frames)
        self.weight = self.weight + factor
        self.blocks += 1

    def result(self, block_frames: int, colour_filter: ColourFilter) -> Merged:
        """The averages; colours that no block saw somewhere come from their surroundings."""
        detections, frames = np.asarray(self.detections), np.asarray(self.frames)
        squares, weight = np.asarray(self.squares), np.asarray(self.weight)
        if colour_filter is not ColourFilter.MONO:
            around = smooth(detections, _HOLE) / np.maximum(smooth(frames, _HOLE), 1e-6)
            filler = np.float32(_HOLE_SHARE * block_frames)
            detections = detections + filler * around
            squares = squares + filler**2 / np.maximum(2 * smooth(frames, _HOLE), 1e-6)
            frames = frames + filler
        rate = np.clip(detections / frames, 0, 1)
        effective = frames**2 / squares
        shape = (*weight.shape[:2], rate.shape[2])
        return Merged(
            rate=np.asarray(rate, np.float32),
            frames=np.ascontiguousarray(np.broadcast_to(effective, shape), np.float32),
            agreement=np.asarray(weight / self.blocks, np.float32),
        )


def _guide(block: Block, colour_filter: ColourFilter) -> NDArray[Any]:
    """Brightness with even noise, height x width; half as large behind a colour filter."""
    even = stabilise(block.counts, block.frames)
    cells = even if colour_filter is ColourFilter.MONO else cell_means(even)
    return np.asarray(cells.mean(axis=2), np.float32)


def _grey(block: Block, colour_filter: ColourFilter) -> NDArray[Any]:
    """Detections per frame over all colours, height x width x 1; half as large behind a colour filter."""
    rate = block.counts / np.float32(block.frames)
    cells = rate if colour_filter is ColourFilter.MONO else cell_means(rate)
    return np.asarray(cells.mean(axis=2, keepdims=True), np.float32)


def _samples_per_grey(colour_filter: ColourFilter, channels: int) -> int:
    return channels if colour_filter is ColourFilter.MONO else 4


def _passes(colour_filter: ColourFilter) -> int:
    return _PASSES if colour_filter is ColourFilter.MONO else _CELL_PASSES


def _blurred(grey: NDArray[Any], passes: int) -> NDArray[Any]:
    for _ in range(passes):
        grey = smooth(grey, _WIDE)
    return grey
