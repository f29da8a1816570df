from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.nets.colour_fix import wavelet_colour_fix
from restora.photons.colour import brightest_gains, grey_world_gains, white_point
from restora.photons.demosaic import demosaic_bilinear
from restora.photons.mosaic import BAYER_ORDERS, sampled
from restora.photons.sizes import fit_size


@pytest.mark.parametrize("order", BAYER_ORDERS)
@pytest.mark.parametrize("dtype", [np.uint8, np.uint32, np.float32])
def test_flat_colours_come_back_from_their_mosaic(order: ColourFilter, dtype: type) -> None:
    rgb = np.broadcast_to([3, 5, 250], (7, 9, 3)).astype(dtype)
    found = demosaic_bilinear(sampled(rgb, order), order)
    assert_array_equal(found, rgb)
    assert found.dtype == dtype


@pytest.mark.parametrize("order", BAYER_ORDERS)
def test_ramps_come_back_inside(order: ColourFilter) -> None:
    rows, columns = np.mgrid[:8, :10]
    rgb = np.stack([rows + columns, rows * 2.0, columns * 3.0], axis=2)
    found = demosaic_bilinear(sampled(rgb, order), order)
    assert_allclose(found[1:-1, 1:-1], rgb[1:-1, 1:-1])


def test_mosaics_too_small_are_refused() -> None:
    with pytest.raises(BadInputError, match="at least 3 x 3"):
        demosaic_bilinear(np.zeros((2, 9, 1), np.uint8), ColourFilter.RGGB)


def test_balanced_pictures_are_grey_on_average() -> None:
    rgb = np.random.default_rng(0).random((8, 8, 3)) * [1, 0.5, 0.2]
    means = (rgb * grey_world_gains(rgb)).mean(axis=(0, 1))
    assert_allclose(means, means[0])
    assert_allclose((rgb * brightest_gains(rgb)).max(axis=(0, 1)), 1)


def test_channels_without_light_stay_as_they_are() -> None:
    rgb = np.zeros((4, 4, 3))
    rgb[..., 0] = 1
    assert_allclose(grey_world_gains(rgb)[1:], 1)
    assert white_point(np.zeros((4, 4, 1))) == 1


def test_white_balance_needs_three_channels() -> None:
    with pytest.raises(BadInputError, match="needs height x width x 3"):
        grey_world_gains(np.zeros((4, 4, 1)))


def test_colours_come_from_a_picture_of_the_same_size() -> None:
    with pytest.raises(BadInputError, match="same size only"):
        wavelet_colour_fix(np.zeros((4, 4, 3), np.float32), np.zeros((4, 5, 3), np.float32))


def test_a_flat_shift_of_colour_is_taken_back() -> None:
    content = np.random.default_rng(0).random((32, 32, 3), np.float32)
    assert_allclose(wavelet_colour_fix(content + np.float32(0.3), content), content, atol=1e-5)


def test_sizes_must_be_sizes() -> None:
    with pytest.raises(BadInputError, match="at least 1"):
        fit_size(0, 5, longest=512, multiple=8)
