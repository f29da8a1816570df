"""PNG with 1 to 16 bits: pixels through libpng (imagecodecs), all other chunks through `png_chunks`."""

from __future__ import annotations

import struct
from pathlib import Path

from restora.data.image import Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.errors import FileProblemError
from restora.io.colour import channels_after, with_channels
from restora.io.decoding import decoding
from restora.io.exif import orientation_of, without_prefix
from restora.io.family import Header, Stored, chosen
from restora.io.limits import check_stored
from restora.io.options import OpenOptions
from restora.io.png_chunks import SIGNATURE, Chunks, pixel_stream, read_chunks, unpack_profile

SUFFIXES: tuple[str, ...] = (".png", ".apng")

_DEFLATE_RATIO = 1032
"""Deflate cannot make data smaller than this."""

_CICP_TRANSFERS = {8: Transfer.LINEAR, 13: Transfer.SRGB}
_COLOUR_TYPES = {0: "grey", 2: "colour", 3: "palette", 4: "grey with alpha", 6: "colour with alpha"}


def sniff(head: bytes, path: Path) -> bool:  # noqa: ARG001 - every family is asked the same way
    """Whether the content starts as PNG does."""
    return head.startswith(SIGNATURE)


def header(path: Path, options: OpenOptions) -> Header:
    """Size, depth, profile, EXIF and texts."""
    chunks = read_chunks(path)
    chosen(path, options.page, 1, "page")
    packed_at_least = chunks.height * (chunks.row_bytes + 1) // _DEFLATE_RATIO
    check_stored(path, packed_at_least, f"{chunks.width} x {chunks.height} pixels")
    exif = without_prefix(chunks.single.get(b"eXIf"))
    transfer, origin = _transfer(path, chunks, options)
    sample_bytes = 2 if chunks.bits == 16 else 1
    return Header(
        format=f"PNG, {chunks.bits} bit {_COLOUR_TYPES[chunks.colour_type]}",
        width=chunks.width,
        height=chunks.height,
        channels=channels_after(chunks.samples),
        bits=8 * sample_bytes,
        transfer=transfer,
        transfer_origin=origin,
        stored_bytes=channels_after(chunks.samples) * sample_bytes,
        orientation=orientation_of(exif),
        metadata=Metadata(
            exif=exif, icc=_profile(path, chunks), text=chunks.texts, source_bits=max(8, chunks.bits)
        ),
        facts=_facts(chunks),
        warnings=_warnings(chunks),
    )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:  # noqa: ARG001 - PNG needs no options
    """The pixels; palettes and transparent colours are unpacked."""
    with decoding(path, "PNG"):
        import imagecodecs

        pixels = imagecodecs.png_decode(pixel_stream(path))
        return with_channels(pixels)


def _profile(path: Path, chunks: Chunks) -> bytes | None:
    body = chunks.single.get(b"iCCP")
    return None if body is None else unpack_profile(path, body)


def _transfer(path: Path, chunks: Chunks, options: OpenOptions) -> tuple[Transfer, Origin]:
    code = chunks.single.get(b"cICP", b"")[1:2]
    if code and options.transfer is None:
        if code[0] not in _CICP_TRANSFERS:
            raise FileProblemError(
                path,
                f"its numbers follow transfer {code[0]} of ITU-T H.273, expected sRGB (13) or linear (8)",
                advice="State the transfer to open it all the same.",
            )
        return _CICP_TRANSFERS[code[0]], Origin.FILE
    return Transfer.SRGB, Origin.FILE if b"sRGB" in chunks.single else Origin.ASSUMED


def _facts(chunks: Chunks) -> tuple[Fact, ...]:
    facts = []
    gamma = chunks.single.get(b"gAMA", b"")
    if len(gamma) == 4:
        value = f"{struct.unpack('>I', gamma)[0] / 1e5:g}, not applied"
        facts.append(Fact(name="gamma", value=value, origin=Origin.FILE))
    if b"cHRM" in chunks.single:
        facts.append(Fact(name="primaries", value="stated by the file, not applied", origin=Origin.FILE))
    return tuple(facts)


def _warnings(chunks: Chunks) -> tuple[str, ...]:
    warnings = []
    gamma = chunks.single.get(b"gAMA", b"")
    is_linear = len(gamma) == 4 and struct.unpack(">I", gamma)[0] == 100_000
    if is_linear and not {b"sRGB", b"iCCP", b"cICP"} & chunks.single.keys():
        warnings.append("states a gamma of 1: if its numbers are linear light, state the transfer `linear`")
    if b"acTL" in chunks.single:
        warnings.append("is animated; only its still picture is read")
    return tuple(warnings)
