"""Turns stored frames into frames of detections: unpacks bits, orders axes, turns, checks counts."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.geometry import Rect
from restora.data.orientation import Orientation
from restora.errors import FileProblemError
from restora.io.captures.options import BitOrder, Packing
from restora.io.captures.packed_sums import BitCounter
from restora.io.captures.sources import FrameSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.arrays import CountStack

_CHUNK_BYTES = 2 * 2**20
"""Stored bytes that are read at once while summing packed frames."""
_CHUNK_VALUES = 32 * 2**20
"""Unpacked values that are held at once while summing."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredForm:
    """How a stored frame is to be understood."""

    axes: str
    """Order of the stored frame's axes, without time: `hw`, `wh`, `hwc`, `chw`."""
    height: int
    """Before turning, and of pixels, not of bytes."""
    width: int
    channels: int
    bits: int
    packing: Packing = Packing.NONE
    bit_order: BitOrder = BitOrder.MSB
    orientation: Orientation = field(default_factory=Orientation)

    @property
    def packed_axis(self) -> int:
        """The packed axis within a stored frame."""
        return self.axes.index("w" if self.packing is Packing.WIDTH else "h")

    def unpacked(self, frames: NDArray[Any]) -> NDArray[Any]:
        """N stored frames with one value per pixel, in stored order."""
        if self.packing is Packing.NONE:
            return frames
        count = self.width if self.packing is Packing.WIDTH else self.height
        return np.unpackbits(
            np.ascontiguousarray(frames, np.uint8),
            axis=1 + self.packed_axis,
            count=count,
            bitorder="big" if self.bit_order is BitOrder.MSB else "little",
        )

    def upright(self, frames: NDArray[Any]) -> NDArray[Any]:
        """N unpacked frames as N x height x width x channels, turned."""
        order = [1 + self.axes.index(axis) for axis in "hwc" if axis in self.axes]
        ordered = frames.transpose(0, *order)
        if "c" not in self.axes:
            ordered = ordered[..., np.newaxis]
        return self.orientation.apply(ordered, rows_axis=1)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoredReader:
    """Reads and sums the frames of one source; it is a `FrameReader` and a `SummingReader`."""

    path: Path
    source: FrameSource
    form: StoredForm

    def read(self, start: int, stop: int) -> CountStack:
        """As FrameReader says; raises FileProblemError for counts that the stated bits do not allow."""
        frames = self.form.unpacked(self.source.read(start, stop))
        return self.form.upright(self._counts(frames, start))

    def total(self, start: int, stop: int, crop: Rect | None) -> NDArray[np.uint32]:
        """As SummingReader says; packed frames are summed without unpacking each of them."""
        total = self._packed_total if self.form.packing is not Packing.NONE else self._plain_total
        whole = self.form.upright(total(start, stop)[np.newaxis])[0]
        return np.ascontiguousarray(whole if crop is None else whole[crop.rows, crop.columns])

    def _packed_total(self, start: int, stop: int) -> NDArray[np.uint32]:
        counter: BitCounter | None = None
        for first, last in self._chunks(start, stop):
            frames = self.source.read(first, last)
            counter = counter or BitCounter(frames.shape[1:])
            counter.add(frames)
            del frames  # the next ones take their place: new memory would cost as much time as adding
        if counter is None:
            raise ValueError(f"frames {start} to {stop} are no window")
        return self._weighed(counter.planes())

    def _weighed(self, planes: list[NDArray[np.uint8]]) -> NDArray[np.uint32]:
        """The sum that packed planes of weight 1, 2, 4, … stand for."""
        total = self._byte_of(planes[:8]).astype(np.uint32)
        for first in range(8, len(planes), 8):
            part = self._byte_of(planes[first : first + 8]).astype(np.uint32)
            part <<= np.uint32(first)
            total |= part
        return total

    def _byte_of(self, planes: list[NDArray[np.uint8]]) -> NDArray[np.uint8]:
        """Up to eight planes as one byte per pixel: a quarter of the memory that sums take."""
        value: NDArray[np.uint8] = self.form.unpacked(planes[0][np.newaxis])[0]
        for weight, plane in enumerate(planes[1:], 1):
            bits = self.form.unpacked(plane[np.newaxis])[0]
            bits <<= np.uint8(weight)
            value |= bits
        return value

    def _plain_total(self, start: int, stop: int) -> NDArray[np.uint32]:
        total: NDArray[np.uint32] | None = None
        for first, last in self._chunks(start, stop):
            part = self._counts(self.source.read(first, last), first).sum(axis=0, dtype=np.uint32)
            total = part if total is None else np.add(total, part, out=total)
        if total is None:
            raise ValueError(f"frames {start} to {stop} are no window")
        return total

    def _chunks(self, start: int, stop: int) -> list[tuple[int, int]]:
        pixels = self.form.height * self.form.width * self.form.channels
        if self.form.packing is Packing.NONE:
            step = max(1, _CHUNK_VALUES // (pixels * (1 if self.form.bits <= 8 else 2)))
        else:
            step = max(1, _CHUNK_BYTES * 8 // pixels)
        return [(first, min(first + step, stop)) for first in range(start, stop, step)]

    def _counts(self, frames: NDArray[Any], start: int) -> CountStack:
        if frames.dtype == np.bool_:
            return frames.view(np.uint8)
        if self.form.packing is not Packing.NONE:
            return frames
        most = 2**self.form.bits - 1
        self._check(frames, start, most)
        return frames.astype(np.uint8, copy=False) if most <= 255 else frames.astype(np.uint16, copy=False)

    def _check(self, frames: NDArray[Any], start: int, most: int) -> None:
        # A type that cannot hold more needs no look at its values.
        if frames.dtype.kind == "u" and np.iinfo(frames.dtype).max <= most:
            return
        wrong = (frames > most) if frames.dtype.kind == "u" else (frames > most) | (frames < 0)
        if wrong.any():
            place = np.argwhere(wrong)[0]
            raise FileProblemError(
                self.path,
                f"frame {start + int(place[0])} holds a count of {int(frames[tuple(place)])}, but frames of "
                f"{self.form.bits} bit(s) hold 0 to {most}",
                advice="State the right number of `bits`.",
            )
