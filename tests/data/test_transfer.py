from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from restora.data import parallel
from restora.data.arrays import ImageArray
from restora.data.transfer import to_linear, to_srgb


@pytest.fixture(params=[1, 2**23], ids=["several threads", "one thread"])
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parallel, "_THREADED_FROM", request.param)
    monkeypatch.setattr("os.cpu_count", lambda: 3)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("change", [to_linear, to_srgb])
def test_a_picture_is_changed_as_its_samples_are(change: Callable[[ImageArray], ImageArray]) -> None:
    pixels = np.random.default_rng(0).uniform(-1, 2, (301, 123, 3)).astype(np.float32)
    alone = np.concatenate([change(row[None]) for row in pixels])
    np.testing.assert_array_equal(change(pixels), alone)
    np.testing.assert_array_equal(change(pixels[::2, ::-1]), alone[::2, ::-1])


@pytest.mark.usefixtures("threads")
def test_there_and_back_is_the_same_light() -> None:
    light = np.random.default_rng(1).uniform(-2, 4, (99, 77, 1)).astype(np.float32)
    np.testing.assert_allclose(to_linear(to_srgb(light)), light, rtol=2e-5, atol=1e-6)
    assert to_linear(np.zeros((0, 5, 3), np.float32)).shape == (0, 5, 3)


def test_what_is_not_a_number_stays_so_and_known_values_are_met() -> None:
    codes = np.array([[[np.nan], [0.0], [0.5], [1.0], [-0.5]]], np.float32)
    found = to_linear(codes).ravel()
    assert np.isnan(found[0])
    np.testing.assert_allclose(found[1:], [0, 0.21404114, 1, -0.21404114], rtol=1e-6)
