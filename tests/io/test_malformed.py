"""Damaged pictures: one sentence each, no traceback, bounded time and memory."""

from __future__ import annotations

import contextlib
import io
import resource
import struct
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest
import tifffile

from restora.data.kinds import Kind
from restora.errors import BadInputError, FileProblemError
from restora.io.opening import OpenOptions, open_item

PICTURE = OpenOptions(kind=Kind.IMAGE)
SECONDS = 5.0
EXTRA_MIB = 600
"""What one refusal may add to the process: libraries that are loaded for the first time, and no pixels."""

Files = Mapping[str, bytes]


def _npy_header(header: str, data: bytes = b"", version: bytes = b"\1\0") -> bytes:
    body = header.encode("latin-1") + b"\n"
    return b"\x93NUMPY" + version + struct.pack("<H", len(body)) + body + data


def _shape(shape: str, dtype: str = "<f4") -> bytes:
    return _npy_header(f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}}}", bytes(64))


def _with_tag(whole: bytes, tag: int, value: int) -> bytes:
    """A little-endian TIFF whose tag holds another number."""
    changed = bytearray(whole)
    (start,) = struct.unpack_from("<I", whole, 4)
    for slot in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", whole, start)[0], 12):
        code, kind = struct.unpack_from("<HH", whole, slot)
        if code == tag:
            struct.pack_into("<I" if kind == 4 else "<H", changed, slot + 8, value)
            return bytes(changed)
    raise LookupError(tag)


def _large_tiff(whole: bytes) -> bytes:
    """100 000 x 100 000 pixels by its header: the tags of the size become 32-bit numbers."""
    changed = bytearray(whole)
    (start,) = struct.unpack_from("<I", whole, 4)
    for slot in range(start + 2, start + 2 + 12 * struct.unpack_from("<H", whole, start)[0], 12):
        (code,) = struct.unpack_from("<H", whole, slot)
        if code in (256, 257, 278):
            struct.pack_into("<HHII", changed, slot, code, 4, 1, 100_000)
    return bytes(changed)


def _circle(whole: bytes) -> bytes:
    """A TIFF whose last page is followed by its first."""
    changed = bytearray(whole)
    (start,) = struct.unpack_from("<I", whole, 4)
    (count,) = struct.unpack_from("<H", whole, start)
    struct.pack_into("<I", changed, start + 2 + 12 * count, start)
    return bytes(changed)


def _window(whole: bytes, *bounds: int) -> bytes:
    """An EXR with another data window."""
    at = whole.index(b"dataWindow\0box2i\0") + len(b"dataWindow\0box2i\0") + 4
    return whole[:at] + struct.pack("<4i", *bounds) + whole[at + 16 :]


def _zip(**members: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return stream.getvalue()


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _with_chunks(png: bytes, chunks: list[tuple[bytes, bytes]]) -> bytes:
    """The file with further chunks right behind its header chunk."""
    return png[:33] + b"".join(_chunk(kind, body) for kind, body in chunks) + png[33:]


def _png(width: int, height: int, bits: int = 8, colour: int = 2, rows: bytes = b"") -> bytes:
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    parts = _chunk(b"IHDR", head), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _gif(width: int, height: int) -> bytes:
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0, 0, 0)
    return screen + b"," + struct.pack("<HHHHB", 0, 0, width, height, 0) + b"\2\1\0\0;"


CASES: dict[str, Callable[[Files], bytes]] = {
    # Sizes that are lies.
    "100 000 a side.png": lambda _: _png(100_000, 100_000),
    "2**31 a side.png": lambda _: _png(2**31 - 1, 2**31 - 1),
    "no width.png": lambda _: _png(0, 5),
    "no height.png": lambda _: _png(5, 0),
    "negative.png": lambda _: _png(2**32 - 5, 5),
    "fewer rows than stated.png": lambda _: _png(4, 4, rows=bytes(13)),
    "100 000 a side.tif": lambda files: _large_tiff(files["16.tif"]),
    "100 000 a side packed.tif": lambda files: _large_tiff(files["lzw.tif"]),
    "100 000 a side.npy": lambda _: _shape("(100000, 100000, 3)"),
    "100 000 a side.exr": lambda files: _window(files["half.exr"], 0, 0, 99_999, 99_999),
    "100 000 a side.ppm": lambda _: b"P6\n100000 100000\n255\n" + bytes(99),
    "100 000 a side.hdr": lambda files: files["plain.hdr"].replace(b"-Y 11 +X 7", b"-Y 100000 +X 100000"),
    "65 535 a side.gif": lambda _: _gif(65_535, 65_535),
    "1 GiB a side.bmp": lambda files: (
        files["plain.bmp"][:18] + struct.pack("<ii", 2**30, 2**30) + files["plain.bmp"][26:]
    ),
    "empty window.exr": lambda files: _window(files["half.exr"], 5, 5, 4, 4),
    "largest window.exr": lambda files: _window(files["half.exr"], -(2**31), -(2**31), 2**31 - 1, 2**31 - 1),
    # Headers that are wrong.
    "colour type 5.png": lambda _: _png(4, 4, colour=5),
    "palette of 16 bits.png": lambda _: _png(4, 4, bits=16, colour=3),
    "palette without colours.png": lambda _: _png(4, 4, colour=3, rows=bytes(20)),
    "wrong checksum.png": lambda files: files["16.png"][:29] + b"\0\0\0\0" + files["16.png"][33:],
    "wrong filter.png": lambda _: _png(1, 2, rows=b"\0abc\x09abc"),
    "bits that are no deflate.png": lambda files: files["8.png"].replace(b"IDATx", b"IDATy"),
    "a profile that unpacks to 64 MiB.png": lambda files: _with_chunks(
        files["8.png"], [(b"iCCP", b"x\0\0" + zlib.compress(bytes(2**26)))]
    ),
    "a text that unpacks to 64 MiB.png": lambda files: _with_chunks(
        files["8.png"], [(b"zTXt", b"x\0\0" + zlib.compress(bytes(2**26)))]
    ),
    "no pixels.png": lambda _: (
        b"\x89PNG\r\n\x1a\n"
        + _chunk(b"IHDR", bytes((0, 0, 0, 4, 0, 0, 0, 4, 8, 2, 0, 0, 0)))
        + _chunk(b"IEND", b"")
    ),
    "no first chunk.png": lambda _: b"\x89PNG\r\n\x1a\n" + _chunk(b"IEND", b""),
    "a table beyond the end.tif": lambda files: (
        files["16.tif"][:4] + struct.pack("<I", 10**6) + files["16.tif"][8:]
    ),
    "no table.tif": lambda _: b"II*\0\0\0\0\0" + bytes(50),
    "unknown compression.tif": lambda files: _with_tag(files["16.tif"], 259, 54_321),
    "unknown photometric.tif": lambda files: _with_tag(files["16.tif"], 262, 4_321),
    "60 000 samples per pixel.tif": lambda files: _with_tag(files["16.tif"], 277, 60_000),
    "pixels beyond the end.tif": lambda files: _with_tag(files["16.tif"], 273, 2**31),
    "not enough pixels.tif": lambda files: _with_tag(files["16.tif"], 257, 60_000),
    "LZW that is none.tif": lambda files: _with_tag(files["16.tif"], 259, 5),
    "JPEG that is none.tif": lambda files: _with_tag(files["16.tif"], 259, 7),
    "BigTIFF of nothing.tif": lambda _: b"II+\0\x08\0\0\0" + struct.pack("<Q", 2**62) + bytes(40),
    "negative shape.npy": lambda _: _shape("(-4, 4)"),
    "negative twice.npy": lambda _: _shape("(-4, -4)"),
    "shape of text.npy": lambda _: _shape("'4, 4'"),
    "shape of true.npy": lambda _: _shape("(True, 4)"),
    "shape of floats.npy": lambda _: _shape("(4.0, 4)"),
    "shape beyond 64 bits.npy": lambda _: _shape("(99999999999999999999, 4)"),
    "shape of a thousand sides.npy": lambda _: _shape("(" + "1," * 1000 + ")"),
    "objects.npy": lambda _: _shape("(2, 2)", "|O"),
    "no such type.npy": lambda _: _shape("(2, 2)", "<q9"),
    "a call in the header.npy": lambda _: _npy_header("__import__('os').getcwd()"),
    "deep brackets in the header.npy": lambda _: _npy_header("(" * 5000),
    "no dictionary.npy": lambda _: _npy_header("[1, 2]"),
    "keys missing.npy": lambda _: _npy_header("{'descr': '<f4'}"),
    "version 9.npy": lambda _: _npy_header("{}", version=b"\x09\0"),
    "a header of 4 GB.npy": lambda _: b"\x93NUMPY\2\0" + b"\xff\xff\xff\xff" + bytes(100),
    "a header of no length.npy": lambda _: b"\x93NUMPY\1\0\0\0" + bytes(100),
    "a header of one byte.npy": lambda _: b"\x93NUMPY\1\0\1\0" + bytes(100),
    "only its magic.npy": lambda _: b"\x93NUMPY",
    "unpacks to eight gigabytes.npz": lambda _: _zip(a=_shape("(50000, 40000, 1)", "<f4")),
    "objects inside.npz": lambda _: _zip(a=_shape("(2, 2)", "|O")),
    "two pictures.npz": lambda files: _zip(a=files["float.npy"], b=files["float.npy"]),
    "member cut off.npz": lambda files: _zip(a=files["float.npy"][:-9]),
    "wrong checksum.npz": lambda files: _flipped(files["one.npz"], 400),
    "an archive of something else.npz": lambda _: _zip(),
    "only its start.jpg": lambda _: b"\xff\xd8\xff\xe0" + bytes(40),
    "no quantisation.jpg": lambda files: files["plain.jpg"].replace(b"\xff\xdb", b"\xff\xfe"),
    "a chunk of no size.webp": lambda files: files["plain.webp"][:16] + bytes(4) + files["plain.webp"][20:],
    "only its start.bmp": lambda _: b"BM" + bytes(12) + b"\x28\0\0\0" + bytes(10),
    "deep.exr": lambda files: files["half.exr"][:5] + b"\x08" + files["half.exr"][6:],
    "only its start.exr": lambda files: files["half.exr"][:8],
    "only its start.hdr": lambda _: b"#?RADIANCE\n",
    "only its start.mp4": lambda _: b"\0\0\0\x18ftypisom" + bytes(40),
    "only its start.mkv": lambda _: b"\x1a\x45\xdf\xa3" + bytes(40),
    "only its start.avi": lambda files: files["video.avi"][:40],
    "only its start.dng": lambda files: files["raw.dng"][:200],
    "text.png": lambda _: b"this is no picture",
    "zeros.tif": lambda _: bytes(5000),
    "nothing.png": lambda _: b"",
    "one byte.jpg": lambda _: b"\xff",
}


def _flipped(whole: bytes, at: int) -> bytes:
    return whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :]


@pytest.mark.parametrize("name", CASES)
def test_a_malformed_picture_gives_one_sentence_in_bounded_time_and_memory(
    tmp_path: Path, valid_files: Files, name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(CASES[name](valid_files))
    before_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    start = time.perf_counter()
    with pytest.raises(BadInputError) as caught:
        open_item(path, PICTURE).data()
    assert time.perf_counter() - start < SECONDS
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before_mib < EXTRA_MIB
    sentence = str(caught.value)
    assert sentence.startswith(str(path))
    assert "\n" not in sentence
    assert "Traceback" not in sentence


def test_there_are_more_than_forty_cases() -> None:
    assert len(CASES) > 40


CUT = (
    *("8.png", "16.png", "plain.jpg", "plain.webp", "plain.gif", "plain.bmp", "16.tif", "deflate.tif"),
    *("tiles.tif", "half.exr", "float.exr", "plain.hdr", "plain.ppm", "plain.pfm", "float.npy", "one.npz"),
    "raw.dng",
)


@pytest.mark.parametrize("name", CUT)
def test_a_picture_that_is_cut_off_anywhere_is_refused(tmp_path: Path, valid_files: Files, name: str) -> None:
    whole = valid_files[name]
    path = tmp_path / name
    # The last bytes of a TIFF may be padding, those of a GIF and a JPEG an end mark that decoders forgive.
    most = len(whole) - 4
    for length in sorted({0, 1, 3, 7, 8, 12, 20, 33, 50, *(most * share // 12 for share in range(13))}):
        path.write_bytes(whole[: min(length, most)])
        if _is_complete_all_the_same(name, length, most):
            continue
        with pytest.raises(BadInputError):
            open_item(path, PICTURE).data()


def _is_complete_all_the_same(name: str, length: int, most: int) -> bool:
    return name in ("plain.gif", "plain.jpg") and length >= most


def test_a_page_chain_that_runs_in_a_circle_ends(tmp_path: Path, valid_files: Files) -> None:
    (tmp_path / "a.tif").write_bytes(_circle(valid_files["16.tif"]))
    start = time.perf_counter()
    with contextlib.suppress(FileProblemError):
        open_item(tmp_path / "a.tif").data()
    assert time.perf_counter() - start < SECONDS


def test_data_that_are_not_finite_are_no_damage(tmp_path: Path) -> None:
    pixels = np.array([[np.nan, np.inf, -np.inf, 1]], np.float32)
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="minisblack", metadata=None)
    np.save(tmp_path / "a.npy", pixels)
    for name in ("a.tif", "a.npy"):
        assert np.array_equal(open_item(tmp_path / name).image().pixels[..., 0], pixels, equal_nan=True)
