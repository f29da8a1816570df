"""The spread over seeds, and the sheet that shows them at a glance."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.errors import BadInputError
from restora.quality.contact_sheet import ContactSheet
from restora.quality.spread import SpreadOver, spread_of
from restora.quality.views import displayed


def pictures(count: int, *, shape: tuple[int, int, int] = (6, 9, 3), sigma: float = 0.02) -> list[Image]:
    rng = np.random.default_rng(3)
    base = rng.uniform(0.3, 0.7, shape)
    return [Image(pixels=(base + rng.normal(0, sigma, shape)).astype(np.float32)) for _ in range(count)]


def test_mean_and_deviation_are_numpys() -> None:
    images = pictures(7)
    found = spread_of(images)
    stack = np.stack([image.pixels for image in images]).astype(np.float64)
    np.testing.assert_allclose(found.mean.pixels, stack.mean(axis=0), atol=1e-6)
    expected = np.sqrt(stack.var(axis=0, ddof=1).mean(axis=2, keepdims=True))
    np.testing.assert_allclose(found.deviation, expected, atol=1e-6)
    assert found.line().startswith("standard deviation over 7 seeds 0.01")


def test_equal_results_have_no_spread() -> None:
    found = spread_of(pictures(1) * 3)
    assert found.value == 0
    assert not found.strength_map().pixels.any()


def test_the_deviation_is_of_what_a_screen_shows_and_the_mean_of_the_numbers() -> None:
    linear = [
        replace(image.in_transfer(Transfer.LINEAR), nominal_white=1.0) for image in pictures(4, sigma=0.05)
    ]
    found = spread_of(linear)
    assert found.mean.transfer is Transfer.LINEAR
    shown = np.stack([displayed(image) for image in linear])
    np.testing.assert_allclose(
        found.deviation, np.sqrt(shown.var(axis=0, ddof=1).mean(axis=2, keepdims=True)), atol=1e-6
    )


def test_adding_leaves_the_pictures_alone() -> None:
    images = pictures(3)
    before = [image.pixels.copy() for image in images]
    spread_of(images)
    for image, kept in zip(images, before, strict=True):
        assert np.array_equal(image.pixels, kept)


def test_too_few_and_unlike_results_are_refused() -> None:
    with pytest.raises(BadInputError, match="at least two results, got 1"):
        spread_of(pictures(1))
    gathered = SpreadOver()
    gathered.add(pictures(1)[0])
    with pytest.raises(BadInputError, match="must be alike"):
        gathered.add(pictures(1, shape=(6, 8, 3))[0])


@pytest.mark.parametrize(("count", "columns", "rows"), [(1, 1, 1), (2, 2, 1), (5, 3, 2), (9, 3, 3)])
def test_a_sheet_is_about_as_wide_as_tall(count: int, columns: int, rows: int) -> None:
    sheet = ContactSheet()
    for number, image in enumerate(pictures(count, shape=(40, 50, 3))):
        sheet.add(image, f"seed {number}")
    assert (sheet.image().width, sheet.image().height) == (8 + columns * 58, 8 + rows * 66)


def test_a_sheet_takes_grey_large_and_broken_pictures() -> None:
    sheet = ContactSheet()
    sheet.add(Image(pixels=np.full((2000, 100, 1), 0.5, np.float32)), "tall")
    sheet.add(Image(pixels=np.full((10, 10, 4), np.nan, np.float32)), "broken")
    made = sheet.image()
    assert made.height == 480 + 8 + 18 + 8
    np.testing.assert_allclose(made.pixels[100, 20], 0.5, atol=0.01)
    with pytest.raises(BadInputError, match="at least one picture"):
        ContactSheet().image()
