from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.recipe import InputRecord, OutputRecord, Recipe, WeightRecord
from restora.jobs.verification import Agreement, Grain, changed_ingredients, compare, largest_error

PIXELS = np.random.default_rng(1).random((6, 7, 3), np.float32)
IMAGE = Image(pixels=PIXELS)
RECIPE = Recipe(
    method="a.b",
    plugin_version="1",
    api="1.0",
    item=InputRecord(kind="image", name="a.png", sha256="aa", hashed="file"),
    params={},
    seed=0,
    device="cpu",
    precision="fp32",
    tile=None,
    references=(InputRecord(kind="image", name="r.png", sha256="rr", hashed="file"),),
    weights=(WeightRecord(file="net", sha256="ww"),),
    output=OutputRecord(sha256=IMAGE.sha256(), shape=PIXELS.shape, transfer="srgb"),
)
MOVED = Image(pixels=PIXELS + np.float32(5e-5))
FAR = Image(pixels=PIXELS + np.float32(0.01))
EXACT = Grain()
EIGHT = Grain(step=1 / 255)


def stored(image: Image, levels: int) -> Image:
    return Image(pixels=np.round(image.pixels * np.float32(levels)) / np.float32(levels))


def agreement(image: Image, picture: Image | None, grain: Grain = EXACT, recipe: Recipe = RECIPE) -> str:
    return str(compare(recipe, image, picture, grain=grain).agreement)


def test_every_bit_the_same_is_equal() -> None:
    assert agreement(IMAGE, None) == "equal"
    assert agreement(IMAGE, stored(IMAGE, 255), EIGHT) == "equal"
    assert agreement(IMAGE, IMAGE) == "equal"


def test_a_small_difference_is_within_tolerance_of_the_stored_picture() -> None:
    assert agreement(MOVED, IMAGE) == "within tolerance"
    assert agreement(MOVED, stored(IMAGE, 255), EIGHT) == "within tolerance"


def test_a_small_difference_without_a_stored_picture_is_different() -> None:
    verdict = compare(RECIPE, MOVED, None, grain=EXACT)
    assert verdict.agreement is Agreement.DIFFERENT
    assert "not here" in verdict.explanation


def test_a_large_difference_is_different() -> None:
    assert agreement(FAR, IMAGE) == "different"
    assert agreement(FAR, stored(IMAGE, 255), EIGHT) == "different"


def test_a_stored_picture_that_was_changed_is_different_although_the_result_is_equal() -> None:
    pixels = PIXELS.copy()
    pixels[2, 3, 1] += np.float32(0.02)
    verdict = compare(RECIPE, IMAGE, Image(pixels=pixels), grain=EXACT)
    assert verdict.agreement is Agreement.DIFFERENT
    assert verdict.explanation.startswith("the result is the recipe's, but the largest difference")


@pytest.mark.parametrize("transfer", list(Transfer))
def test_the_stored_picture_may_be_in_either_transfer(transfer: Transfer) -> None:
    mislabelled = Image(pixels=IMAGE.in_transfer(transfer).pixels, transfer=Transfer.SRGB)
    assert agreement(IMAGE, mislabelled) == "equal"


def test_other_shapes_are_different() -> None:
    small = Image(pixels=PIXELS[:3])
    assert agreement(small, None) == "different"
    assert agreement(IMAGE, small) == "different"
    assert agreement(MOVED, small) == "different"


def test_a_recipe_that_was_never_run_cannot_agree() -> None:
    assert agreement(IMAGE, None, recipe=replace(RECIPE, output=None)) == "different"


def test_whole_numbers_are_compared_as_they_were_clipped() -> None:
    bright = Image(pixels=PIXELS * np.float32(3))
    clipped = Image(pixels=np.clip(stored(bright, 255).pixels, 0, 1))
    assert largest_error(bright.pixels, clipped.pixels, EIGHT) <= 0.5 / 255 + 1e-6
    assert largest_error(bright.pixels, clipped.pixels, EXACT) > 1


def test_short_floats_may_round() -> None:
    bright = PIXELS * np.float32(1000)
    halves = bright.astype(np.float16).astype(np.float32)
    assert largest_error(bright, halves, Grain(relative=2.0**-11)) < 1e-4
    assert largest_error(bright, halves, EXACT) > 0.01


@pytest.mark.parametrize(
    ("value", "kept", "error"),
    [
        (np.nan, np.nan, 0),
        (np.nan, 0.5, np.inf),
        (0.5, np.nan, np.inf),
        (np.inf, np.inf, 0),
        (np.inf, -np.inf, np.inf),
    ],
)
def test_values_that_are_no_numbers_must_be_the_same(value: float, kept: float, error: float) -> None:
    found = largest_error(np.full((1, 1, 1), value, np.float32), np.full((1, 1, 1), kept, np.float32), EXACT)
    assert found >= np.finfo(np.float64).max if np.isinf(error) else found == error


def test_nothing_changed_is_an_empty_list() -> None:
    assert changed_ingredients(RECIPE, replace(RECIPE, versions={"numpy": "9"}, device="cuda:0")) == []


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (replace(RECIPE, item=replace(RECIPE.item, sha256="ab")), "the input a.png is not the one"),
        (
            replace(RECIPE, references=(replace(RECIPE.references[0], sha256="rs"),)),
            "the reference r.png is not the one",
        ),
        (replace(RECIPE, weights=(WeightRecord(file="net", sha256="wv"),)), "the weights net are not those"),
        (replace(RECIPE, weights=()), "the weights net are not those"),
        (replace(RECIPE, plugin_version="2"), "made with version 1, here is 2 of the method's plugin"),
    ],
)
def test_every_changed_ingredient_is_named(now: Recipe, sentence: str) -> None:
    (change,) = changed_ingredients(RECIPE, now)
    assert sentence in change
