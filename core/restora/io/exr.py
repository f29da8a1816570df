"""OpenEXR: half and float channels, of which one group becomes the picture."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.colour import straight_alpha
from restora.io.decoding import decoding
from restora.io.family import Header, Stored, chosen
from restora.io.limits import check_size
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    import OpenEXR

SUFFIXES: tuple[str, ...] = (".exr",)
MAGIC = b"\x76\x2f\x31\x01"

_DEEP_FLAG, _PARTS_FLAG = 0x800, 0x1000
_GROUPS = (("R", "G", "B", "A"), ("R", "G", "B"), ("Y",))
_TYPES: Mapping[str, type[np.floating]] = {"HALF": np.float16, "FLOAT": np.float32}
_MOST_TEXT = 2**20


@dataclass(frozen=True, slots=True, kw_only=True)
class _Channels:
    """The channels of a file, and those that make the picture."""

    all: Mapping[str, str]
    """Type by name."""
    used: tuple[str, ...]
    width: int
    height: int
    texts: Mapping[str, str]
    window: str | None
    """What the data window is, where it differs from the display window."""

    @property
    def bits(self) -> int:
        return 32 if any(self.all[name] == "FLOAT" for name in self.used) else 16


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as OpenEXR does."""
    return head.startswith(MAGIC)


def header(path: Path, options: OpenOptions) -> Header:
    """Size, channels and texts."""
    chosen(path, options.page, 1, "page")
    flags = _flags(path)
    with _opened(path) as file:
        found = _channels(path, file, options)
    facts = [Fact(name="channels", value=_listed(found.all), origin=Origin.FILE)]
    if len(found.used) == 4:
        facts.append(Fact(name="alpha", value="premultiplied, divided out", origin=Origin.FILE))
    if found.window is not None:
        facts.append(Fact(name="data window", value=found.window, origin=Origin.FILE))
    warnings = ["holds several parts; the first is read"] if flags & _PARTS_FLAG else []
    if found.window is not None:
        warnings.append("its pixels do not cover its display window exactly; the stored pixels are shown")
    return Header(
        format=f"OpenEXR, {'half' if found.bits == 16 else 'float'}",
        width=found.width,
        height=found.height,
        channels=len(found.used),
        bits=found.bits,
        transfer=Transfer.LINEAR,
        stored_bytes=len(found.used) * found.bits // 8 * 2,
        metadata=Metadata(text=found.texts, source_bits=found.bits),
        facts=tuple(facts),
        warnings=tuple(warnings),
    )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:
    """The chosen channels as floats, colours divided by alpha."""
    with _opened(path) as file:
        found = _channels(path, file, options)
        check_size(path, found.width, found.height, header.channels, limit=options.max_bytes)
        pixels = np.empty((found.height, found.width, len(found.used)), np.float32)
        for index, name in enumerate(found.used):
            data = np.frombuffer(file.channel(name), _TYPES[found.all[name]])
            pixels[:, :, index] = data.reshape(found.height, found.width)
        return straight_alpha(pixels) if len(found.used) == 4 else pixels


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[OpenEXR.InputFile]:
    # The newer class OpenEXR.File reads every channel of every part at once and reports damage by printing
    # to standard output; this one reads what it is asked for and raises.
    with decoding(path, "OpenEXR"):
        import OpenEXR

        file = OpenEXR.InputFile(str(path))
        try:
            yield file
        finally:
            file.close()


def _flags(path: Path) -> int:
    with path.open("rb") as stream:
        flags = int.from_bytes(stream.read(8)[4:], "little")
    if flags & _DEEP_FLAG:
        raise FileProblemError(path, "is a deep image, which has no single value per pixel")
    return flags


def _channels(path: Path, file: OpenEXR.InputFile, options: OpenOptions) -> _Channels:
    stated = file.header()
    channels = stated["channels"]
    names = {name: str(channel.type) for name, channel in channels.items()}
    used = _used(path, names, options.array)
    if any(channels[name].xSampling != 1 or channels[name].ySampling != 1 for name in used):
        raise FileProblemError(path, "has channels of lower resolution, which are not read")
    if any(names[name] not in _TYPES for name in used):
        raise FileProblemError(path, f"its channel(s) {_listed(used)} hold whole numbers, not light")
    data, shown = stated["dataWindow"], stated["displayWindow"]
    bounds = [(w.min.x, w.min.y, w.max.x, w.max.y) for w in (data, shown)]
    return _Channels(
        all=names,
        used=used,
        width=data.max.x - data.min.x + 1,
        height=data.max.y - data.min.y + 1,
        texts={
            key: value.decode("utf-8", "replace")
            for key, value in stated.items()
            if isinstance(value, bytes) and key not in ("type", "name") and len(value) < _MOST_TEXT
        },
        window=None if bounds[0] == bounds[1] else f"{bounds[0]} of {bounds[1]}",
    )


def _used(path: Path, names: Mapping[str, str], stated: str | None) -> tuple[str, ...]:
    """The stated channel or layer; without a statement RGB(A), Y or the only channel."""
    if stated is not None and stated in names:
        return (stated,)
    prefix = "" if stated is None else f"{stated}."
    for group in _GROUPS:
        full = tuple(prefix + letter for letter in group)
        if all(name in names for name in full) and not _has_chroma(names, prefix):
            return full
    if stated is None and len(names) == 1:
        return tuple(names)
    asked = "which one is meant must be stated" if stated is None else f"none of them is {stated!r}"
    raise FileProblemError(
        path,
        f"holds the channels {_listed(names)}; {asked}",
        advice="State one as `array=NAME`.",
    )


def _has_chroma(names: Mapping[str, str], prefix: str) -> bool:
    return f"{prefix}RY" in names or f"{prefix}BY" in names


def _listed(names: Mapping[str, str] | tuple[str, ...]) -> str:
    found = sorted(names)
    return ", ".join(found[:20]) + (f" and {len(found) - 20} more" if len(found) > 20 else "")
