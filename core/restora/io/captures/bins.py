"""Files of bare bits: SwissSPAD2, SPAD512S, and any other raw file whose shape is stated."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io.captures.contents import Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.joined_frames import JoinedFrames
from restora.io.captures.layouts import ArrayForm, bit_order, check_sizes
from restora.io.captures.options import BinFormat, BitOrder, Packing, SampleType
from restora.io.captures.sources import FileFrames, FrameSource
from restora.io.captures.stored_reader import StoredForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

_BYTE = np.dtype(np.uint8)
_TRAILER = 4
"""Bytes that some SPAD512S files have after their last frame."""
_SPAD512S_NAME = re.compile(r"RAW\d{5}\.bin", re.IGNORECASE)
_SAMPLES = {SampleType.UINT8: "u1", SampleType.UINT16_LE: "<u2", SampleType.UINT16_BE: ">u2"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bits:
    """How one kind of file keeps its frames."""

    frame_shape: tuple[int, ...]
    form: StoredForm
    dtype: np.dtype[Any] = _BYTE
    offset: int = 0
    trailer: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SwissSpadHalves:
    """Frames of the full SwissSPAD2 array, put together from the strips in which it is read out.

    Eight strips follow each other in every row: a quarter of the upper half, the same quarter of the lower
    half, and so on; the lower half stands upside down.
    """

    strips: FrameSource

    def read(self, start: int, stop: int) -> NDArray[Any]:
        """As FrameSource says: N x 512 x 64 packed bytes."""
        raw = self.strips.read(start, stop).reshape(stop - start, 256, 4, 2, 16)
        upper = raw[:, :, :, 0].reshape(-1, 256, 64)
        lower = raw[:, ::-1, :, 1].reshape(-1, 256, 64)
        return np.concatenate([upper, lower], axis=1)


def open_bins(files: Sequence[Path], sheet: FactSheet) -> Contents:
    """The frames of one or several files of one kind, one after the other.

    Raises FileProblemError where the kind is not stated, or a file does not hold whole frames.
    """
    kind = _format(sheet, files[0])
    bits = _raw(sheet) if kind is BinFormat.RAW else _sensor(sheet, kind)
    parts = [_part(path, bits, kind) for path in files]
    counts = [count for _, count in parts]
    frames = sum(counts)
    sheet.learn_from_file("frames", frames)
    form = bits.form
    check_sizes(sheet, frames=frames, height=form.height, width=form.width, channels=form.channels)
    source: FrameSource = parts[0][0]
    if len(parts) > 1:
        source = JoinedFrames(parts=tuple(part for part, _ in parts), ends=np.cumsum(counts))
    if kind is BinFormat.SWISSSPAD2_FULL:
        source = SwissSpadHalves(strips=source)
    plural = f", {len(files)} files" if len(files) > 1 else ""
    return Contents(
        format=f"{kind.value} bits{plural}",
        source=source,
        form=ArrayForm(time_axis=0, frames=frames, stored=form),
    )


def _format(sheet: FactSheet, first: Path) -> BinFormat:
    known = sheet.get("format", BinFormat)
    if known is not None:
        return known
    if _SPAD512S_NAME.fullmatch(first.name):
        return sheet.assume("format", BinFormat.SPAD512S, "named as that camera's software does")
    kinds = ", ".join(BinFormat)
    raise sheet.problem(
        "holds bare bits, which do not tell the sensor they come from", state=f"`format`, one of {kinds}"
    )


def _sensor(sheet: FactSheet, kind: BinFormat) -> _Bits:
    height = 256 if kind is BinFormat.SWISSSPAD2_HALF else 512
    order = BitOrder.MSB if kind is BinFormat.SPAD512S else BitOrder.LSB
    for name, value in (
        ("packing", Packing.WIDTH),
        ("bit order", order),
        ("bits", 1),
        ("height", height),
        ("width", 512),
        ("channels", 1),
    ):
        sheet.learn_from_file(name, value, f"in files of {kind.value}")
    if kind is BinFormat.SWISSSPAD2_HALF and sheet.get("crop", object) is None:
        sheet.warnings.append(
            "rows 0 and 1 and columns 496 to 511 of this sensor carry no picture; "
            "crop 0,2,496,254 leaves them out"
        )
    form = StoredForm(
        axes="hw", height=height, width=512, channels=1, bits=1, packing=Packing.WIDTH, bit_order=order
    )
    frame_shape = (256, 128) if kind is BinFormat.SWISSSPAD2_FULL else (height, 64)
    trailer = _TRAILER if kind is BinFormat.SPAD512S else 0
    return _Bits(frame_shape=frame_shape, form=form, trailer=trailer)


def _raw(sheet: FactSheet) -> _Bits:
    height, width, bits = (sheet.get(name, int) for name in ("height", "width", "bits"))
    if height is None or width is None or bits is None:
        raise sheet.problem("is a raw file", state="`height`, `width` and `bits`")
    channels = sheet.get("channels", int) or sheet.assume("channels", 1, "the usual number")
    check_sizes(sheet, frames=1, height=height, width=width, channels=channels)
    offset = sheet.get("offset", int) or 0
    axes, shape = ("hwc", (height, width, channels)) if channels > 1 else ("hw", (height, width))
    packing = _raw_packing(sheet, bits)
    if packing is Packing.NONE:
        dtype = _sample_type(sheet, bits)
        form = StoredForm(axes=axes, height=height, width=width, channels=channels, bits=bits)
        return _Bits(frame_shape=shape, form=form, dtype=dtype, offset=offset)
    side = axes.index("w" if packing is Packing.WIDTH else "h")
    packed = tuple(-(-size // 8) if axis == side else size for axis, size in enumerate(shape))
    form = StoredForm(
        axes=axes,
        height=height,
        width=width,
        channels=channels,
        bits=1,
        packing=packing,
        bit_order=bit_order(sheet),
    )
    return _Bits(frame_shape=packed, form=form, offset=offset)


def _raw_packing(sheet: FactSheet, bits: int) -> Packing:
    known = sheet.get("packing", Packing)
    is_sampled = bits > 1 or sheet.get("sample", SampleType) is not None
    if is_sampled:
        sheet.learn_from_file("packing", Packing.NONE, "for whole samples")
        return Packing.NONE
    return known or sheet.assume("packing", Packing.WIDTH, "the usual side")


def _sample_type(sheet: FactSheet, bits: int) -> np.dtype[Any]:
    known = sheet.get("sample", SampleType)
    if known is None and bits > 8:
        raise sheet.problem(f"has samples of {bits} bits", state="`sample`, uint16le or uint16be")
    sample = known or sheet.assume("sample", SampleType.UINT8, f"enough for {bits} bits")
    dtype = np.dtype(_SAMPLES[sample])
    if bits > 8 * dtype.itemsize:
        raise sheet.problem(f"cannot hold counts of {bits} bits in samples of {sample}")
    return dtype


def _part(path: Path, bits: _Bits, kind: BinFormat) -> tuple[FileFrames, int]:
    part = FileFrames(path=path, offset=bits.offset, dtype=bits.dtype, frame_shape=bits.frame_shape)
    size = path.stat().st_size - bits.offset
    frames, rest = divmod(size, part.frame_bytes)
    if size <= 0 or frames == 0 or rest > bits.trailer:
        raise FileProblemError(
            path,
            f"has {max(size, 0)} bytes of frames, which is no whole number of frames of {part.frame_bytes} "
            f"bytes as {kind.value} has them",
        )
    return part, frames
