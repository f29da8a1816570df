"""OpenEXR: half and float channels, of which one group becomes the picture."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.image import Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.colour import straight_alpha
from restora.io.decoding import decoding
from restora.io.exr_header import MAGIC, ExrHeader, read_exr_header
from restora.io.family import Header, Stored, chosen
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    import OpenEXR

SUFFIXES: tuple[str, ...] = (".exr",)
_GROUPS = (("R", "G", "B", "A"), ("R", "G", "B"), ("Y",))
_TYPES: Mapping[str, type[np.floating]] = {"HALF": np.float16, "FLOAT": np.float32}


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as OpenEXR does."""
    return head.startswith(MAGIC)


def header(path: Path, options: OpenOptions) -> Header:
    """Size, channels and texts."""
    chosen(path, options.page, 1, "page")
    found = read_exr_header(path)
    used = _used(path, found, options.array)
    bits = 32 if any(found.channels[name] == "FLOAT" for name in used) else 16
    return Header(
        format=f"OpenEXR, {'half' if bits == 16 else 'float'}",
        width=found.width,
        height=found.height,
        channels=len(used),
        bits=bits,
        has_named_arrays=True,
        transfer=Transfer.LINEAR,
        stored_bytes=bits // 8,
        metadata=Metadata(text=found.texts, source_bits=bits),
        facts=_facts(found, used),
        warnings=_warnings(found),
    )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:
    """The chosen channels as floats, colours divided by alpha."""
    found = read_exr_header(path)
    used = _used(path, found, options.array)
    pixels = np.empty((header.height, header.width, len(used)), np.float32)
    with _opened(path) as file:
        for index, name in enumerate(used):
            data = np.frombuffer(file.channel(name), _TYPES[found.channels[name]])
            pixels[:, :, index] = data.reshape(header.height, header.width)
    return straight_alpha(pixels) if len(used) == 4 else pixels


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


def _facts(found: ExrHeader, used: tuple[str, ...]) -> tuple[Fact, ...]:
    facts = [Fact(name="channels", value=_listed(found.channels), origin=Origin.FILE)]
    if len(used) == 4:
        facts.append(Fact(name="alpha", value="premultiplied, divided out", origin=Origin.FILE))
    if found.data_window != found.display_window:
        value = f"{found.data_window} of {found.display_window}"
        facts.append(Fact(name="data window", value=value, origin=Origin.FILE))
    return tuple(facts)


def _warnings(found: ExrHeader) -> tuple[str, ...]:
    warnings = ["holds several parts; the first is read"] if found.has_parts else []
    if found.data_window != found.display_window:
        warnings.append("its pixels do not cover its display window exactly; the stored pixels are shown")
    return tuple(warnings)


def _used(path: Path, found: ExrHeader, stated: str | None) -> tuple[str, ...]:
    used = _named(path, found.channels, stated)
    if found.subsampled & set(used):
        raise FileProblemError(path, "has channels of lower resolution, which are not read")
    if any(found.channels[name] not in _TYPES for name in used):
        raise FileProblemError(path, f"its channel(s) {_listed(used)} hold whole numbers, not light")
    return used


def _named(path: Path, names: Mapping[str, str], stated: str | None) -> tuple[str, ...]:
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
