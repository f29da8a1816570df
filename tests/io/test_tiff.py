from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from restora.data.kinds import Transfer
from restora.data.photon_cube import Origin
from restora.errors import FileProblemError
from restora.io.opening import OpenOptions, open_item, probe, read_image

RNG = np.random.default_rng(5)
HEIGHT, WIDTH = 41, 37


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    def make(samples: np.ndarray, **settings: object) -> Path:
        path = tmp_path / "a.tif"
        tifffile.imwrite(path, samples, **{"metadata": None, **settings})
        return path

    return make


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"byteorder": ">"},
        {"bigtiff": True},
        {"tile": (16, 16)},
        {"rowsperstrip": 3, "compression": "lzw", "predictor": True},
        {"compression": "adobe_deflate", "predictor": True},
        {"compression": "zstd", "tile": (32, 16)},
        {"compression": "packbits", "rowsperstrip": 1},
        {"byteorder": ">", "tile": (16, 32), "compression": "adobe_deflate"},
    ],
    ids=str,
)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.uint32, np.float16, np.float32, np.float64])
def test_every_storage_gives_the_same_picture(
    write: Callable[..., Path], settings: dict[str, object], dtype: type
) -> None:
    is_float = np.issubdtype(dtype, np.floating)
    if is_float and "predictor" in settings:
        settings = {**settings, "predictor": False}
    top = 1 if is_float else np.iinfo(dtype).max
    if is_float:
        samples = RNG.normal(0.5, 2, (HEIGHT, WIDTH, 3)).astype(dtype)
    else:
        samples = RNG.integers(0, top, (HEIGHT, WIDTH, 3), dtype=dtype, endpoint=True)
    image = read_image(write(samples, photometric="rgb", **settings))
    expected = samples.astype(np.float32) if is_float else (samples / np.float64(top)).astype(np.float32)
    assert np.array_equal(image.pixels, expected)
    assert image.transfer is (Transfer.LINEAR if is_float else Transfer.SRGB)


@pytest.mark.parametrize(
    "settings", [{}, {"compression": "lzw"}, {"tile": (16, 16)}, {"byteorder": ">"}], ids=str
)
@pytest.mark.parametrize("samples_per_pixel", [3, 4])
def test_planes_become_channels(
    write: Callable[..., Path], settings: dict[str, object], samples_per_pixel: int
) -> None:
    samples = RNG.integers(0, 65536, (samples_per_pixel, HEIGHT, WIDTH), dtype=np.uint16)
    extra = {"extrasamples": ["unassalpha"]} if samples_per_pixel == 4 else {}
    path = write(samples, photometric="rgb", planarconfig="separate", **extra, **settings)
    expected = (np.moveaxis(samples, 0, -1) / np.float32(65535)).astype(np.float32)
    assert np.array_equal(read_image(path).pixels, expected)


@pytest.mark.parametrize("dtype", [np.bool_, np.uint8, np.uint16])
def test_white_is_zero_is_turned_over(write: Callable[..., Path], dtype: type) -> None:
    top = 1 if dtype is np.bool_ else np.iinfo(dtype).max
    samples = RNG.integers(0, top, (HEIGHT, WIDTH), endpoint=True).astype(dtype)
    for settings in ({}, {"compression": "adobe_deflate", "rowsperstrip": 7}):
        pixels = read_image(write(samples, photometric="miniswhite", **settings)).pixels[..., 0]
        expected = (np.int64(top) - samples.astype(np.int64)) / top
        assert np.array_equal(pixels, expected.astype(np.float32))


def test_a_palette_is_unpacked(write: Callable[..., Path]) -> None:
    palette = RNG.integers(0, 65536, (3, 256), dtype=np.uint16)
    index = RNG.integers(0, 256, (HEIGHT, WIDTH), dtype=np.uint8)
    path = write(index, photometric="palette", colormap=palette)
    expected = (palette.T[index] / np.float32(65535)).astype(np.float32)
    assert np.array_equal(read_image(path).pixels, expected)
    assert probe(path).channels == 3


def test_grey_with_alpha_becomes_colour_with_alpha(write: Callable[..., Path]) -> None:
    samples = RNG.integers(0, 256, (HEIGHT, WIDTH, 2), dtype=np.uint8)
    path = write(samples, photometric="minisblack", planarconfig="contig", extrasamples=["unassalpha"])
    expected = (samples[:, :, [0, 0, 0, 1]] / np.float32(255)).astype(np.float32)
    assert np.array_equal(read_image(path).pixels, expected)


def test_premultiplied_alpha_is_divided_out_and_stays_where_it_is_nothing(write: Callable[..., Path]) -> None:
    samples = np.array([[[0.2, 0.1, 0.0, 0.5], [0.3, 0.3, 0.3, 0.0]]], np.float32)
    path = write(samples, photometric="rgb", extrasamples=["assocalpha"])
    assert np.allclose(read_image(path).pixels, [[[0.4, 0.2, 0.0, 0.5], [0.3, 0.3, 0.3, 0.0]]])
    assert any(fact.name == "alpha" and "divided" in fact.value for fact in probe(path).facts)


def test_inks_become_rgb_and_that_is_reported(write: Callable[..., Path]) -> None:
    inks = np.zeros((2, 2, 4), np.uint8)
    inks[0, 0] = 255, 0, 0, 0
    inks[0, 1] = 0, 0, 0, 255
    path = write(inks, photometric="separated")
    pixels = read_image(path).pixels
    assert pixels[0, 0].tolist() == [0, 1, 1]
    assert pixels[0, 1].tolist() == [0, 0, 0]
    assert pixels[1, 1].tolist() == [1, 1, 1]
    assert any(fact.name == "inks" and fact.origin is Origin.ASSUMED for fact in probe(path).facts)


def test_a_jpeg_inside_is_close_to_its_source(place: Callable[[str], Path]) -> None:
    image = read_image(place("jpeg.tif"))
    assert image.channels == 3
    assert 0.3 < image.pixels.mean() < 0.7


def test_twelve_bit_samples_reach_white(write: Callable[..., Path]) -> None:
    samples = np.array([[0, 4095, 2048, 1]], np.uint16)
    pixels = read_image(write(samples, photometric="minisblack", bitspersample=12)).pixels
    assert np.allclose(pixels.ravel(), samples.ravel() / 4095)


def test_a_page_can_be_chosen_and_further_pages_are_pointed_out(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as tif:
        for value in (10, 20, 30):
            tif.write(np.full((4, 4 + value, 3), value, np.uint8), photometric="rgb", metadata=None)
    assert any("3 pages" in warning for warning in probe(tmp_path / "a.tif").warnings)
    item = open_item(tmp_path / "a.tif", OpenOptions(page=2))
    assert item.probe.warnings == ()
    assert (item.probe.width, float(item.image().pixels[0, 0, 0] * 255)) == (34, pytest.approx(30))
    with pytest.raises(FileProblemError, match="page 3 was asked for, but it has pages 0 to 2"):
        open_item(tmp_path / "a.tif", OpenOptions(page=3))


def test_profile_description_and_orientation_are_read(
    write: Callable[..., Path], srgb_profile: bytes
) -> None:
    samples = RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8)
    path = write(
        samples,
        photometric="rgb",
        iccprofile=srgb_profile,
        description="a garden",
        extratags=[(274, "H", 1, 6, True), (271, "s", 0, "Maker", True)],
    )
    item = open_item(path)
    image = item.image()
    assert image.metadata.icc == srgb_profile
    assert image.metadata.text["ImageDescription"] == "a garden"
    assert (item.probe.width, item.probe.height) == (HEIGHT, WIDTH)
    assert np.array_equal(np.round(image.pixels * 255), np.rot90(samples, -1))
    exif = Image.Exif()
    exif.load(image.metadata.exif)
    assert (exif[271], exif[274]) == ("Maker", 1)


@pytest.mark.parametrize(
    ("samples", "settings", "sentence"),
    [
        (np.zeros((4, 4), np.int16), {"photometric": "minisblack"}, "int16 samples, expected unsigned"),
        (np.zeros((4, 4), np.complex64), {"photometric": "minisblack"}, "expected unsigned"),
        (np.zeros((4, 4, 3), np.uint8), {"photometric": "cielab"}, "photometric 8"),
        (np.zeros((4, 4, 3), np.uint8), {"photometric": "ycbcr"}, "YCbCr samples without JPEG"),
        (np.zeros((4, 4, 7), np.uint8), {"photometric": "minisblack", "planarconfig": "contig"}, "7 samples"),
        (np.zeros((4, 16, 16), np.uint8), {"photometric": "minisblack", "volumetric": True}, "volume|layers"),
    ],
)
def test_what_is_no_plain_picture_is_refused(
    write: Callable[..., Path], samples: np.ndarray, settings: dict[str, object], sentence: str
) -> None:
    with pytest.raises(FileProblemError, match=sentence):
        probe(write(samples, **settings))
