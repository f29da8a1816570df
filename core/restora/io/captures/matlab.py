"""Captures in MATLAB 5 files, alone or as numbered parts beside an `info.json`."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io.captures.contents import Contents, contents_in_memory
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.folders import check_inside
from restora.io.captures.layouts import ArrayForm
from restora.io.captures.stored_reader import StoredForm
from restora.io.decoding import check_ordinary, decoding

if TYPE_CHECKING:
    from numpy.typing import NDArray

MAGIC = b"MATLAB 5.0 MAT-file"
INFO = "info.json"
PART_VARIABLE = "OUTPUT"
_MOST_BYTES = 2**30
_DEFLATE_RATIO = 1032
_CLASS_BYTES = {
    "logical": 1,
    "uint8": 1,
    "int8": 1,
    "uint16": 2,
    "int16": 2,
    "uint32": 4,
    "int32": 4,
    "uint64": 8,
    "int64": 8,
    "double": 8,
    "single": 4,
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartFrames:
    """Frames in `part_1.mat`, `part_2.mat`, … of equal length; the last part that was read is kept."""

    parts: tuple[Path, ...]
    per_part: int
    height: int
    width: int
    _kept: dict[int, NDArray[Any]] = field(default_factory=dict)

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says; N x height x width."""
        pieces = []
        at = start
        while at < stop:
            index, first = divmod(at, self.per_part)
            until = min(stop, (index + 1) * self.per_part)
            part = self._part(index)
            if part.ndim != 3 or until - index * self.per_part > part.shape[2]:
                raise FileProblemError(
                    self.parts[index], f"is of shape {part.shape}, but {self.per_part} frames belong here"
                )
            if part.shape[:2] != (self.height, self.width) or part.dtype.kind not in "bu":
                raise FileProblemError(
                    self.parts[index], f"holds {part.dtype} of {part.shape}, unlike the first part"
                )
            pieces.append(np.moveaxis(part[:, :, first : first + until - at], 2, 0))
            at = until
        return np.concatenate(pieces)

    def _part(self, index: int) -> NDArray[Any]:
        part = self._kept.get(index)
        if part is None:
            part = _variable(self.parts[index], PART_VARIABLE)
            self._kept.clear()
            self._kept[index] = part
        return part


def open_matlab(path: Path, sheet: FactSheet) -> Contents:
    """The frames of the one variable with three axes, or of the stated one; at most 1 GiB is read."""
    name = _chosen(sheet, path)
    array = _variable(path, name)
    if sheet.get("layout", str) is None and array.ndim == 3:
        sheet.assume("layout", "hwt", "MATLAB's usual order of frames")
    return contents_in_memory(sheet, array, f"MATLAB 5, {array.dtype}")


def open_parts(folder: Path, sheet: FactSheet) -> Contents:
    """The frames of `part_<i>.mat` files beside an `info.json` with `no_parts` and `no_frames`."""
    parts, frames = _described(folder / INFO, sheet)
    paths = tuple(folder / f"part_{number}.mat" for number in range(1, parts + 1))
    check_inside(folder, paths)
    for path in paths:
        check_ordinary(path)
    first = _variable(paths[0], PART_VARIABLE)
    if first.ndim != 3 or first.dtype.kind not in "bu":
        raise FileProblemError(paths[0], f"{PART_VARIABLE} is {first.dtype} of shape {first.shape}")
    if not (parts - 1) * first.shape[2] < frames <= parts * first.shape[2]:
        raise sheet.problem(f"states {frames} frames in {parts} parts, but the first holds {first.shape[2]}")
    sheet.learn_from_file("frames", frames)
    sheet.learn_from_file("bits", 1, "in parts of binary frames")
    form = StoredForm(axes="hw", height=first.shape[0], width=first.shape[1], channels=1, bits=1)
    return Contents(
        format=f"MATLAB, {parts} parts",
        source=PartFrames(parts=paths, per_part=first.shape[2], height=first.shape[0], width=first.shape[1]),
        form=ArrayForm(time_axis=0, frames=frames, stored=form),
    )


def _described(info: Path, sheet: FactSheet) -> tuple[int, int]:
    check_ordinary(info)
    try:
        entries = json.loads(info.read_bytes()[: 2**20])
        parts, frames = entries["no_parts"], entries["no_frames"]
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise sheet.problem(f"{INFO} does not state no_parts and no_frames") from error
    if not all(type(number) is int and 0 < number < 2**31 for number in (parts, frames)):
        raise sheet.problem(f"{INFO} states {parts!r} parts and {frames!r} frames")
    if not (info.parent / f"part_{parts}.mat").exists():
        raise sheet.problem(f"{INFO} states {parts} parts, but part_{parts}.mat is missing")
    return parts, frames


def _chosen(sheet: FactSheet, path: Path) -> str:
    found = {
        name: shape for name, shape, kind in _variables(path) if len(shape) >= 3 and kind in _CLASS_BYTES
    }
    stated = sheet.get("member", str)
    if stated is None and len(found) == 1:
        name = next(iter(found))
        sheet.learn_from_file("member", name, "as the only one")
        return name
    if stated is not None and stated in {name for name, _, _ in _variables(path)}:
        return stated
    names = ", ".join(sorted(found)[:20]) or "none"
    raise sheet.problem(f"has the variables of frames {names}", state="`member`, the name of one")


def _variables(path: Path) -> list[tuple[str, tuple[int, ...], str]]:
    import scipy.io

    with decoding(path, "MATLAB"):
        return [
            (str(name), tuple(int(size) for size in shape), str(kind))
            for name, shape, kind in scipy.io.whosmat(path)
        ]


def _variable(path: Path, name: str) -> NDArray[Any]:
    """One variable, after its size was checked against what the file can hold."""
    import scipy.io

    found = {known: (shape, kind) for known, shape, kind in _variables(path)}
    if name not in found:
        raise FileProblemError(path, f"has no variable {name} (known: {', '.join(sorted(found)[:20])})")
    shape, kind = found[name]
    needed = math.prod(shape) * _CLASS_BYTES.get(kind, 8)
    most = min(_MOST_BYTES, path.stat().st_size * _DEFLATE_RATIO)
    if min(shape, default=0) < 1 or needed > most:
        raise FileProblemError(
            path, f"{name} of shape {shape} takes {needed} bytes; at most {most} can be read from this file"
        )
    with decoding(path, "MATLAB"):
        array = scipy.io.loadmat(path, variable_names=[name])[name]
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "bui":
        raise FileProblemError(path, f"{name} is {kind}, but detections are logical or whole numbers")
    return array
