from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from restora.errors import BadInputError
from restora.optics.resample import Filter, output_side, resample

PILLOW = {
    Filter.BILINEAR: Image.Resampling.BILINEAR,
    Filter.BICUBIC: Image.Resampling.BICUBIC,
    Filter.LANCZOS: Image.Resampling.LANCZOS,
}


@pytest.mark.parametrize("filter", list(PILLOW))
@pytest.mark.parametrize("size", [(13, 9), (31, 77), (80, 64), (7, 200)])
def test_it_agrees_with_pillow_whose_centres_and_antialiasing_are_the_same(
    filter: Filter, size: tuple[int, int]
) -> None:
    grey = np.random.default_rng(0).random((40, 52), dtype=np.float32)
    expected = np.asarray(Image.fromarray(grey).resize(size[::-1], PILLOW[filter]))
    found = resample(grey[:, :, None], *size, filter=filter)[:, :, 0]
    np.testing.assert_allclose(found, expected, atol=2e-6)


def test_nearest_takes_the_pixel_under_the_new_centre() -> None:
    row = np.arange(4, dtype=np.float32).reshape(1, 4, 1)
    assert resample(row, 1, 8, filter=Filter.NEAREST).ravel().tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert resample(row, 1, 2, filter=Filter.NEAREST).ravel().tolist() == [1, 3]


def test_without_antialiasing_fine_stripes_fold_and_with_it_they_turn_grey() -> None:
    stripes = np.tile(np.array([0, 1], np.float32), 60).reshape(1, 120, 1)
    folded = resample(stripes, 1, 24, filter=Filter.BICUBIC, antialias=False)
    smooth = resample(stripes, 1, 24, filter=Filter.BICUBIC)
    assert np.ptp(folded) > 0.4 or abs(folded.mean() - 0.5) > 0.1
    assert np.abs(smooth - 0.5).max() < 0.1


def test_a_spoilt_pixel_spoils_only_its_neighbourhood() -> None:
    pixels = np.ones((100, 100, 1), np.float32)
    pixels[50, 50] = np.nan
    assert np.isnan(resample(pixels, 200, 200, filter=Filter.LANCZOS)).sum() < 20**2


def test_a_size_of_nothing_is_refused() -> None:
    with pytest.raises(BadInputError, match="at least one pixel per side, got 0 x 5"):
        resample(np.ones((5, 5, 1), np.float32), 5, 0, filter=Filter.BILINEAR)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    side=st.integers(1, 90),
    scale=st.floats(0.05, 8),
    filter=st.sampled_from(list(Filter)),
    antialias=st.booleans(),
)
def test_any_size_keeps_flat_pictures_flat(
    side: int, scale: float, filter: Filter, *, antialias: bool
) -> None:
    flat = np.full((side, 3, 1), 0.7, np.float32)
    out = resample(flat, output_side(side, scale), 5, filter=filter, antialias=antialias)
    np.testing.assert_allclose(out, 0.7, atol=1e-6)


def test_progress_is_told_band_by_band() -> None:
    told: list[tuple[int, int]] = []
    resample(
        np.ones((10, 10, 1), np.float32),
        150,
        10,
        filter=Filter.BILINEAR,
        tick=lambda a, b: told.append((a, b)),
    )
    assert told == [(64, 150), (128, 150), (150, 150)]
