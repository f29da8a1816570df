"""Captures kept as pictures: one file per frame in a folder, or the pages of one TIFF."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io import png, tiff
from restora.io.captures.contents import Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.folders import in_order
from restora.io.captures.layouts import ArrayForm, Look, check_sizes, count_bits
from restora.io.captures.signs import PICTURE_SUFFIXES
from restora.io.captures.stored_reader import StoredForm
from restora.io.decoding import decoding, read_head
from restora.io.family import Family, Header
from restora.io.limits import check_size
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FAMILIES: tuple[Family, ...] = (png, tiff)
_GREY_OR_COLOUR = (1, 2)
"""TIFF's numbers for pictures whose samples are what they seem."""
_LOOKED_AT = 8
_MOST_SCALED_BITS = 4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureFrames:
    """Frames that are pictures of one size; `levels` undoes a scaling of counts to the full range."""

    files: tuple[Path, ...]
    pages: int
    """1, or the pages of a single file."""
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    levels: NDArray[np.uint8] | None = None
    """The count for every stored value; _NO_LEVEL where a value is none."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says; N x height x width x channels."""
        if self.pages > 1:
            places, found = [self.files[0]] * (stop - start), _pages(self.files[0], start, stop)
        else:
            places = list(self.files[start:stop])
            found = [_decoded(path)[1] for path in places]
        for path, frame in zip(places, found, strict=True):
            self._check(path, frame)
        stored = np.stack(found)
        if self.levels is None:
            return stored
        counts: NDArray[np.uint8] = self.levels[stored]
        if (counts == _NO_LEVEL).any():
            wrong = int(np.argwhere(counts == _NO_LEVEL)[0, 0])
            raise FileProblemError(
                places[wrong],
                "holds values between the levels of scaled counts",
                advice="State the right `bits`.",
            )
        return counts

    def _check(self, path: Path, frame: NDArray[Any]) -> None:
        if frame.shape != self.shape or frame.dtype != self.dtype:
            raise FileProblemError(
                path,
                f"has a frame of {frame.shape[1]} x {frame.shape[0]}, {frame.dtype}; the first is "
                f"{self.shape[1]} x {self.shape[0]}, {self.dtype}",
            )


_NO_LEVEL = 255


def open_pictures(files: Sequence[Path], sheet: FactSheet) -> Contents:
    """Frames from PNG or TIFF files in the given order, or from the pages of one TIFF."""
    header, first = _decoded(files[0])
    pages = header.pages if len(files) == 1 else 1
    shape = (first.shape[0], first.shape[1], first.shape[2])
    frames = pages if len(files) == 1 else len(files)
    for name, value in (
        ("frames", frames),
        ("height", shape[0]),
        ("width", shape[1]),
        ("channels", shape[2]),
    ):
        sheet.learn_from_file(name, value)
    check_sizes(sheet, frames=frames, height=shape[0], width=shape[1], channels=shape[2])
    if first.dtype.kind not in "bu":
        raise sheet.problem(f"holds {first.dtype} numbers, but detections are whole numbers")
    source = PictureFrames(files=tuple(files), pages=pages, shape=shape, dtype=first.dtype)
    bits, levels = _bits(sheet, source, frames)
    form = StoredForm(axes="hwc", height=shape[0], width=shape[1], channels=shape[2], bits=bits)
    return Contents(
        format=f"{header.format}, {frames} {'pages' if pages > 1 else 'files'}",
        source=replace(source, levels=levels),
        form=ArrayForm(time_axis=0, frames=frames, stored=form),
    )


def frame_files(folder: Path, sheet: FactSheet) -> tuple[Path, ...]:
    """The PNG or TIFF files of a folder in the order of their numbers; gaps become a warning.

    Raises FileProblemError where endings are mixed, or a name leads out of the folder.
    """
    found = [entry for entry in folder.iterdir() if entry.suffix.lower() in PICTURE_SUFFIXES]
    if len({entry.suffix.lower() for entry in found}) > 1:
        raise FileProblemError(
            folder, "holds frames of several formats", advice="Keep one format per folder."
        )
    return in_order(folder, found, sheet)


def _decoded(path: Path) -> tuple[Header, NDArray[Any]]:
    """A frame's header, and its samples as stored, height x width x channels."""
    head = read_head(path)
    family = next((known for known in _FAMILIES if known.sniff(head, path)), None)
    if family is None:
        raise FileProblemError(path, "is neither PNG nor TIFF", advice="Other formats change counts.")
    header = family.header(path, OpenOptions())
    check_size(path, header.width, header.height, header.channels, limit=None)
    if family is tiff:
        return header, _pages(path, 0, 1)[0]
    return header, family.decode(path, header, OpenOptions())


def _pages(path: Path, start: int, stop: int) -> list[NDArray[Any]]:
    """Samples of the pages of a TIFF; its family would turn them into floats."""
    with decoding(path, "TIFF"):
        import tifffile

        found = []
        with tifffile.TiffFile(path) as tif:
            for number in range(start, stop):
                found_page = tif.pages[number]
                page = found_page if isinstance(found_page, tifffile.TiffPage) else found_page.aspage()
                if int(page.photometric or 0) not in _GREY_OR_COLOUR or int(page.planarconfig) != 1:
                    raise FileProblemError(path, f"page {number} holds neither plain grey nor plain colour")
                check_size(path, page.imagewidth, page.imagelength, page.samplesperpixel, limit=None)
                found.append(np.asarray(page.asarray()))
    return [page[..., np.newaxis] if page.ndim == 2 else page for page in found]


def _bits(sheet: FactSheet, source: PictureFrames, frames: int) -> tuple[int, NDArray[np.uint8] | None]:
    """Bits per frame, and the levels where pictures hold counts scaled to their full range."""
    if source.dtype == np.bool_:
        return count_bits(sheet, source.dtype, Look(lambda: np.ones(1, np.uint8))), None
    places = np.unique(np.linspace(0, frames - 1, _LOOKED_AT).astype(int)).tolist()
    values = np.unique(np.concatenate([np.unique(source.read(at, at + 1)) for at in places]))
    known = sheet.get("bits", int)
    if known is not None and int(values[-1]) > 2**known - 1:
        return known, _stated_levels(sheet, values, known, source.dtype)
    if known is None and int(values[-1]) == np.iinfo(source.dtype).max:
        for bits in range(1, _MOST_SCALED_BITS + 1):
            if np.isin(values, _levels(bits, source.dtype)).all():
                sheet.assume(
                    "bits", bits, f"only the {2**bits} levels of scaled counts in the frames looked at"
                )
                return bits, _table(bits, source.dtype)
    return count_bits(sheet, source.dtype, Look(lambda: values)), None


def _stated_levels(
    sheet: FactSheet, values: NDArray[Any], bits: int, dtype: np.dtype[Any]
) -> NDArray[np.uint8]:
    if bits > _MOST_SCALED_BITS or not np.isin(values, _levels(bits, dtype)).all():
        raise sheet.problem(
            f"holds values up to {int(values[-1])}, neither counts of {bits} bit(s) nor such counts scaled "
            f"to white",
            state="the right `bits`",
        )
    return _table(bits, dtype)


def _levels(bits: int, dtype: np.dtype[Any]) -> NDArray[np.int64]:
    most = 2**bits - 1
    scaled: NDArray[np.float64] = np.rint(np.arange(most + 1) * (np.iinfo(dtype).max / most))
    return scaled.astype(np.int64)


def _table(bits: int, dtype: np.dtype[Any]) -> NDArray[np.uint8]:
    table = np.full(int(np.iinfo(dtype).max) + 1, _NO_LEVEL, np.uint8)
    table[_levels(bits, dtype)] = np.arange(2**bits)
    return table
