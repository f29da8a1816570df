"""Histogram, automatic levels, numbers in pixels and under the pointer."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from restora.data.geometry import Rect
from restora.data.image import Image
from restora_desktop.viewer.background import StaleError, Token
from restora_desktop.viewer.histogram import BINS, histogram
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.level_fitting import fitted_levels
from restora_desktop.viewer.levels import Levels
from restora_desktop.viewer.pixel_values import brief
from restora_desktop.viewer.readout import read

Make = Callable[..., Image]


def test_every_number_is_counted_once(noise: Make) -> None:
    image = noise(301, 203)
    found = histogram(image, Token())
    assert found.counts.shape == (3, BINS)
    np.testing.assert_array_equal(found.counts.sum(axis=1), 301 * 203)
    assert found.low == pytest.approx(float(image.pixels.min()))
    assert found.high == pytest.approx(float(image.pixels.max()))


def test_bins_agree_with_numpy(noise: Make) -> None:
    image = noise(100, 50, 1)
    found = histogram(image, Token())
    expected, _ = np.histogram(image.pixels.astype(np.float64), BINS, (found.low, found.high))
    # Single precision may put a number on an edge into the neighbouring bin.
    assert np.abs(found.counts[0] - expected).sum() <= 20


def test_nan_and_infinities_are_counted_apart(noise: Make) -> None:
    pixels = noise(40, 30, 1).pixels.copy()
    pixels[0, 0], pixels[5, 5], pixels[29, 39] = np.nan, np.inf, -np.inf
    found = histogram(Image(pixels=pixels), Token())
    assert found.unusual == 3
    assert found.counts.sum() == 40 * 30 - 3


def test_a_picture_of_one_number_has_one_full_bin(flat: Make) -> None:
    found = histogram(flat(0.3), Token())
    assert found.counts[0, 0] == 64 * 48
    assert found.low == found.high == pytest.approx(0.3)


def test_a_picture_without_numbers_has_empty_bins(flat: Make) -> None:
    found = histogram(flat(np.nan), Token())
    assert found.counts.sum() == 0
    assert (found.low, found.high) == (0.0, 1.0)


def test_positions_are_in_units_of_the_nominal_white(flat: Make) -> None:
    assert histogram(flat(500.0, nominal_white=1000.0), Token()).low == pytest.approx(0.5)


def test_counting_stops_when_nobody_waits(noise: Make) -> None:
    token = Token()
    token.withdraw()
    with pytest.raises(StaleError):
        histogram(noise(8, 8), token)


def test_automatic_levels_take_the_visible_part_only(noise: Make) -> None:
    pixels = noise(100, 100, 1).pixels.copy()
    pixels[:, 50:] += 5
    layer = Layer.source("a", "a", Image(pixels=pixels))
    found = fitted_levels([layer], Rect(0, 0, 50, 100), Levels())
    assert found.black == pytest.approx(0.005, abs=0.01)
    assert found.white == pytest.approx(0.995, abs=0.01)


def test_automatic_levels_keep_exposure_and_tone(noise: Make) -> None:
    layer = Layer.source("a", "a", noise(10, 10))
    assert fitted_levels([layer], Rect(0, 0, 10, 10), Levels(exposure=1.5)).exposure == 1.5


def test_automatic_levels_of_several_pictures_hold_all_of_them(flat: Make) -> None:
    first = Layer.source("a", "a", flat(0.2))
    second = first.over("b", "b", flat(700.0, nominal_white=1000.0))
    found = fitted_levels([first, second], Rect(0, 0, 64, 48), Levels())
    assert (found.black, found.white) == pytest.approx((0.2, 0.7))


def test_automatic_levels_of_one_number_have_a_width(flat: Make) -> None:
    found = fitted_levels([Layer.source("a", "a", flat(0.4))], Rect(0, 0, 4, 4), Levels())
    assert (found.black, found.white) == pytest.approx((0.4, 1.4))


@pytest.mark.parametrize("visible", [Rect(500, 0, 5, 5), Rect(0, 0, 4, 4)])
def test_automatic_levels_of_nothing_change_nothing(flat: Make, visible: Rect) -> None:
    old = Levels(black=0.1)
    assert fitted_levels([Layer.source("a", "a", flat(np.nan))], visible, old) == old


def test_the_number_under_the_pointer_is_the_stored_one(flat: Make) -> None:
    stored = np.float32(2.35008)
    found = read("A", Layer.source("a", "a", flat(float(stored))), 3.5, 4.5)
    assert found is not None
    assert found.values == (float(stored),)
    assert (found.column, found.row) == (3, 4)
    assert found.text().endswith("3, 4 → 2.3501")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (1.0, "1"), (0.5, ".5000"), (-0.25, "-.250"), (0.12345, ".1235"), (12.345, "12.35"),
        (1234.0, "1234"), (123456.0, "1e5"), (0.00001, "1e-5"), (-0.00001, "-1e-5"), (float("nan"), "NaN"),
        (float("inf"), "+inf"), (float("-inf"), "-inf"), (99999.7, "1e5"), (1e30, "1e30"),
    ],
)  # fmt: skip
def test_numbers_in_pixels_are_short_and_true(value: float, text: str) -> None:
    assert brief(value) == text
    assert len(text) <= 5
