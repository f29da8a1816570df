"""A single-photon capture: frames of detections that stay on disk until they are asked for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np

from restora.data.arrays import CountStack, Mask
from restora.data.geometry import FrameWindow, Rect
from restora.data.kinds import ColourFilter
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK_FRAMES = 256
"""Frames read at once while summing: bounds memory to a few dozen megabytes at common sensor sizes."""


class Origin(StrEnum):
    """How a fact about a capture was learnt."""

    FILE = "file"
    STATED = "stated"
    SIDECAR = "sidecar"
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One statement about how a file was read, such as `bit order = msb`, and where it comes from."""

    name: str
    value: str
    origin: Origin


class FrameReader(Protocol):
    """Random access to frames; how the file keeps them is the reader's affair."""

    def read(self, start: int, stop: int) -> CountStack:
        """Frames `start` to `stop` (exclusive) as unsigned integers, frames x height x width x channels."""
        ...


@runtime_checkable
class SummingReader(FrameReader, Protocol):
    """A reader that can sum without handing out every frame."""

    def total(self, start: int, stop: int, crop: Rect | None) -> NDArray[np.uint32]:
        """Detections per pixel over frames `start` to `stop` (exclusive), within `crop` where it is given."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotonCube:
    """Frames of detections with everything that must be known to use them; no frame is in memory."""

    reader: FrameReader
    frames: int
    height: int
    width: int
    channels: int = 1
    bits: int = 1
    """Bits per stored frame: a frame holds 0 .. 2**bits - 1 detections."""
    colour_filter: ColourFilter = ColourFilter.MONO
    facts: tuple[Fact, ...] = ()
    crop: Rect | None = None
    """The part of the reader's frames that this cube shows; None means all of them."""
    bad_pixels: Mask | None = None
    """Pixels that must not be trusted, height x width; None where nothing is known."""

    def __post_init__(self) -> None:
        if self.bad_pixels is not None and self.bad_pixels.shape != (self.height, self.width):
            raise BadInputError(
                f"the map of bad pixels must be {self.height} x {self.width}, got {self.bad_pixels.shape}"
            )

    @property
    def most_per_frame(self) -> int:
        """The largest count that one stored frame can hold."""
        return int(2**self.bits - 1)

    def read(self, window: FrameWindow) -> CountStack:
        """The frames of `window`; raises BadInputError where the capture does not have them."""
        self._check(window)
        frames = self.reader.read(window.start, window.stop)
        if self.crop is None:
            return frames
        return frames[:, self.crop.rows, self.crop.columns]

    def total(self, window: FrameWindow) -> NDArray[np.uint32]:
        """Detections per pixel over `window`, height x width x channels."""
        self._check(window)
        if isinstance(self.reader, SummingReader):
            return self.reader.total(window.start, window.stop, self.crop)
        total = np.zeros((self.height, self.width, self.channels), np.uint32)
        for start in range(window.start, window.stop, _CHUNK_FRAMES):
            stop = min(start + _CHUNK_FRAMES, window.stop)
            total += self.read(FrameWindow(start, stop - start)).sum(axis=0, dtype=np.uint32)
        return total

    def cropped(self, rect: Rect) -> PhotonCube:
        """The same capture through a smaller window on its pixels; the colour filter's phase moves along."""
        if not rect.lies_in(self.width, self.height):
            raise BadInputError(f"crop {rect} does not lie in a capture of {self.width} x {self.height}")
        base = self.crop or Rect(0, 0, self.width, self.height)
        inner = Rect(base.x + rect.x, base.y + rect.y, rect.width, rect.height)
        shifted = shift_filter(self.colour_filter, rect.x, rect.y)
        bad = None if self.bad_pixels is None else self.bad_pixels[rect.rows, rect.columns]
        return replace(
            self, crop=inner, width=rect.width, height=rect.height, colour_filter=shifted, bad_pixels=bad
        )

    def sha256(self, window: FrameWindow) -> str:
        """A hash of exactly the counts in `window`, so that a large capture need not be read whole."""
        import hashlib  # OpenSSL comes with it, which opening and summing do without

        self._check(window)
        digest = hashlib.sha256(f"{self.height} {self.width} {self.channels} {self.bits}".encode())
        digest.update(self.colour_filter.value.encode())
        if self.bad_pixels is not None:
            digest.update(np.packbits(self.bad_pixels).data)
        for start in range(window.start, window.stop, _CHUNK_FRAMES):
            stop = min(start + _CHUNK_FRAMES, window.stop)
            chunk = self.read(FrameWindow(start, stop - start))
            digest.update(np.ascontiguousarray(chunk, dtype="<u4").data)
        return digest.hexdigest()

    def _check(self, window: FrameWindow) -> None:
        if window.length < 1 or window.start < 0 or window.stop > self.frames:
            raise BadInputError(
                f"frames {window.start} to {window.stop - 1} were asked for, "
                f"but the capture has frames 0 to {self.frames - 1}"
            )


def shift_filter(colour_filter: ColourFilter, columns: int, rows: int) -> ColourFilter:
    """The filter's name after the first `columns` columns and `rows` rows are cut away."""
    if colour_filter is ColourFilter.MONO:
        return colour_filter
    top, bottom = colour_filter.value[:2], colour_filter.value[2:]
    if rows % 2:
        top, bottom = bottom, top
    if columns % 2:
        top, bottom = top[::-1], bottom[::-1]
    return ColourFilter(top + bottom)
