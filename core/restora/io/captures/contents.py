"""What a format's module hands to `opening`: frames, their form, and the format's name for people."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.layouts import ArrayForm, understand
from restora.io.captures.sources import ArrayFrames, FileFrames, FrameSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PEEKS = 16
_PEEK_BYTES = 2**20


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Contents:
    """A capture as its file keeps it."""

    format: str
    source: FrameSource
    form: ArrayForm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayPlace:
    """An array of known shape and type at a place in a file."""

    path: Path
    offset: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    fortran_order: bool = False

    @property
    def end(self) -> int:
        """The byte after the last element."""
        return self.offset + math.prod(self.shape) * self.dtype.itemsize

    def contents(self, sheet: FactSheet, title: str) -> Contents:
        """Understand the array; nothing but a few samples is read."""
        form = understand(sheet, self.shape, self.dtype, self._peek)
        return Contents(format=title, source=self._source(form), form=form)

    def _source(self, form: ArrayForm) -> FrameSource:
        if form.time_axis in (None, 0) and not self.fortran_order:
            frame_shape = self.shape if form.time_axis is None else self.shape[1:]
            return FileFrames(path=self.path, offset=self.offset, dtype=self.dtype, frame_shape=frame_shape)
        if self.fortran_order and form.time_axis == len(self.shape) - 1:
            return FileFrames(
                path=self.path,
                offset=self.offset,
                dtype=self.dtype,
                frame_shape=self.shape[-2::-1],
                axes_reversed=True,
            )
        mapped = np.memmap(
            self.path, self.dtype, "r", self.offset, self.shape, order="F" if self.fortran_order else "C"
        )
        return ArrayFrames(array=mapped, time_axis=form.time_axis)

    def _peek(self) -> NDArray[Any]:
        """Elements from all over the file, at most 16 MiB."""
        size = math.prod(self.shape)
        length = min(size, _PEEK_BYTES // self.dtype.itemsize)
        flat = FileFrames(path=self.path, offset=self.offset, dtype=self.dtype, frame_shape=())
        starts = np.unique(np.linspace(0, size - length, _PEEKS).astype(np.int64)).tolist() if size else []
        return np.concatenate([flat.read(at, at + length) for at in starts] or [np.empty(0, self.dtype)])


def contents_in_memory(sheet: FactSheet, array: NDArray[Any], title: str) -> Contents:
    """The same for an array that had to be read whole."""
    form = understand(sheet, array.shape, array.dtype, lambda: array)
    return Contents(format=title, source=ArrayFrames(array=array, time_axis=form.time_axis), form=form)
