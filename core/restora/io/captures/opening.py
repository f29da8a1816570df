"""Opens captures: recognises them, settles every fact about them, and reports how they were read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from restora.data.geometry import Rect
from restora.data.kinds import ColourFilter, Kind
from restora.data.orientation import Flip, Orientation
from restora.data.photon_cube import Fact, Origin, PhotonCube
from restora.errors import BadInputError, FileProblemError
from restora.io.captures.bit_order import check_assumed_bit_order
from restora.io.captures.contents import Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.options import BinFormat, CaptureOptions
from restora.io.captures.sidecars import learn_sidecars
from restora.io.captures.signs import (
    HDF5_MAGIC,
    MAT5_MAGIC,
    MATLAB_INFO,
    PICTURE_SUFFIXES,
    TRANSFORMS,
    ZIP_MAGIC,
    is_hdf5,
)
from restora.io.captures.stored_reader import StoredReader
from restora.io.decoding import read_head
from restora.io.npy_header import MAGIC as NPY_MAGIC

if TYPE_CHECKING:
    from restora.data.arrays import Mask
    from restora.data.item import Probe

_SAMPLED_FRAMES = 16
_SAMPLED_PIXELS = 2**24
_GZIP = b"\x1f\x8b"

_STATED = {
    "format": "format",
    "layout": "layout",
    "packing": "packing",
    "bit_order": "bit order",
    "bits": "bits",
    "colour_filter": "colour filter",
    "planes": "planes",
    "frames": "frames",
    "height": "height",
    "width": "width",
    "channels": "channels",
    "sample": "sample",
    "offset": "offset",
    "rotation": "rotation",
    "flip": "flip",
    "exposure_us": "exposure in µs",
    "frame_rate": "frames per second",
    "member": "member",
    "bad_pixels": "bad pixels",
    "crop": "crop",
}
"""What people call the options."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OpenedCapture:
    """A capture and how it was read."""

    cube: PhotonCube
    format: str
    warnings: tuple[str, ...]


def open_cube(path: Path, options: CaptureOptions | None = None) -> PhotonCube:
    """The capture in a file or folder, with every fact settled and no frame in memory.

    Raises FileProblemError where it is damaged, where facts contradict each other, and where something must
    be stated first; the sentence says what.
    """
    return open_capture(path, options).cube


def probe(path: Path, options: CaptureOptions | None = None) -> Probe:
    """The same as a report: how the capture was read, and how bright a few of its frames are."""
    from restora.data.item import Probe as Report  # opening and summing do without

    opened = open_capture(path, options)
    cube = opened.cube
    return Report(
        kind=Kind.SPAD,
        format=opened.format,
        width=cube.width,
        height=cube.height,
        channels=cube.channels,
        frames=cube.frames,
        facts=(*cube.facts, _mean_rate(cube)),
        warnings=opened.warnings,
    )


def open_capture(path: Path, options: CaptureOptions | None = None) -> OpenedCapture:
    """The capture together with its format's name and what should be pointed out."""
    stated = options or CaptureOptions()
    target = _target(path)
    sheet = FactSheet(target)
    for field, name in _STATED.items():
        value = getattr(stated, field)
        sheet.learn(name, value, Origin.STATED, "as stated")
    learn_sidecars(sheet, target)
    try:
        contents = _contents(target, sheet)
        check_assumed_bit_order(sheet, contents)
        cube = _cube(sheet, contents)
    except OSError as error:
        raise FileProblemError(target, f"cannot be read: {error.strerror or error}") from error
    return OpenedCapture(cube=cube, format=contents.format, warnings=tuple(sheet.warnings))


def _target(path: Path) -> Path:
    """The file that holds the frames, where `path` is a `transforms.json` or a folder with one."""
    sidecar = path / TRANSFORMS if path.is_dir() else path
    if sidecar.name != TRANSFORMS or not sidecar.exists():
        return path
    from restora.io.captures.transforms import read_transforms

    named = read_transforms(sidecar).file_path
    if named is None:
        return path
    return _beside(sidecar, named)


def _beside(sidecar: Path, named: str) -> Path:
    """The file that a sidecar names; raises FileProblemError where it is missing or outside its folder."""
    inside = PurePosixPath(named)
    try:
        target = sidecar.parent.joinpath(*inside.parts)
        is_inside = target.resolve().is_relative_to(sidecar.parent.resolve())
        exists = target.exists()
    except (OSError, ValueError, RuntimeError) as error:
        raise FileProblemError(sidecar, f"names {named[:80]!r}, which no file can be called") from error
    if inside.is_absolute() or ".." in inside.parts or not is_inside:
        raise FileProblemError(sidecar, f"names {named!r}, which leads out of its folder")
    if not exists:
        raise FileProblemError(sidecar, f"names {named!r}, which does not exist")
    return target


def _contents(path: Path, sheet: FactSheet) -> Contents:
    """What the file holds. Each format's module is imported where it is met: most captures need one."""
    if path.is_dir():
        return _folder_contents(path, sheet)
    head = read_head(path)
    if sheet.get("format", BinFormat) is None:
        if head.startswith(NPY_MAGIC):
            from restora.io.captures.npy import open_npy

            return open_npy(path, sheet)
        if head.startswith(ZIP_MAGIC):
            from restora.io.captures.npz import open_npz

            return open_npz(path, sheet)
        if is_hdf5(head):
            from restora.io.captures.hdf5 import open_hdf5

            return open_hdf5(path, sheet, is_matlab=not head.startswith(HDF5_MAGIC))
        if head.startswith(MAT5_MAGIC):
            from restora.io.captures.matlab import open_matlab

            return open_matlab(path, sheet)
        if head.startswith(_GZIP):
            raise FileProblemError(path, "is packed with gzip", advice="Unpack it first (gunzip).")
        if path.suffix.lower() in PICTURE_SUFFIXES:
            from restora.io.captures.pictures import open_pictures

            return open_pictures([path], sheet)
        from restora.io import video

        if video.sniff(head, path):
            from restora.io.captures.videos import open_video

            return open_video(path, sheet)
    from restora.io.captures.bins import open_bins

    return open_bins([path], sheet)


def _folder_contents(folder: Path, sheet: FactSheet) -> Contents:
    from restora.io.captures import bins, folders, matlab, pictures

    if (folder / MATLAB_INFO).exists():
        return matlab.open_parts(folder, sheet)
    raw = folders.bin_files(folder)
    if raw:
        return bins.open_bins(folders.in_order(folder, raw, sheet), sheet)
    files = pictures.frame_files(folder, sheet)
    if files:
        return pictures.open_pictures(files, sheet)
    raise FileProblemError(folder, "is a folder without frames (PNG, TIFF, .bin, or transforms.json)")


def _cube(sheet: FactSheet, contents: Contents) -> PhotonCube:
    form = contents.form.stored
    colour_filter = _colour_filter(sheet, form.channels)
    turns = (sheet.get("rotation", int) or 0) // 90
    orientation = Orientation(quarter_turns=turns, flip=sheet.get("flip", Flip) or Flip.NONE)
    height, width = orientation.size(form.height, form.width)
    bad = _bad_pixels(sheet, form.height, form.width)
    cube = PhotonCube(
        reader=StoredReader(
            path=sheet.path, source=contents.source, form=replace(form, orientation=orientation)
        ),
        frames=contents.form.frames,
        height=height,
        width=width,
        channels=form.channels,
        bits=form.bits,
        colour_filter=orientation.filter_after(colour_filter, form.height, form.width),
        facts=sheet.facts(),
        bad_pixels=None if bad is None else orientation.apply(bad),
    )
    crop = sheet.get("crop", Rect)
    return cube if crop is None else _cropped(sheet, cube, crop)


def _cropped(sheet: FactSheet, cube: PhotonCube, crop: Rect) -> PhotonCube:
    try:
        return cube.cropped(crop)
    except BadInputError as error:
        raise sheet.problem(str(error)) from error


def _colour_filter(sheet: FactSheet, channels: int) -> ColourFilter:
    known = sheet.get("colour filter", ColourFilter)
    if channels > 1:
        sheet.learn_from_file("colour filter", ColourFilter.MONO, "where every pixel has three channels")
        return ColourFilter.MONO
    return known or sheet.assume("colour filter", ColourFilter.MONO, "none was stated")


def _bad_pixels(sheet: FactSheet, height: int, width: int) -> Mask | None:
    named = sheet.get("bad pixels", str)
    if named is None:
        return None
    from restora.io.captures.masks import read_mask

    return read_mask(sheet.path.parent / named, height, width)


def _mean_rate(cube: PhotonCube) -> Fact:
    """How many detections a pixel has per frame, from a few frames spread over the capture."""
    pixels = cube.height * cube.width * cube.channels
    count = min(_SAMPLED_FRAMES, max(1, _SAMPLED_PIXELS // pixels), cube.frames)
    places = np.unique(np.linspace(0, cube.frames - 1, count).astype(np.int64)).tolist()
    found = [float(cube.reader.read(at, at + 1).mean()) for at in places]
    value = f"{np.mean(found):.4g} detections per pixel and frame (mean of {len(places)} frames)"
    return Fact(name="brightness seen", value=value, origin=Origin.FILE)
