from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from restora.data.photon_cube import Origin
from restora.io.opening import probe, read_image


@pytest.fixture(scope="session")
def ink_profile() -> bytes:
    """A made-up press: paper is white, any full ink alone gives Lab (50, 0, 0), black gives black."""
    corners = []
    for corner in range(16):
        has_black = corner & 1
        lightness = 0xFF00 if corner == 0 else 0 if has_black else 0x7F80
        corners += [lightness, 0x8000, 0x8000]
    identity = struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
    table = b"mft2" + bytes(4) + bytes((4, 3, 2, 0)) + identity + struct.pack(">HH", 2, 2)
    table += struct.pack(">8H", *([0, 65535] * 4)) + struct.pack(">48H", *corners)
    table += struct.pack(">6H", *([0, 65535] * 3))
    name = b"Made up press\0"
    description = b"desc" + bytes(4) + struct.pack(">I", len(name)) + name + bytes(78)
    white = b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061)
    tags, body, offset = b"", b"", 128 + 4 + 12 * 3
    for sign, content in ((b"desc", description), (b"wtpt", white), (b"A2B0", table)):
        content += bytes(-len(content) % 4)
        tags += sign + struct.pack(">II", offset + len(body), len(content))
        body += content
    head = struct.pack(">I", offset + len(body)) + b"lcms" + struct.pack(">I", 0x02100000) + b"prtrCMYKLab "
    head += bytes(12) + b"acsp" + bytes(28) + struct.pack(">3i", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + struct.pack(">I", 3) + tags + body


INKS = np.array([[[0, 0, 0, 0], [255, 0, 0, 0], [0, 0, 0, 255]]], np.uint8)


def _check(path: Path) -> None:
    pixels = read_image(path).pixels[0] * 255
    assert np.allclose(pixels[0], 255, atol=2)
    assert np.allclose(pixels[1], 119, atol=3)  # L* = 50 in sRGB
    assert np.allclose(pixels[2], 0, atol=3)
    fact = next(fact for fact in probe(path).facts if fact.name == "inks")
    assert (fact.value, fact.origin) == ("converted to sRGB through the file's profile", Origin.FILE)
    assert read_image(path).metadata.icc is None


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_inks_in_a_tiff_go_through_their_profile(tmp_path: Path, ink_profile: bytes, dtype: type) -> None:
    samples = INKS.astype(dtype) * (257 if dtype is np.uint16 else 1)
    tifffile.imwrite(
        tmp_path / "a.tif", samples, photometric="separated", iccprofile=ink_profile, metadata=None
    )
    _check(tmp_path / "a.tif")


def test_inks_in_a_jpeg_go_through_their_profile(tmp_path: Path, ink_profile: bytes) -> None:
    wide = np.repeat(np.repeat(INKS, 16, axis=0), 16, axis=1)
    picture = Image.frombytes("CMYK", (wide.shape[1], wide.shape[0]), wide.tobytes())
    picture.save(tmp_path / "a.jpg", quality=100, icc_profile=ink_profile)
    pixels = read_image(tmp_path / "a.jpg").pixels[8, 8::16] * 255
    assert np.allclose(pixels, [[255] * 3, [119] * 3, [0] * 3], atol=6)


def test_a_profile_for_other_colours_is_not_used_for_inks(tmp_path: Path, srgb_profile: bytes) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", INKS, photometric="separated", iccprofile=srgb_profile, metadata=None
    )
    assert np.allclose(read_image(tmp_path / "a.tif").pixels[0], [[1, 1, 1], [0, 1, 1], [0, 0, 0]])
    fact = next(fact for fact in probe(tmp_path / "a.tif").facts if fact.name == "inks")
    assert fact.origin is Origin.ASSUMED
