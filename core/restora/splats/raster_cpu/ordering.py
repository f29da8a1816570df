"""Which Gaussian lies in front of which, and which tile of the picture shows which."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.splats.raster_cpu.compiling import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

TILE = 16
"""Side of a tile, pixels."""
_BITS = 11
_BUCKETS = 1 << _BITS


@kernel
def gather(
    starts: NDArray[np.int64],
    counts: NDArray[np.int64],
    keys: NDArray[np.uint32],
    out_keys: NDArray[np.uint32],
    out_slots: NDArray[np.int32],
) -> None:
    """Close the gaps between the pieces that were projected apart."""
    position = 0
    for piece in range(len(starts)):
        for slot in range(starts[piece], starts[piece] + counts[piece]):
            out_keys[position] = keys[slot]
            out_slots[position] = slot
            position += 1


@kernel
def sort_pass(
    shift: int,
    keys: NDArray[np.uint32],
    slots: NDArray[np.int32],
    out_keys: NDArray[np.uint32],
    out_slots: NDArray[np.int32],
) -> None:
    """One stable pass of a radix sort over eleven bits."""
    places = np.zeros(_BUCKETS + 1, np.int64)
    for i in range(len(keys)):
        places[((keys[i] >> np.uint32(shift)) & np.uint32(_BUCKETS - 1)) + 1] += 1
    for bucket in range(_BUCKETS):
        places[bucket + 1] += places[bucket]
    for i in range(len(keys)):
        bucket = (keys[i] >> np.uint32(shift)) & np.uint32(_BUCKETS - 1)
        place = places[bucket]
        places[bucket] = place + 1
        out_keys[place] = keys[i]
        out_slots[place] = slots[i]


@kernel
def count_tiles(
    slots: NDArray[np.int32], boxes: NDArray[np.uint16], columns: int, counts: NDArray[np.int64]
) -> None:
    """How many Gaussians every tile shows."""
    for i in range(len(slots)):
        box = boxes[slots[i]]
        for row in range(box[2] // TILE, (box[3] + TILE - 1) // TILE):
            for column in range(box[0] // TILE, (box[1] + TILE - 1) // TILE):
                counts[row * columns + column] += 1


@kernel
def fill_tiles(
    slots: NDArray[np.int32],
    boxes: NDArray[np.uint16],
    columns: int,
    first_row: int,
    end_row: int,
    places: NDArray[np.int64],
    entries: NDArray[np.int32],
) -> None:
    """List, for the tiles of some rows, what they show from front to back; `places` are used up."""
    for i in range(len(slots)):
        slot = slots[i]
        box = boxes[slot]
        for row in range(max(box[2] // TILE, first_row), min((box[3] + TILE - 1) // TILE, end_row)):
            for column in range(box[0] // TILE, (box[1] + TILE - 1) // TILE):
                tile = (row - first_row) * columns + column
                entries[places[tile]] = slot
                places[tile] += 1
