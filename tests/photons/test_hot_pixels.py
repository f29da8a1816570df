from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.photons.hot_pixels import find_bad_pixels, from_dark_capture, repair, repair_frames
from restora.photons.mosaic import channel_map

FRAMES = 2000


def scene(height: int = 64, width: int = 80) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return 0.1 + 0.2 * rows / height + 0.1 * np.sin(columns / 9)


@pytest.fixture
def bad() -> np.ndarray:
    return np.random.default_rng(3).random((64, 80)) < 0.02


@pytest.mark.parametrize("colour_filter", [ColourFilter.MONO, ColourFilter.RGGB])
def test_hot_and_dead_pixels_are_found_and_hardly_any_good_one(
    bad: np.ndarray, colour_filter: ColourFilter
) -> None:
    p = scene()
    if colour_filter is not ColourFilter.MONO:
        p = p * np.array([0.5, 1.0, 0.3])[channel_map(colour_filter, 64, 80)] + 0.02
    rng = np.random.default_rng(0)
    hot, dead = bad & (rng.random(bad.shape) < 0.5), np.zeros_like(bad)
    dead |= bad & ~hot
    p = np.where(hot, 0.7, np.where(dead, 0, p))
    found = find_bad_pixels(rng.binomial(FRAMES, p).astype(np.uint32)[..., np.newaxis], FRAMES, colour_filter)
    assert (found.hot & hot).sum() == hot.sum()
    assert (found.dead & dead).sum() == dead.sum()
    assert (found.mask & ~bad).sum() <= 2


def test_dark_captures_mark_what_fires_often() -> None:
    counts = np.zeros((4, 5, 1), np.uint32)
    counts[1, 2], counts[3, 3] = 31, 30
    assert from_dark_capture(counts, above=30).sum() == 1


@pytest.mark.parametrize("order", [ColourFilter.RGGB, ColourFilter.BGGR])
def test_repairs_come_from_the_same_colour(bad: np.ndarray, order: ColourFilter) -> None:
    colours = channel_map(order, 64, 80)[..., np.newaxis]
    counts = np.where(bad[..., np.newaxis], 99, colours).astype(np.uint32)
    assert_array_equal(repair(counts, bad, order), colours)


def test_repairs_come_from_the_nearest_good_pixel() -> None:
    counts = np.arange(25, dtype=np.uint32).reshape(5, 5, 1)
    mask = np.zeros((5, 5), bool)
    mask[2, 2] = mask[1, 2] = True
    fixed = repair(counts, mask)
    assert fixed[2, 2, 0] == counts[2, 1, 0]
    assert fixed[1, 2, 0] == counts[0, 2, 0]
    assert counts[2, 2, 0] == 12


def test_binary_frames_stay_binary_and_keep_their_density(bad: np.ndarray) -> None:
    rng = np.random.default_rng(0)
    frames = (rng.random((400, 64, 80, 1)) < 0.3).astype(np.uint8)
    frames[:, bad] = 1
    fixed = repair_frames(frames, bad, rng=rng)
    assert set(np.unique(fixed)) == {0, 1}
    assert abs(fixed[:, bad].mean() - 0.3) < 0.01
    assert_array_equal(fixed[:, ~bad], frames[:, ~bad])


def test_the_same_seed_repairs_the_same_way(bad: np.ndarray) -> None:
    frames = (np.random.default_rng(0).random((20, 64, 80, 1)) < 0.3).astype(np.uint8)
    first, second = (repair_frames(frames, bad, rng=np.random.default_rng(5)) for _ in range(2))
    assert_array_equal(first, second)


def test_holes_without_a_good_pixel_near_are_refused() -> None:
    mask = np.zeros((40, 40), bool)
    mask[5:30, 5:30] = True
    with pytest.raises(BadInputError, match="marks 81 pixels without a good one"):
        repair(np.zeros((40, 40, 1), np.uint32), mask)


def test_sensors_too_small_to_compare_are_refused() -> None:
    with pytest.raises(BadInputError, match="cannot be told in a capture of 5 x 2"):
        find_bad_pixels(np.zeros((2, 5, 1), np.uint32), 10)
