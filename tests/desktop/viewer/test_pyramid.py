from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora_desktop.viewer.background import StaleError, Token
from restora_desktop.viewer.pyramid import SMALLEST_SIDE, Pyramid, halved


def random_pixels(height: int, width: int, channels: int = 3) -> np.ndarray:
    return np.random.default_rng(0).random((height, width, channels), dtype=np.float32)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.integers(1, 75), st.integers(1, 75), st.sampled_from([1, 3, 4]))
def test_each_smaller_pixel_is_the_mean_of_what_it_covers(height: int, width: int, channels: int) -> None:
    pixels = random_pixels(height, width, channels)
    smaller = halved(pixels, Token())
    assert smaller.shape == (-(-height // 2), -(-width // 2), channels)
    for row, column in ((0, 0), (smaller.shape[0] - 1, smaller.shape[1] - 1)):
        block = pixels[2 * row : 2 * row + 2, 2 * column : 2 * column + 2]
        np.testing.assert_allclose(smaller[row, column], block.mean(axis=(0, 1)), rtol=1e-5)


def test_a_nan_never_vanishes_by_zooming_out() -> None:
    pixels = random_pixels(2048, 1030)
    pixels[1533, 1029] = np.nan
    pyramid = Pyramid(pixels)
    while not pyramid.is_complete:
        pyramid.add(pyramid.next_level(Token()))
    for level in range(pyramid.count):
        assert np.isnan(pyramid.level(level)).any()


def test_levels_that_are_not_built_have_their_size_at_once() -> None:
    pixels = random_pixels(2051, 1500, 1)
    pyramid = Pyramid(pixels)
    stand_ins = [pyramid.level(level).shape for level in range(pyramid.count)]
    assert not pyramid.is_built(pyramid.count - 1)
    while not pyramid.is_complete:
        pyramid.add(pyramid.next_level(Token()))
    assert stand_ins == [pyramid.level(level).shape for level in range(pyramid.count)]
    assert max(stand_ins[-1]) <= SMALLEST_SIDE


@pytest.mark.parametrize("side", [1, 2, 511, 512, 513, 1024, 1025])
def test_the_pyramid_ends_with_a_small_level(side: int) -> None:
    pyramid = Pyramid(np.zeros((1, side, 1), np.float32))
    assert pyramid.level(pyramid.count - 1).shape[1] <= SMALLEST_SIDE
    assert pyramid.count == 1 or pyramid.level(pyramid.count - 2).shape[1] > SMALLEST_SIDE


def test_a_level_that_does_not_exist_is_refused() -> None:
    with pytest.raises(IndexError, match="level 7 of 1"):
        Pyramid(np.zeros((4, 4, 1), np.float32)).level(7)


def test_building_stops_when_nobody_waits() -> None:
    token = Token()
    token.withdraw()
    with pytest.raises(StaleError):
        halved(random_pixels(64, 64), token)


def test_infinities_of_both_signs_meet_without_a_warning() -> None:
    pixels = np.array([[[np.inf], [-np.inf]], [[0], [0]]], np.float32)
    assert np.isnan(halved(pixels, Token())).all()
