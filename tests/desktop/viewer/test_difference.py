from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.transfer import to_linear
from restora.errors import BadInputError
from restora_desktop.viewer.difference import (
    RELATIVE_FLOOR,
    DifferenceKind,
    DifferenceSettings,
    difference,
    fitting_gain,
)
from restora_desktop.viewer.layers import Alignment, Layer, SceneRect

Make = Callable[..., Image]


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        (DifferenceKind.ABSOLUTE, 0.2),
        (DifferenceKind.SIGNED, -0.2),
        (DifferenceKind.RELATIVE, 0.2 / (0.6 + RELATIVE_FLOOR)),
        (DifferenceKind.SQUARED, 0.04),
    ],
)
def test_each_kind_is_its_formula(flat: Make, kind: DifferenceKind, expected: float) -> None:
    first = Layer.source("a", "a", flat(0.6))
    found = difference(first, first.over("b", "b", flat(0.4)), kind)
    np.testing.assert_allclose(found.layer.image.pixels, expected, rtol=1e-5)
    assert found.mean == pytest.approx(expected, rel=1e-5)
    assert found.most == pytest.approx(abs(expected), rel=1e-5)


def test_a_larger_result_is_shrunk_to_the_source(noise: Make) -> None:
    small = noise(20, 10)
    large = Image(pixels=small.pixels.repeat(4, axis=0).repeat(4, axis=1))
    first = Layer.source("a", "a", small)
    found = difference(first, first.over("b", "b", large), DifferenceKind.ABSOLUTE)
    assert found.layer.image.pixels.shape == (10, 20, 3)
    assert found.layer.scene == first.scene


def test_other_transfer_and_white_do_not_count_as_differences(noise: Make) -> None:
    encoded = noise(20, 10)
    light = Image(
        pixels=to_linear(encoded.pixels) * np.float32(100), transfer=Transfer.LINEAR, nominal_white=100.0
    )
    first = Layer.source("a", "a", encoded)
    assert difference(first, first.over("b", "b", light), DifferenceKind.ABSOLUTE).most < 1e-5


def test_grey_is_compared_with_every_channel(flat: Make) -> None:
    first = Layer.source("a", "a", flat(0.5))
    found = difference(first, first.over("b", "b", flat((0.5, 0.6, 0.7))), DifferenceKind.SIGNED)
    np.testing.assert_allclose(found.layer.image.pixels[0, 0], [0, 0.1, 0.2], atol=1e-6)


def test_alpha_is_left_out(flat: Make) -> None:
    first = Layer.source("a", "a", flat((0.5, 0.5, 0.5, 1.0)))
    found = difference(first, first.over("b", "b", flat((0.5, 0.5, 0.5, 0.0))), DifferenceKind.ABSOLUTE)
    assert found.most == 0


def test_only_the_common_part_is_compared(flat: Make) -> None:
    first = Layer.source("a", "a", flat(0.5, 60, 40))
    found = difference(
        first, first.over("b", "b", flat(0.5, 20, 10), Alignment.CENTRE), DifferenceKind.ABSOLUTE
    )
    assert found.layer.scene == SceneRect(20, 15, 20, 10)
    assert found.layer.image.pixels.shape[:2] == (10, 20)


def test_pictures_of_different_places_are_refused(flat: Make) -> None:
    first = Layer.source("a", "day.png", flat(0.5))
    far = Layer(key="b", name="night.png", image=flat(0.5), scene=SceneRect(500, 0, 10, 10))
    with pytest.raises(BadInputError, match=r"day\.png and night\.png have no part of the scene in common"):
        difference(first, far, DifferenceKind.ABSOLUTE)


def test_nan_stays_visible_and_out_of_the_figures(flat: Make) -> None:
    pixels = flat(0.5).pixels.copy()
    pixels[3, 4] = np.nan
    first = Layer.source("a", "a", flat(0.25))
    found = difference(first, first.over("b", "b", Image(pixels=pixels)), DifferenceKind.ABSOLUTE)
    assert np.isnan(found.layer.image.pixels).sum() == 1
    assert found.mean == pytest.approx(0.25)


@pytest.mark.parametrize(
    ("high", "gain"), [(1.0, 1), (0.04, 20), (0.011, 50), (0.5, 2), (3.0, 0.2), (0.0, 1)]
)
def test_the_fitting_gain_is_a_round_number_that_saturates_little(high: float, gain: float) -> None:
    assert fitting_gain(high) == pytest.approx(gain)


def test_the_gain_decides_what_is_brightest() -> None:
    levels = DifferenceSettings(kind=DifferenceKind.SIGNED, gain=10.0).look(1.0).levels
    assert (levels.black, levels.white) == pytest.approx((-0.1, 0.1))
