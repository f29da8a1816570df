from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile

from restora.data import parallel
from restora.errors import FileProblemError
from restora.io import pixels as pixels_module
from restora.io.decoding import decoding
from restora.io.opening import read_image
from restora.io.pixels import oriented, to_float, to_integers


@pytest.fixture(params=[1, 2**23], ids=["several threads", "one thread"])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both ways of cutting the work must give the same bits."""
    monkeypatch.setattr(parallel, "_THREADED_FROM", request.param)
    monkeypatch.setattr(pixels_module, "_CHUNK_SAMPLES", 50)
    monkeypatch.setattr("os.cpu_count", lambda: 3)


@pytest.mark.parametrize("bits", [8, 16])
def test_every_code_value_survives_the_way_to_floats_and_back(threads: None, bits: int) -> None:
    codes = np.arange(2**bits, dtype=f"u{bits // 8}").reshape(-1, 4, 1)
    floats = to_float(codes, bits)
    assert np.array_equal(floats.ravel(), (codes.ravel() / np.float64(2**bits - 1)).astype(np.float32))
    assert np.array_equal(to_integers(floats, bits, Path("a")), codes)


def test_planes_that_lie_apart_give_the_same_floats(threads: None) -> None:
    planes = np.random.default_rng(0).integers(0, 65536, (3, 40, 7), dtype=np.uint16)
    apart = np.moveaxis(planes, 0, -1)
    assert np.array_equal(to_float(apart, 16), to_float(np.ascontiguousarray(apart), 16))


def test_an_uncompressed_tiff_is_read_alike_by_any_number_of_threads(tmp_path: Path, threads: None) -> None:
    codes = np.random.default_rng(0).integers(0, 65536, (61, 47, 3), dtype=np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", codes, photometric="rgb", metadata=None)
    assert np.array_equal(
        read_image(tmp_path / "a.tif").pixels, (codes / np.float32(65535)).astype(np.float32)
    )


def test_what_fails_on_a_thread_is_not_lost(threads: None) -> None:
    def fail(first: int, end: int) -> None:
        if end == 9:
            raise FileProblemError("a", f"stops at {first}")

    with pytest.raises(FileProblemError, match="stops at"):
        pixels_module.in_parallel(9, fail)


TURNS: dict[int, Callable[[np.ndarray], np.ndarray]] = {
    1: lambda a: a,
    2: np.fliplr,
    3: lambda a: np.rot90(a, 2),
    4: np.flipud,
    5: lambda a: a.swapaxes(0, 1),
    6: lambda a: np.rot90(a, -1),
    7: lambda a: np.rot90(a, 2).swapaxes(0, 1),
    8: lambda a: np.rot90(a, 1),
}


@pytest.mark.parametrize("orientation", TURNS)
def test_an_orientation_turns_as_exif_defines_it(orientation: int) -> None:
    picture = np.arange(24, dtype=np.float32).reshape(2, 4, 3)
    assert np.array_equal(oriented(picture, orientation), TURNS[orientation](picture))


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (MemoryError(), "needs more memory than there is"),
        (KeyError(), "cannot be read as PNG: KeyError"),
        (ValueError("two\nlines " + "x" * 500), "two lines x{190}"),
        (RuntimeError(b"bytes"), "cannot be read as PNG: bytes"),
        (OverflowError(3, "numbers"), "numbers"),
    ],
)
def test_whatever_a_decoder_raises_becomes_one_short_sentence(error: Exception, sentence: str) -> None:
    with pytest.raises(FileProblemError, match=sentence) as caught, decoding(Path("a.png"), "PNG"):
        raise error
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 260
