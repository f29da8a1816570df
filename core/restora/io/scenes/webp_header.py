"""The size of a WebP picture, from its first bytes: decoders allocate it before they can be asked."""

from __future__ import annotations

_EXTENDED, _LOSSLESS, _LOSSY = b"VP8X", b"VP8L", b"VP8 "


def webp_size(content: bytes) -> tuple[int, int] | None:
    """Width and height; None where it is no WebP picture."""
    kind, body = content[12:16], content[20:30]
    if content[:4] != b"RIFF" or content[8:12] != b"WEBP" or len(body) < 10:
        return None
    if kind == _EXTENDED:
        return _number(body[4:7]) + 1, _number(body[7:10]) + 1
    if kind == _LOSSLESS and body[0] == 0x2F:
        bits = _number(body[1:5])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == _LOSSY and body[3:6] == b"\x9d\x01\x2a":
        return _number(body[6:8]) & 0x3FFF, _number(body[8:10]) & 0x3FFF
    return None


def _number(part: bytes) -> int:
    return int.from_bytes(part, "little")
