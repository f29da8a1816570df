from __future__ import annotations

import zlib

import imagecodecs
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.image import Image
from restora.io import png_packing
from restora.io.writing import Depth, WriteOptions, write_image


@settings(deadline=None, max_examples=60)
@given(
    height=st.integers(1, 40),
    width=st.integers(1, 20),
    channels=st.sampled_from([1, 3, 4]),
    depth=st.sampled_from([Depth.U8, Depth.U16]),
    levels=st.sampled_from([2, 65536]),
    seed=st.integers(0, 2**32),
)
def test_any_picture_comes_back_through_libpng(
    tmp_path_factory: pytest.TempPathFactory,
    height: int,
    width: int,
    channels: int,
    depth: Depth,
    levels: int,
    seed: int,
) -> None:
    top = 2 ** int(depth.value) - 1
    drawn = np.random.default_rng(seed).integers(0, levels, (height, width, channels))
    codes = drawn * top // (levels - 1)
    path = tmp_path_factory.mktemp("png") / "a.png"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(png_packing, "_RUN_BYTES", 100)  # several runs, even for small pictures
        write_image(path, Image(pixels=(codes / top).astype(np.float32)), WriteOptions(depth=depth))
    found = imagecodecs.png_decode(path.read_bytes())
    assert np.array_equal(found.reshape(codes.shape), codes)


def test_runs_of_large_pictures_make_one_stream() -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (700, 600, 3), dtype=np.uint16)
    stream = b"".join(png_packing.packed_pixels(noise))
    assert len(zlib.decompress(stream)) == 700 * (1 + 600 * 6), "with its checksum"


def test_drawings_are_packed_by_their_repetitions(monkeypatch: pytest.MonkeyPatch) -> None:
    tile = np.where(np.random.default_rng(0).random((16, 16, 1)) < 0.1, 0, 255).astype(np.uint8)
    drawing = np.tile(tile, (20, 30, 3))
    packed = b"".join(png_packing.packed_pixels(drawing))
    monkeypatch.setattr(png_packing, "_DRAWN", 0)
    without = b"".join(png_packing.packed_pixels(drawing))
    assert len(packed) < len(without) / 3


def test_a_photograph_takes_no_more_room_than_with_libpng() -> None:
    rng = np.random.default_rng(0)
    smooth = np.linspace(8000, 52000, 900)[None, :, None] + np.linspace(0, 9000, 600)[:, None, None]
    picture = (smooth + rng.normal(0, 300, (600, 900, 3))).astype(np.uint16)
    packed = sum(len(piece) for piece in png_packing.packed_pixels(picture))
    assert packed < 1.01 * len(imagecodecs.png_encode(picture, level=6))
