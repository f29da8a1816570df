"""The chunks of a PNG file beside its pixels: reading them with bounds, and adding some to a written file."""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from restora.errors import FileProblemError

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_MOST_UNPACKED = 16 * 2**20
"""Bytes that one profile or text may unpack to; real ones stay far below, bombs do not."""

_KEPT = frozenset({b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"cICP", b"iCCP", b"eXIf", b"acTL"})
_FOR_PIXELS = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT"})
_END = b"\0\0\0\0IEND\xaeB`\x82"
_TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_CHANNELS = {0: 1, 2: 3, 3: 3, 4: 2, 6: 4}
_DEPTHS = {0: (1, 2, 4, 8, 16), 2: (8, 16), 3: (1, 2, 4, 8), 4: (8, 16), 6: (8, 16)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunks:
    """Everything but the compressed pixels."""

    width: int
    height: int
    bits: int
    colour_type: int
    single: Mapping[bytes, bytes]
    """Body by type, of the chunks that occur at most once."""
    texts: Mapping[str, str]
    packed_bytes: int
    """Length of the compressed pixels."""

    @property
    def samples(self) -> int:
        """Samples per pixel once palette and transparency are unpacked."""
        opaque = _CHANNELS[self.colour_type]
        return opaque + 1 if b"tRNS" in self.single and opaque in (1, 3) else opaque

    @property
    def row_bytes(self) -> int:
        """Length of one row before compression, without its filter byte."""
        stored = 1 if self.colour_type == 3 else _CHANNELS[self.colour_type]
        return (self.width * stored * self.bits + 7) // 8


def read_chunks(path: Path) -> Chunks:
    """The chunks of a PNG file; raises FileProblemError where it is cut off or contradicts the format."""
    single: dict[bytes, bytes] = {}
    texts: dict[str, str] = {}
    packed = 0
    with path.open("rb") as stream:
        for kind, length in _walk(path, stream):
            if kind == b"IDAT":
                packed += length
            elif kind in _TEXTS or (kind in _KEPT and kind not in single):
                body = _body(path, stream, kind, length)
                if kind in _KEPT:
                    single[kind] = body
                else:
                    texts.update(_text(path, kind, body))
    header = single.get(b"IHDR", b"")
    if len(header) != 13:
        raise FileProblemError(path, "is no PNG file: its first chunk does not state a size")
    width, height, bits, colour_type = struct.unpack(">IIBB", header[:10])
    if bits not in _DEPTHS.get(colour_type, ()):
        raise FileProblemError(
            path, f"states colour type {colour_type} with {bits} bits, which PNG does not have"
        )
    return Chunks(
        width=width,
        height=height,
        bits=bits,
        colour_type=colour_type,
        single=single,
        texts=texts,
        packed_bytes=packed,
    )


def pixel_stream(path: Path) -> bytes:
    """The file without the chunks that do not change its samples: libpng gets nothing else to look at."""
    parts = [SIGNATURE]
    with path.open("rb") as stream:
        for kind, length in _walk(path, stream):
            if kind in _FOR_PIXELS:
                head = struct.pack(">I4s", length, kind)
                parts += [head, stream.read(length + 4)]
    return b"".join([*parts, _END])


def unpack_profile(path: Path, body: bytes) -> bytes:
    """The colour profile inside an iCCP chunk."""
    _, _, rest = body.partition(b"\0")
    return _unpack(path, rest[1:], "the colour profile")


def text_chunk(keyword: str, text: str) -> tuple[bytes, bytes]:
    """An uncompressed iTXt chunk; the keyword must be Latin-1 of 1 to 79 characters."""
    return b"iTXt", keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode()


def profile_chunk(icc: bytes) -> tuple[bytes, bytes]:
    """An iCCP chunk."""
    return b"iCCP", b"ICC profile\0\0" + zlib.compress(icc)


def write_chunk(stream: BinaryIO, kind: bytes, body: bytes) -> None:
    """One chunk with its length and checksum."""
    stream.write(struct.pack(">I4s", len(body), kind))
    stream.write(body)
    stream.write(struct.pack(">I", zlib.crc32(body, zlib.crc32(kind))))


def _walk(path: Path, stream: BinaryIO) -> Iterator[tuple[bytes, int]]:
    size = os.fstat(stream.fileno()).st_size
    position = len(SIGNATURE)
    while True:
        stream.seek(position)
        head = stream.read(8)
        if len(head) < 8:
            raise FileProblemError(path, f"is cut off after {size} bytes: its end mark is missing")
        length, kind = struct.unpack(">I4s", head)
        if not kind.isalpha():
            raise FileProblemError(path, f"is damaged: at byte {position} a PNG chunk is expected")
        if position + 12 + length > size:
            raise FileProblemError(path, f"is cut off after {size} bytes, inside its {kind.decode()} chunk")
        if kind == b"IEND":
            return
        yield kind, length
        position += 12 + length


def _body(path: Path, stream: BinaryIO, kind: bytes, length: int) -> bytes:
    if length > _MOST_UNPACKED:
        raise FileProblemError(
            path, f"its {kind.decode()} chunk has {length} bytes, which is no sensible size"
        )
    body = stream.read(length)
    if struct.unpack(">I", stream.read(4))[0] != zlib.crc32(kind + body):
        raise FileProblemError(path, f"is damaged: the checksum of its {kind.decode()} chunk is wrong")
    return body


def _text(path: Path, kind: bytes, body: bytes) -> dict[str, str]:
    keyword, _, rest = body.partition(b"\0")
    name = keyword.decode("latin-1")
    if kind == b"tEXt":
        return {name: rest.decode("latin-1")}
    if kind == b"zTXt":
        return {name: _unpack(path, rest[1:], f"the text {name}").decode("latin-1")}
    is_packed, rest = rest[:1] == b"\1", rest[2:]
    _language, _, rest = rest.partition(b"\0")
    _translated, _, rest = rest.partition(b"\0")
    text = _unpack(path, rest, f"the text {name}") if is_packed else rest
    return {name: text.decode("utf-8", "replace")}


def _unpack(path: Path, packed: bytes, what: str) -> bytes:
    decoder = zlib.decompressobj()
    try:
        plain = decoder.decompress(packed, _MOST_UNPACKED)
    except zlib.error as error:
        raise FileProblemError(path, f"is damaged: {what} cannot be unpacked") from error
    if decoder.unconsumed_tail:
        raise FileProblemError(path, f"{what} unpacks to more than {_MOST_UNPACKED} bytes")
    return plain
