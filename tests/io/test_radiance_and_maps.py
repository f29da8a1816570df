from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from restora.data.kinds import Transfer
from restora.errors import FileProblemError
from restora.io.opening import probe, read_image


def test_a_radiance_picture_is_linear_light_within_its_precision(
    place: Callable[[str], Path], codes16: np.ndarray
) -> None:
    image = read_image(place("plain.hdr"))
    light = codes16.astype(np.float32) / 1000
    assert image.transfer is Transfer.LINEAR
    assert np.max(np.abs(image.pixels - light)) <= light.max() / 128


def test_an_exposure_is_noted_and_not_applied(place: Callable[[str], Path], tmp_path: Path) -> None:
    plain = place("plain.hdr")
    path = tmp_path / "a.hdr"
    path.write_bytes(plain.read_bytes().replace(b"\n\n", b"\nEXPOSURE=2.5\n\n", 1))
    assert any(fact.value == "2.5, not applied" for fact in probe(path).facts)
    assert np.array_equal(read_image(path).pixels, read_image(plain).pixels)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (b"32-bit_rle_rgbe", b"32-bit_rle_xyze", "32-bit_rle_xyze"),
        (b"-Y 11 +X 7", b"+X 7 -Y 11", "turned or mirrored"),
        (b"-Y 11 +X 7", b"nonsense", "header is damaged"),
    ],
)
def test_what_is_no_usual_radiance_picture_is_refused(
    place: Callable[[str], Path], old: bytes, new: bytes, sentence: str
) -> None:
    path = place("plain.hdr")
    path.write_bytes(path.read_bytes().replace(old, new))
    with pytest.raises(FileProblemError, match=sentence):
        probe(path)


def test_colour_maps_give_their_code_values(place: Callable[[str], Path], codes8: np.ndarray) -> None:
    assert np.array_equal(
        read_image(place("plain.ppm")).pixels, (codes8 / np.float32(255)).astype(np.float32)
    )


def test_a_map_with_any_white_reaches_it(place: Callable[[str], Path], codes16: np.ndarray) -> None:
    expected = (codes16[..., :1] % 1001 / np.float32(1000)).astype(np.float32)
    assert np.array_equal(read_image(place("16.pgm")).pixels, expected)
    assert "10 bit" in probe(place("16.pgm")).format


def test_a_bitmap_has_black_where_its_bits_are_set(place: Callable[[str], Path], codes8: np.ndarray) -> None:
    assert np.array_equal(read_image(place("plain.pbm")).pixels[..., 0], 1.0 - (codes8[..., 0] > 99))


@pytest.mark.parametrize(("scale", "order"), [(b"-1.0", "<f4"), (b"1.0", ">f4")])
def test_a_float_map_is_linear_and_stands_the_right_way_up(
    tmp_path: Path, codes16: np.ndarray, scale: bytes, order: str
) -> None:
    light = codes16.astype(np.float32) - 1000
    (tmp_path / "a.pfm").write_bytes(b"PF\n7 11\n" + scale + b"\n" + light[::-1].astype(order).tobytes())
    image = read_image(tmp_path / "a.pfm")
    assert np.array_equal(image.pixels, light)
    assert image.transfer is Transfer.LINEAR


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"P3\n1 1\n255\n1 2 3\n", "written as text"),
        (b"P5\n4 4\n0\n" + bytes(16), "white, expected 1 to 65535"),
        (b"P5\n4 4\n99999\n" + bytes(32), "white, expected 1 to 65535"),
        (b"P5\n4 4\n10\n" + bytes([200] * 16), "above its stated white"),
        (b"P5\n4 4\n255\n" + bytes(15), "only 26"),
        (b"P6\n4 -4\n255\n", "header is damaged"),
        (b"P6\n999999999 999999999\n255\n", "only"),
        (b"Pf\n4 4\nnan\n" + bytes(64), "header is damaged"),
        (b"Pf\n4 4\n1e999\n" + bytes(64), "white"),
    ],
)
def test_damaged_maps_are_refused(tmp_path: Path, content: bytes, sentence: str) -> None:
    (tmp_path / "a.pgm").write_bytes(content)
    with pytest.raises(FileProblemError, match=sentence):
        read_image(tmp_path / "a.pgm")
