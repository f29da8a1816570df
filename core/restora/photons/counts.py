"""Sums of binary frames: what k bits mean and how networks want to see them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_BITS = 16


def frames_for_bits(bits: int) -> int:
    """How many binary frames a sum of `bits` bits holds: 1, 3, 7, 15, …; BadInputError outside 1..16."""
    if not 1 <= bits <= MOST_BITS:
        raise BadInputError(f"bits must be 1 to {MOST_BITS}, got {bits}")
    return int(2**bits - 1)


def sum_frames(frames: NDArray[np.unsignedinteger]) -> NDArray[np.uint32]:
    """Detections per pixel over the first axis."""
    total: NDArray[np.uint32] = frames.sum(axis=0, dtype=np.uint32)
    return total


def block_sums(frames: NDArray[np.unsignedinteger], length: int) -> NDArray[np.uint32]:
    """Sums of consecutive blocks of `length` frames, blocks first; an incomplete rest is left out.

    Raises BadInputError where not even one block fits.
    """
    blocks = len(frames) // length if length > 0 else 0
    if blocks == 0:
        raise BadInputError(f"blocks of {length} frames were asked for, but there are {len(frames)} frames")
    cut = frames[: blocks * length].reshape(blocks, length, *frames.shape[1:])
    sums: NDArray[np.uint32] = cut.sum(axis=1, dtype=np.uint32)
    return sums


def detection_rate(counts: NDArray[np.unsignedinteger], frames: int) -> NDArray[np.float32]:
    """The share of `frames` in which each pixel fired, 0..1; counts above `frames` are a BadInputError."""
    check_counts(counts, frames)
    return (counts / np.float64(frames)).astype(np.float32)


def model_input(counts: NDArray[np.unsignedinteger], frames: int) -> NDArray[np.float32]:
    """Counts as networks for k-bit sums want them: 2·S/n - 1, float32, computed in that order."""
    return np.float32(2) * detection_rate(counts, frames) - np.float32(1)


def check_counts(counts: NDArray[np.unsignedinteger], frames: int) -> None:
    """BadInputError unless every count lies in 0..`frames`."""
    if frames < 1:
        raise BadInputError(f"a sum needs at least one frame, got {frames}")
    most = int(counts.max(initial=0))
    if most > frames:
        raise BadInputError(f"a count of {most} cannot come from {frames} frames of one detection each")
