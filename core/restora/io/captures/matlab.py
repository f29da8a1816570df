"""Captures in MATLAB 5 files, alone or as numbered parts beside an `info.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io.captures import mat5
from restora.io.captures.contents import Contents, contents_in_memory
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.folders import check_inside
from restora.io.captures.layouts import ArrayForm
from restora.io.captures.signs import MATLAB_INFO
from restora.io.captures.stored_reader import StoredForm
from restora.io.decoding import check_ordinary

if TYPE_CHECKING:
    from numpy.typing import NDArray

PART_VARIABLE = "OUTPUT"


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
    """The frames of the one variable with three axes, or of the stated one.

    Uncompressed variables are read in place; compressed ones are unpacked if they stay below 1 GiB.
    """
    found = {variable.name: variable for variable in mat5.variables(path)}
    variable = found[_chosen(sheet, found)]
    if sheet.get("layout", str) is None and len(variable.place.shape) == 3:
        sheet.assume("layout", "hwt", "MATLAB's usual order of frames")
    title = f"MATLAB 5, {variable.place.dtype}"
    if variable.packed is None:
        return variable.place.contents(sheet, title)
    return contents_in_memory(sheet, mat5.read_variable(variable), title)


def open_parts(folder: Path, sheet: FactSheet) -> Contents:
    """The frames of `part_<i>.mat` files beside an `info.json` with `no_parts` and `no_frames`."""
    parts, frames = _described(folder / MATLAB_INFO, sheet)
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
        raise sheet.problem(f"{MATLAB_INFO} does not state no_parts and no_frames") from error
    if not all(type(number) is int and 0 < number < 2**31 for number in (parts, frames)):
        raise sheet.problem(f"{MATLAB_INFO} states {parts!r} parts and {frames!r} frames")
    if not (info.parent / f"part_{parts}.mat").exists():
        raise sheet.problem(f"{MATLAB_INFO} states {parts} parts, but part_{parts}.mat is missing")
    return parts, frames


def _chosen(sheet: FactSheet, found: Mapping[str, mat5.Variable]) -> str:
    frames = sorted(name for name, variable in found.items() if len(variable.place.shape) >= 3)
    stated = sheet.get("member", str)
    if stated is None and len(frames) == 1:
        sheet.learn_from_file("member", frames[0], "as the only one")
        return frames[0]
    if stated is not None and stated in found:
        return stated
    names = ", ".join(frames[:20]) or "none"
    raise sheet.problem(f"has the numeric variables of frames {names}", state="`member`, the name of one")


def _variable(path: Path, name: str) -> NDArray[Any]:
    found = {variable.name: variable for variable in mat5.variables(path)}
    if name not in found:
        raise FileProblemError(path, f"has no numeric variable {name}")
    return mat5.read_variable(found[name])
