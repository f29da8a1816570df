"""Camera raw files through rawpy (LibRaw): demosaiced, white-balanced as shot, linear sRGB primaries."""

from __future__ import annotations

import contextlib
import mmap
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from restora.data.image import Metadata
from restora.data.kinds import Transfer
from restora.data.photon_cube import Fact, Origin
from restora.io.decoding import decoding
from restora.io.exif import byte_order, entries, first_ifd, number
from restora.io.exif_of_tiff import exif_of_tiff
from restora.io.family import Header, Stored, chosen
from restora.io.options import OpenOptions

if TYPE_CHECKING:
    import rawpy

SUFFIXES: tuple[str, ...] = (
    *(".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw", ".arw", ".srf", ".sr2", ".raf", ".orf", ".rw2"),
    *(".pef", ".raw", ".3fr", ".iiq", ".erf", ".mef", ".mos", ".mrw", ".x3f"),
)

_STARTS = (b"FUJIFILMCCD-RAW", b"IIRO", b"IIRS", b"MMOR", b"IIU\0", b"FOVb", b"\0MRM", b"IIII\0\0\0\0")
_DNG_VERSION, _SUB_TABLES, _PHOTOMETRIC = 50706, 330, 262
_SENSOR_PHOTOMETRICS = frozenset({32803, 34892})
"""Colour filter array, and linear raw."""

_ORIENTATIONS = {0: 1, 3: 3, 5: 8, 6: 6}
"""LibRaw's flip: the EXIF orientation it means."""

_MOST_SUB_TABLES = 16


def sniff(head: bytes, path: Path) -> bool:
    """Whether it is one of the makers' formats, or a TIFF whose tables speak of a sensor."""
    if head.startswith(_STARTS) or head[4:12] == b"ftypcrx ":
        return True
    if head[8:10] == b"CR" and byte_order(head):
        return True
    return bool(byte_order(head)) and _speaks_of_a_sensor(path)


def header(path: Path, options: OpenOptions) -> Header:
    """Size, camera and orientation; the sensor's values are not unpacked."""
    chosen(path, options.page, 1, "page")
    with decoding(path, "camera raw"), _opened(path) as raw:
        sizes = raw.sizes
        orientation = _ORIENTATIONS.get(sizes.flip, 1)
        has_balance = any(raw.camera_whitebalance[:3])
    balance = "as shot" if has_balance else "daylight: the file states none"
    return Header(
        format="camera raw, 16 bit linear",
        width=sizes.width,
        height=sizes.height,
        channels=3,
        bits=16,
        transfer=Transfer.LINEAR,
        transfer_origin=Origin.FILE,
        # LibRaw keeps the sensor's values, four colours per pixel and the result at the same time.
        stored_bytes=2 + 8 + 6,
        orientation=orientation,
        metadata=Metadata(exif=_exif(path), source_bits=16),
        facts=(
            Fact(name="white balance", value=balance, origin=Origin.FILE if has_balance else Origin.ASSUMED),
            Fact(name="primaries", value="sRGB, through the camera's matrix", origin=Origin.FILE),
        ),
    )


def decode(path: Path, header: Header, options: OpenOptions) -> Stored:  # noqa: ARG001 - raw files need no options
    """Linear 16-bit RGB; the sensor's stated white becomes 1, nothing is brightened."""
    with decoding(path, "camera raw"):
        import rawpy

        with _opened(path) as raw:
            raw.unpack()
            pixels: Stored = raw.postprocess(
                gamma=(1, 1),
                no_auto_bright=True,
                adjust_maximum_thr=0,
                output_bps=16,
                use_camera_wb=True,
                output_color=rawpy.ColorSpace.sRGB,
                user_flip=0,
            )
            return pixels


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[rawpy.RawPy]:
    import rawpy

    raw = rawpy.RawPy()
    try:
        raw.open_file(str(path))
        yield raw
    finally:
        raw.close()


def _exif(path: Path) -> bytes | None:
    with path.open("rb") as stream:
        head = stream.read(8)
    offset = first_ifd(head)
    return exif_of_tiff(path, offset) if offset else None


def _speaks_of_a_sensor(path: Path) -> bool:
    with path.open("rb") as stream, mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ) as block:
        for entry in entries(block, first_ifd(block)):
            if entry.tag == _DNG_VERSION:
                return True
            if entry.tag == _PHOTOMETRIC and number(block, entry) in _SENSOR_PHOTOMETRICS:
                return True
            if entry.tag == _SUB_TABLES and entry.type in (4, 13):
                count = min(entry.count, _MOST_SUB_TABLES)
                for offset in struct.unpack_from(f"{byte_order(block)}{count}I", entry.value):
                    below = entries(block, offset)
                    if any(e.tag == _PHOTOMETRIC and number(block, e) in _SENSOR_PHOTOMETRICS for e in below):
                        return True
    return False
