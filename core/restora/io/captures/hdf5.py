"""Captures in HDF5: a dataset of frames, a group of numbered frames, four planes per frame, MATLAB 7.3."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.kinds import ColourFilter
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.captures.contents import Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.layouts import ArrayForm, understand
from restora.io.decoding import decoding

if TYPE_CHECKING:
    import h5py
    from numpy.typing import NDArray

PUBLISHED_PLANES = "capture_integrated/raw_hdf5"
"""The group of the published colour captures, whose frames come in fours."""
_MOST_CHUNK_BYTES = 2**28
_MOST_VISITED = 10_000
_DEEPEST = 4
_PEEKS = 4
_PEEK_SIDE = 1024
_LONGEST_METADATA = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetFrames:
    """Frames along one axis of a dataset; the file is open only while it is read."""

    path: Path
    name: str
    time_axis: int

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says."""
        with decoding(self.path, "HDF5"), _opened(self.path) as file:
            dataset = _dataset(self.path, file, self.name)
            window = (*(slice(None),) * self.time_axis, slice(start, stop))
            return np.moveaxis(np.asarray(dataset[window]), self.time_axis, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberedFrames:
    """One dataset per raw frame, in the order of their numbers; `planes` of them make one frame."""

    path: Path
    group: str
    keys: tuple[str, ...]
    shape: tuple[int, int]
    dtype: np.dtype[Any]
    planes: int

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says; N x height x width."""
        keys = self.keys[start * self.planes : stop * self.planes]
        with decoding(self.path, "HDF5"), _opened(self.path) as file:
            raw = np.stack([self._raw(file, key) for key in keys])
        if self.planes == 1:
            return raw
        return woven(raw.reshape(-1, self.planes, *self.shape))

    def _raw(self, file: h5py.File, key: str) -> NDArray[Any]:
        dataset = _dataset(self.path, file, f"{self.group}/{key}")
        if _picture_shape(dataset.shape) != self.shape or dataset.dtype != self.dtype:
            raise FileProblemError(
                self.path,
                f"its frame {key} is {dataset.dtype} of {dataset.shape}, "
                f"the first {self.dtype} of {self.shape}",
            )
        return np.asarray(dataset[()]).reshape(self.shape)


def woven(planes: NDArray[Any]) -> NDArray[Any]:
    """One mosaic of four raw frames, N x 4 x H x W: red, green of even rows, blue, green of odd rows."""
    mosaic = np.empty((len(planes), *planes.shape[2:]), planes.dtype)
    for plane, row, column in ((0, 0, 0), (1, 0, 1), (2, 1, 1), (3, 1, 0)):
        mosaic[:, row::2, column::2] = planes[:, plane, row::2, column::2]
    return mosaic


def open_hdf5(path: Path, sheet: FactSheet, *, is_matlab: bool) -> Contents:
    """The frames of the one group or dataset that holds some, or of the stated one."""
    with decoding(path, "HDF5"), _opened(path) as file:
        name = _chosen(sheet, file)
        found = _owned_at(file, name)
        if _is_group(found):
            return _numbered(sheet, path, name, found)
        return _whole(sheet, path, name, _dataset(path, file, name), is_matlab=is_matlab)


def _opened(path: Path) -> h5py.File:
    import h5py

    return h5py.File(path, "r", locking=False)


def _chosen(sheet: FactSheet, file: h5py.File) -> str:
    stated = sheet.get("member", str)
    if stated is not None:
        if _owned_at(file, stated) is None:
            raise sheet.problem(
                f"has no {stated} of its own (links are not followed)",
                state="`member`, the name of a dataset or group",
            )
        return stated
    found = _candidates(file)
    if len(found) == 1:
        sheet.learn_from_file("member", found[0], "as the only one")
        return found[0]
    names = ", ".join(found[:20]) or "none"
    raise sheet.problem(
        f"has {len(found)} datasets or groups that can be captures ({names})",
        state="`member`, the name of one",
    )


def _candidates(file: h5py.File) -> list[str]:
    """Datasets of three or more axes and groups of numbered frames, down to a small depth."""
    found: list[str] = []
    visited = 0
    waiting: list[tuple[str, h5py.Group, int]] = [("", file, 0)]
    while waiting and visited < _MOST_VISITED:
        path, group, depth = waiting.pop(0)
        keys = list(group)
        numbered = _frame_keys(group, keys)
        if numbered:
            found.append(path or "/")
            continue
        for key in keys[:_MOST_VISITED]:
            visited += 1
            entry = _owned(group, key)
            name = f"{path}/{key}".strip("/")
            if _is_group(entry) and depth < _DEEPEST and key != "#refs#":
                waiting.append((name, entry, depth + 1))
            elif _is_frames(entry):
                found.append(name)
    return found


def _frame_keys(group: h5py.Group, keys: list[str]) -> list[str]:
    """The numeric names in a group, in numeric order, where they are frames."""
    numeric = [key for key in keys if key.isascii() and key.isdigit()]
    if not numeric or _is_group(_owned(group, numeric[0])):
        return []
    return sorted(numeric, key=int)


def _owned(group: h5py.Group, key: str) -> object:
    """An entry that this file itself holds; links to elsewhere are nothing."""
    import h5py

    if not isinstance(group.get(key, getlink=True), h5py.HardLink):
        return None
    return group.get(key)


def _owned_at(file: h5py.File, name: str) -> object:
    """What stands at a path, where every step of it belongs to this file."""
    entry: object = file
    for key in name.strip("/").split("/"):
        if not _is_group(entry):
            return None
        entry = _owned(entry, key) if key else entry
    return entry


def _is_group(entry: object) -> bool:
    import h5py

    return isinstance(entry, h5py.Group)


def _is_frames(entry: object) -> bool:
    import h5py

    return isinstance(entry, h5py.Dataset) and len(entry.shape or ()) >= 3 and entry.dtype.kind in "bui"


def _dataset(path: Path, file: h5py.File, name: str) -> h5py.Dataset:
    import h5py

    entry = _owned_at(file, name)
    if not isinstance(entry, h5py.Dataset) or entry.shape is None:
        raise FileProblemError(path, f"{name} is no dataset that the file itself holds")
    if entry.external or entry.is_virtual:
        raise FileProblemError(path, f"{name} keeps its numbers in other files, which are not followed")
    chunk = math.prod(entry.chunks or (1,)) * entry.dtype.itemsize
    if chunk > _MOST_CHUNK_BYTES:
        raise FileProblemError(
            path,
            f"{name} is kept in pieces of {chunk >> 20} MiB, expected at most {_MOST_CHUNK_BYTES >> 20}",
        )
    return entry


def _whole(sheet: FactSheet, path: Path, name: str, dataset: h5py.Dataset, *, is_matlab: bool) -> Contents:
    layout = sheet.get("layout", str)
    if is_matlab and layout is None and len(dataset.shape) == 3:
        layout = sheet.assume("layout", "hwt", "MATLAB's usual order of frames")
    shape = dataset.shape[::-1] if is_matlab else dataset.shape
    form = understand(sheet, shape, dataset.dtype, lambda: _peek(dataset))
    if form.time_axis is None:
        raise sheet.problem(f"{name} is one frame of shape {shape}; open it as a picture")
    if is_matlab:
        # MATLAB counts axes the other way round than the file keeps them.
        form = _reversed(form)
    title = "MATLAB 7.3" if is_matlab else "HDF5"
    source = DatasetFrames(path=path, name=name, time_axis=form.time_axis or 0)
    return Contents(format=f"{title}, {dataset.dtype}", source=source, form=form)


def _reversed(form: ArrayForm) -> ArrayForm:
    from dataclasses import replace

    axes = len(form.stored.axes)
    stored = replace(form.stored, axes=form.stored.axes[::-1])
    return replace(form, time_axis=axes - (form.time_axis or 0), stored=stored)


def _peek(dataset: h5py.Dataset) -> NDArray[Any]:
    """The first corner of a few slices along the longest axis."""
    axis = int(np.argmax(dataset.shape))
    places = np.unique(np.linspace(0, dataset.shape[axis] - 1, _PEEKS).astype(np.int64)).tolist()
    before, after = (slice(0, _PEEK_SIDE),) * axis, (slice(0, _PEEK_SIDE),) * (dataset.ndim - axis - 1)
    return np.concatenate([np.asarray(dataset[(*before, at, *after)]).reshape(-1) for at in places])


def _numbered(sheet: FactSheet, path: Path, name: str, group: h5py.Group) -> Contents:
    keys = _frame_keys(group, list(group))
    if not keys:
        raise sheet.problem(f"its group {name} has no numbered frames", state="another `member`")
    first = _dataset(path, group.file, f"{group.name}/{keys[0]}")
    shape = _picture_shape(first.shape)
    if shape is None:
        raise sheet.problem(f"its frame {keys[0]} has the shape {first.shape}, expected height x width")
    _learn_metadata(sheet, first)
    planes = _planes(sheet, str(group.name).strip("/"))
    if len(keys) < planes:
        raise sheet.problem(f"has {len(keys)} raw frames, of which {planes} make one frame")
    source = NumberedFrames(
        path=path,
        group=str(group.name).strip("/"),
        keys=tuple(keys),
        shape=shape,
        dtype=first.dtype,
        planes=planes,
    )
    frames = len(keys) // planes
    sheet.learn("layout", "thw", Origin.FILE, "in numbered frames")
    form = understand(sheet, (frames, *shape), first.dtype, lambda: np.asarray(first[()]))
    return Contents(format=f"HDF5, {len(keys)} numbered frames", source=source, form=form)


def _planes(sheet: FactSheet, group: str) -> int:
    known = sheet.get("planes", int)
    if known is None:
        is_published = (
            group == PUBLISHED_PLANES and sheet.get("colour filter", ColourFilter) in _WOVEN_FILTERS
        )
        if is_published:
            known = sheet.assume("planes", 4, f"as in the published captures with {PUBLISHED_PLANES}")
        else:
            known = sheet.assume("planes", 1, "every raw frame is a frame")
    if known == 4:
        sheet.learn_from_file("colour filter", ColourFilter.RGGB, "in four planes per frame")
    return known


_WOVEN_FILTERS = (None, ColourFilter.RGGB)


def _learn_metadata(sheet: FactSheet, frame: h5py.Dataset) -> None:
    """What a frame's JSON attribute says about its filter and the frames summed in it."""
    raw = frame.attrs.get("metadata")
    text = raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw
    if not isinstance(text, str) or len(text) > _LONGEST_METADATA:
        return
    try:
        entries = json.loads(text)
        pattern = entries.get("cfa_pattern")
        summed = entries.get("polycam_metadata", {}).get("num_integrated_binary_frames")
    except (ValueError, RecursionError, AttributeError) as error:
        raise sheet.problem(f"the metadata of its frame are damaged ({error})") from error
    source = "in the frame's metadata"
    if isinstance(pattern, str) and pattern.lower() in {str(known) for known in ColourFilter}:
        sheet.learn("colour filter", ColourFilter(pattern.lower()), Origin.FILE, source)
    if isinstance(summed, int) and summed > 0:
        bits = summed.bit_length()
        if summed != 2**bits - 1:
            raise sheet.problem(f"sums {summed} binary frames per frame; only 1, 3, 7, 15, … are supported")
        sheet.learn("bits", bits, Origin.FILE, source)


def _picture_shape(shape: tuple[int, ...]) -> tuple[int, int] | None:
    if len(shape) < 2 or any(size != 1 for size in shape[2:]):
        return None
    return shape[0], shape[1]
