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
from restora.io.captures.layouts import ArrayForm, check_sizes
from restora.io.captures.scaled_counts import bits_and_levels, counts_of
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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PictureFrames:
    """Frames that are pictures of one size; `levels` undoes a scaling of counts to the full range."""

    files: tuple[Path, ...]
    pages: int
    """1, or the pages of a single file."""
    shape: tuple[int, int, int]
    dtype: np.dtype[Any]
    levels: NDArray[np.uint8] | None = None
    """See `scaled_counts`."""

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says; N x height x width x channels."""
        if self.pages > 1:
            places, found = [self.files[0]] * (stop - start), _pages(self.files[0], start, stop)
        else:
            places = list(self.files[start:stop])
            found = [_decoded(path)[1] for path in places]
        for path, frame in zip(places, found, strict=True):
            self._check(path, frame)
        return counts_of(np.stack(found), self.levels, lambda number: places[number])

    def _check(self, path: Path, frame: NDArray[Any]) -> None:
        if frame.shape != self.shape or frame.dtype != self.dtype:
            raise FileProblemError(
                path,
                f"has a frame of {frame.shape[1]} x {frame.shape[0]}, {frame.dtype}; the first is "
                f"{self.shape[1]} x {self.shape[0]}, {self.dtype}",
            )


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
    bits, levels = bits_and_levels(sheet, source, source.dtype, frames)
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
