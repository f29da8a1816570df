"""Radiance pictures (.hdr): RGB with a shared exponent."""

from __future__ import annotations

import re
from pathlib import Path

from restora.data.image import Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.decoding import HEAD_BYTES, decoding
from restora.io.family import Header, Stored, chosen
from restora.io.limits import check_stored
from restora.io.options import OpenOptions

SUFFIXES: tuple[str, ...] = (".hdr", ".rgbe", ".pic")

_STARTS = (b"#?RADIANCE", b"#?RGBE")
_SIZE = re.compile(rb"\n([-+])([XY]) (\d{1,9}) ([-+])([XY]) (\d{1,9})\n")
_FORMAT = re.compile(rb"\nFORMAT=([^\n]*)\n")
_EXPOSURE = re.compile(rb"\nEXPOSURE=\s*([-+.\deE]{1,30})\s*\n")
_LEAST_BYTES_PER_RUN = 2 / 127
"""Run-length coding turns at most 127 equal bytes into two."""


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as Radiance pictures do."""
    return head.startswith(_STARTS)


def header(path: Path, options: OpenOptions) -> Header:
    """Size and exposure."""
    chosen(path, options.page, 1, "page")
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    size, form = _SIZE.search(head), _FORMAT.search(head)
    if size is None or form is None:
        raise FileProblemError(path, "its Radiance header is damaged: format and size are expected")
    if form[1].strip() != b"32-bit_rle_rgbe":
        raise FileProblemError(
            path, f"keeps colours as {form[1].decode('latin-1')}, expected 32-bit_rle_rgbe"
        )
    if (size[1], size[2], size[4], size[5]) != (b"-", b"Y", b"+", b"X"):
        raise FileProblemError(path, "keeps its rows turned or mirrored, which is not read")
    height, width = int(size[3]), int(size[6])
    check_stored(path, int(width * height * 4 * _LEAST_BYTES_PER_RUN), f"{width} x {height} pixels")
    exposure = _EXPOSURE.search(head)
    facts = []
    if exposure is not None:
        value = f"{exposure[1].decode()}, not applied"
        facts.append(Fact(name="exposure", value=value, origin=Origin.FILE))
    return Header(
        format="Radiance HDR",
        width=width,
        height=height,
        channels=3,
        bits=32,
        transfer=Transfer.LINEAR,
        metadata=Metadata(source_bits=32),
        facts=tuple(facts),
    )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:  # noqa: ARG001 - Radiance needs no options
    """The pixels as floats."""
    with decoding(path, "Radiance HDR"):
        import imagecodecs

        pixels: Stored = imagecodecs.rgbe_decode(path.read_bytes())
        return pixels
