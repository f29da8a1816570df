"""The packed pixels of a PNG file, made by several threads, a run of rows each.

libpng packs on one core and looks for repetitions from far back, which photographs do not have: on them this
takes an eighth of its time on two cores, and less room. Every run is a deflate stream of its own that ends on
a whole byte, so that the runs one after the other are one stream.
"""

from __future__ import annotations

import zlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.parallel import workers

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.io.family import Stored

_RUN_BYTES = 2**20
_LEVEL = 6
_WINDOW_BITS, _MEMORY_LEVEL = 15, 9
_ZLIB_HEADER = b"\x78\x9c"
_DRAWN = 0.25
"""Runs that become smaller than this share are no photograph, and looking for repetitions pays."""
_SUB, _UP, _AVERAGE = 1, 2, 3
_ADLER = 65521
"""The largest prime below 2**16, by which Adler's checksum is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Run:
    packed: bytes
    checksum: int
    length: int
    """Bytes before packing."""


def packed_pixels(samples: Stored) -> Iterator[bytes]:
    """A picture's rows as a zlib stream in pieces; `samples` are height x width x channels, 8 or 16 bits."""
    checksum = 1
    yield _ZLIB_HEADER
    for run in _packed_runs(samples, max(1, _RUN_BYTES // samples[0].nbytes)):
        checksum = _joined(checksum, run)
        yield run.packed
    yield checksum.to_bytes(4, "big")


def _packed_runs(samples: Stored, step: int) -> Iterator[_Run]:
    """Runs of `step` rows in their order; only as many wait as keep every thread busy."""
    waiting: deque[Future[_Run]] = deque()
    with ThreadPoolExecutor(workers()) as pool:
        for start in range(0, len(samples), step):
            waiting.append(pool.submit(_packed_run, samples, start, start + step))
            if len(waiting) > 2 * workers():
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _packed_run(samples: Stored, start: int, end: int) -> _Run:
    filtered = _filtered(samples, start, end).data
    is_last = end >= len(samples)
    packed = _deflated(filtered, zlib.Z_RLE, is_last)
    if len(packed) < _DRAWN * len(filtered):
        packed = min(packed, _deflated(filtered, zlib.Z_DEFAULT_STRATEGY, is_last), key=len)
    return _Run(packed=packed, checksum=zlib.adler32(filtered), length=len(filtered))


def _deflated(data: memoryview, strategy: int, is_last: bool) -> bytes:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, -_WINDOW_BITS, _MEMORY_LEVEL, strategy)
    return packer.compress(data) + packer.flush(zlib.Z_FINISH if is_last else zlib.Z_SYNC_FLUSH)


def _filtered(samples: Stored, start: int, end: int) -> NDArray[np.uint8]:
    """Rows as differences from what stands left, above, or their mean: whichever is smallest for each row."""
    rows = _bytes_of(samples[max(0, start - 1) : end])
    above = rows[:-1] if start else np.concatenate([np.zeros_like(rows[:1]), rows[:-1]])
    rows = rows[1:] if start else rows
    pixel = samples.shape[2] * samples.itemsize
    left = np.zeros_like(rows)
    left[:, pixel:] = rows[:, :-pixel]
    # Half of the sum of two bytes, without the carry that a byte has no room for.
    middle = (left & above) + ((left ^ above) >> 1)
    choices = {_SUB: rows - left, _UP: rows - above, _AVERAGE: rows - middle}
    sizes = [
        np.abs(each.view(np.int8)).view(np.uint8).sum(axis=1, dtype=np.uint64) for each in choices.values()
    ]
    best = np.argmin(sizes, axis=0)
    filtered = np.empty((len(rows), 1 + rows.shape[1]), np.uint8)
    for number, (name, each) in enumerate(choices.items()):
        filtered[best == number, 0] = name
        filtered[best == number, 1:] = each[best == number]
    return filtered.reshape(-1)


def _bytes_of(samples: Stored) -> NDArray[np.uint8]:
    """Rows of bytes, the more significant one of a sample first."""
    ordered = samples.astype(samples.dtype.newbyteorder(">"), order="C", copy=False)
    return np.ascontiguousarray(ordered).view(np.uint8).reshape(len(samples), -1)


def _joined(checksum: int, run: _Run) -> int:
    """Adler's checksum of what came so far and a run behind it."""
    low, high = checksum & 0xFFFF, checksum >> 16
    run_low, run_high = run.checksum & 0xFFFF, run.checksum >> 16
    joined_high = (high + run_high + run.length * (low - 1)) % _ADLER
    return joined_high << 16 | (low + run_low - 1) % _ADLER
