"""What a user can state about a capture, on the command line, in the window and in a recipe."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar

from restora.data.geometry import Rect
from restora.data.json_values import JSON
from restora.data.kinds import ColourFilter
from restora.data.orientation import Flip, Orientation
from restora.errors import ParameterError

LARGEST_SIDE = 65_535
MOST_BITS = 16
_LARGEST_NUMBER = 2**53


class BinFormat(StrEnum):
    """Files of bare bits, whose content cannot tell which sensor wrote them."""

    SWISSSPAD2_HALF = "swissspad2-half"
    """512 frames of 256 rows x 512 columns per file."""
    SWISSSPAD2_FULL = "swissspad2-full"
    """256 frames of 512 x 512 per file, in eight interleaved strips."""
    SPAD512S = "spad512s"
    """Up to 1000 frames of 512 x 512 per file."""
    RAW = "raw"
    """Anything else: height, width and bits must be stated."""


class Packing(StrEnum):
    """Along which side eight pixels share a byte."""

    NONE = "none"
    WIDTH = "width"
    HEIGHT = "height"


class BitOrder(StrEnum):
    """Which bit of a byte is the first pixel."""

    MSB = "msb"
    """The most significant one, as numpy.packbits does."""
    LSB = "lsb"


class SampleType(StrEnum):
    """How a raw file keeps one pixel, where pixels are not packed."""

    UINT8 = "uint8"
    UINT16_LE = "uint16le"
    UINT16_BE = "uint16be"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptureOptions:
    """Facts that a user states; every one may be missing.

    Layout, sizes, filter and bad pixels describe the frames as the file keeps them. Then frames are turned
    by `rotation`, mirrored by `flip`, and cut by `crop`, in this order.
    """

    format: BinFormat | None = None
    layout: str | None = None
    """The axes in order: t frames, h rows, w columns, c channels; `thw`, `hwt`, `thwc`."""
    packing: Packing | None = None
    bit_order: BitOrder | None = None
    bits: int | None = None
    """A stored frame holds 0 .. 2**bits - 1 detections per pixel."""
    colour_filter: ColourFilter | None = None
    planes: int | None = None
    """Raw frames that together make one frame: 4 where each holds one site of the colour filter."""
    frames: int | None = None
    height: int | None = None
    width: int | None = None
    channels: int | None = None
    sample: SampleType | None = None
    offset: int | None = None
    """Bytes before the first frame of a raw file."""
    rotation: int | None = None
    """0, 90, 180 or 270 degrees counter-clockwise."""
    flip: Flip | None = None
    crop: Rect | None = None
    exposure_us: float | None = None
    """Of one stored frame."""
    frame_rate: float | None = None
    """Stored frames per second."""
    member: str | None = None
    """Which array of an NPZ, variable of a MAT or dataset or group of an HDF5 file."""
    bad_pixels: str | None = None
    """A file that marks bad pixels, beside the capture or by its full path."""

    @property
    def orientation(self) -> Orientation:
        """How frames are turned after reading."""
        return Orientation(quarter_turns=(self.rotation or 0) // 90, flip=self.flip or Flip.NONE)

    @classmethod
    def from_pairs(cls, pairs: Mapping[str, str]) -> CaptureOptions:
        """From `name=value` as typed; raises ParameterError for unknown names and unusable values."""
        return cls(**{name: _parsed(name, text) for name, text in pairs.items()})  # type: ignore[arg-type]  # _PARSERS gives each field its type

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> CaptureOptions:
        """From `to_json`; raises ParameterError where it is something else."""
        for name, entry in value.items():
            if isinstance(entry, bool) or not isinstance(entry, str | int | float):
                raise ParameterError(name, f"must be text or a number, got {entry!r}")
        return cls.from_pairs({name: str(entry) for name, entry in value.items()})

    def to_json(self) -> dict[str, JSON]:
        """Everything that is stated, ready for a recipe."""
        stated = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: _plain(value) for name, value in stated.items() if value is not None}


def parse_layout(text: str) -> str:
    """`text` if it names each axis once and rows and columns at least; ValueError otherwise."""
    if len(set(text)) != len(text) or not set("hw") <= set(text) <= set("thwc"):
        raise ValueError("must be an order of the letters t, h, w and c such as thw, hwt or thwc")
    return text


def _plain(value: object) -> JSON:
    if isinstance(value, Rect):
        return f"{value.x},{value.y},{value.width},{value.height}"
    if isinstance(value, str | int | float):
        return value
    raise TypeError(f"{value!r} is no option value")


def _parsed(name: str, text: str) -> object:
    parser = _PARSERS.get(name)
    if parser is None:
        raise ParameterError(name, f"is nothing that can be stated about a capture ({', '.join(_PARSERS)})")
    try:
        return parser(text.strip())
    except ValueError as error:
        raise ParameterError(name, f"{error}, got {text[:80]!r}") from error


def _whole(least: int, most: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 20 and least <= int(text) <= most):
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(text)

    return parse


def _one_of(*allowed: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if text not in {str(number) for number in allowed}:
            raise ValueError(f"must be one of {', '.join(str(number) for number in allowed)}")
        return int(text)

    return parse


E_ = TypeVar("E_", bound=StrEnum)


def _choice(kind: type[E_]) -> Callable[[str], E_]:
    def parse(text: str) -> E_:
        try:
            return kind(text.lower())
        except ValueError:
            raise ValueError(f"must be one of {', '.join(kind)}") from None

    return parse


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise ValueError("must be a number above 0")
    return value


def _rect(text: str) -> Rect:
    whole = _whole(0, LARGEST_SIDE)
    parts = text.split(",")
    try:
        x, y, width, height = (whole(part.strip()) for part in parts)
    except ValueError:
        raise ValueError("must be x,y,width,height in whole pixels") from None
    if width < 1 or height < 1:
        raise ValueError("must have at least one pixel")
    return Rect(x, y, width, height)


def _text(text: str) -> str:
    if not text or "\0" in text:
        raise ValueError("must be a name")
    return text


_PARSERS: Mapping[str, Callable[[str], object]] = MappingProxyType(
    {
        "format": _choice(BinFormat),
        "layout": parse_layout,
        "packing": _choice(Packing),
        "bit_order": _choice(BitOrder),
        "bits": _whole(1, MOST_BITS),
        "colour_filter": _choice(ColourFilter),
        "planes": _one_of(1, 4),
        "frames": _whole(1, _LARGEST_NUMBER),
        "height": _whole(1, LARGEST_SIDE),
        "width": _whole(1, LARGEST_SIDE),
        "channels": _one_of(1, 3),
        "sample": _choice(SampleType),
        "offset": _whole(0, _LARGEST_NUMBER),
        "rotation": _one_of(0, 90, 180, 270),
        "flip": _choice(Flip),
        "crop": _rect,
        "exposure_us": _positive,
        "frame_rate": _positive,
        "member": _text,
        "bad_pixels": _text,
    }
)
