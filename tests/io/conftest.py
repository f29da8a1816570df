"""Valid files of every format, made by the formats' own libraries and not by our writers."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import imagecodecs
import numpy as np
import OpenEXR
import pytest
import tifffile
from PIL import Image, ImageCms

HEIGHT, WIDTH = 11, 7


@pytest.fixture(scope="session")
def codes8() -> np.ndarray:
    return np.random.default_rng(1).integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)


@pytest.fixture(scope="session")
def codes16() -> np.ndarray:
    return np.random.default_rng(2).integers(0, 65536, (HEIGHT, WIDTH, 3), dtype=np.uint16)


@pytest.fixture(scope="session")
def srgb_profile() -> bytes:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


@pytest.fixture(scope="session")
def camera_exif() -> Callable[[int], bytes]:
    """An EXIF block with maker, exposure and place, for a given orientation."""

    def make(orientation: int) -> bytes:
        exif = Image.Exif()
        exif[271], exif[272], exif[315] = "Maker", "Model 7", "Someone"
        exif[274] = orientation
        exif.get_ifd(0x8769)[33434] = (1, 50)
        exif.get_ifd(0x8769)[36867] = "2021:03:04 05:06:07"
        exif.get_ifd(0x8825)[1] = "N"
        return exif.tobytes()[6:]

    return make


@pytest.fixture(scope="session")
def valid_files(
    codes8: np.ndarray, codes16: np.ndarray, tmp_path_factory: pytest.TempPathFactory
) -> Mapping[str, bytes]:
    """The content of one good file per format, by a name whose ending fits."""
    folder = tmp_path_factory.mktemp("valid")
    picture = Image.fromarray(codes8)
    floats = codes16.astype(np.float32) / 1000
    files = {
        "8.png": _pillow(picture, "PNG"),
        "16.png": imagecodecs.png_encode(codes16),
        "palette.png": _pillow(picture.quantize(8), "PNG", transparency=2),
        "plain.jpg": _pillow(picture, "JPEG", quality=90),
        "plain.webp": _pillow(picture, "WEBP", lossless=True),
        "plain.gif": _pillow(picture, "GIF"),
        "plain.bmp": _pillow(picture, "BMP"),
        "16.tif": _tiff(codes16, photometric="rgb"),
        "deflate.tif": _tiff(codes16, photometric="rgb", compression="adobe_deflate", predictor=True),
        "lzw.tif": _tiff(codes8, photometric="rgb", compression="lzw"),
        "tiles.tif": _tiff(codes16, photometric="rgb", tile=(16, 16), compression="zstd"),
        "jpeg.tif": _tiff(codes8, photometric="ycbcr", compression="jpeg"),
        "float.tif": _tiff(floats, photometric="rgb"),
        "half.exr": _exr(folder, {"RGB": floats.astype(np.float16)}),
        "float.exr": _exr(folder, {"RGBA": np.dstack([floats, np.ones((HEIGHT, WIDTH), np.float32)])}),
        "plain.hdr": imagecodecs.rgbe_encode(floats),
        "plain.ppm": b"P6 %d %d 255\n" % (WIDTH, HEIGHT) + codes8.tobytes(),
        "16.pgm": b"P5\n# a comment\n%d %d\n1000\n" % (WIDTH, HEIGHT)
        + (codes16[..., 0] % 1001).astype(">u2").tobytes(),
        "plain.pbm": b"P4\n%d %d\n" % (WIDTH, HEIGHT) + np.packbits(codes8[..., 0] > 99, axis=1).tobytes(),
        "plain.pfm": b"PF\n%d %d\n-1.0\n" % (WIDTH, HEIGHT) + floats[::-1].tobytes(),
        "float.npy": _npy(floats),
        "one.npz": _npz(picture=floats),
        "raw.dng": _dng(folder),
        "video.avi": _video(folder),
    }
    return {name: bytes(content) for name, content in files.items()}


@pytest.fixture
def place(tmp_path: Path, valid_files: Mapping[str, bytes]) -> Callable[[str], Path]:
    """Puts a good file of that name into the test's folder."""

    def put(name: str) -> Path:
        path = tmp_path / name
        path.write_bytes(valid_files[name])
        return path

    return put


def _pillow(picture: Image.Image, name: str, **settings: object) -> bytes:
    stream = io.BytesIO()
    picture.save(stream, name, **settings)
    return stream.getvalue()


def _tiff(samples: np.ndarray, **settings: object) -> bytes:
    stream = io.BytesIO()
    tifffile.imwrite(stream, samples, metadata=None, **settings)
    return stream.getvalue()


def _exr(folder: Path, channels: dict[str, np.ndarray]) -> bytes:
    path = folder / "made.exr"
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    OpenEXR.File(header, channels).write(str(path))
    return path.read_bytes()


def _npy(array: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def _npz(**arrays: np.ndarray) -> bytes:
    stream = io.BytesIO()
    np.savez_compressed(stream, **arrays)
    return stream.getvalue()


def _dng(folder: Path) -> bytes:
    """A sensor of 48 x 32 pixels behind a colour filter, white at 4095, black at 200."""
    sensor = np.random.default_rng(3).integers(200, 4096, (32, 48), dtype=np.uint16)
    camera_to_xyz = (1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1)
    tags = [
        (50706, "B", 4, bytes((1, 4, 0, 0)), True),
        (50707, "B", 4, bytes((1, 1, 0, 0)), True),
        (50708, "s", 0, "Made Up", True),
        (271, "s", 0, "Made", True),
        (272, "s", 0, "Up", True),
        (33421, "H", 2, (2, 2), True),
        (33422, "B", 4, bytes((0, 1, 1, 2)), True),
        (50714, "H", 1, 200, True),
        (50717, "I", 1, 4095, True),
        (50721, "2i", 9, camera_to_xyz, True),
        (50728, "2I", 3, (1, 2, 1, 1, 1, 2), True),
        (50778, "H", 1, 21, True),
    ]
    path = folder / "made.dng"
    tifffile.imwrite(path, sensor, photometric=32803, extratags=tags, metadata=None, software="tests")
    return path.read_bytes()


def _video(folder: Path) -> bytes:
    """Twelve frames of one grey each: frame n is 20 * n."""
    path = folder / "made.avi"
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"MJPG"), 10, (32, 16))
    for number in range(12):
        writer.write(np.full((16, 32, 3), 20 * number, np.uint8))
    writer.release()
    return path.read_bytes()


@pytest.fixture(scope="session")
def png_with_size(valid_files: Mapping[str, bytes]) -> Callable[[int, int], bytes]:
    """A sound PNG whose header states another size, with the right checksum."""
    import zlib

    def make(width: int, height: int) -> bytes:
        whole = valid_files["16.png"]
        body = b"IHDR" + struct.pack(">II", width, height) + whole[24:29]
        return whole[:12] + body + struct.pack(">I", zlib.crc32(body)) + whole[33:]

    return make
