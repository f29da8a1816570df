from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from restora.api import Cancelled, Kind, Output, ParameterError, Source, UnsuitableItemError

Run = Callable[..., Output]


@pytest.fixture
def photo() -> np.ndarray:
    return np.random.default_rng(1).random((150, 170, 3), dtype=np.float32)


def test_identity_gives_back_every_bit_in_an_array_of_its_own(run: Run, photo: np.ndarray) -> None:
    photo[3, 4] = np.nan
    image = run("classic.identity", photo).image
    assert image is not None
    assert image.tobytes() == photo.tobytes()
    assert not np.shares_memory(image, photo)


@pytest.mark.parametrize("scale", [0.05, 0.37, 1.0, 1.5, 3.0])
@pytest.mark.parametrize("channels", [1, 3, 4])
def test_resize_rounds_each_side_and_keeps_a_flat_picture_flat(run: Run, scale: float, channels: int) -> None:
    flat = np.full((37, 50, channels), 0.25, np.float32)
    for name in ("nearest", "bilinear", "bicubic", "lanczos"):
        image = run("classic.resize", flat, scale=scale, filter=name).image
        assert image is not None
        assert image.shape == (max(1, round(37 * scale)), max(1, round(50 * scale)), channels)
        np.testing.assert_allclose(image, 0.25, atol=2e-7)


def test_resize_never_shrinks_a_side_to_nothing(run: Run) -> None:
    image = run("classic.resize", np.ones((1, 4, 1), np.float32), scale=0.05).image
    assert image is not None
    assert image.shape == (1, 1, 1)


def test_resize_by_one_changes_nothing(run: Run, photo: np.ndarray) -> None:
    image = run("classic.resize", photo, scale=1.0, filter="lanczos").image
    np.testing.assert_array_equal(image, photo)


def test_colour_of_invisible_pixels_does_not_bleed(run: Run) -> None:
    pixels = np.zeros((8, 8, 4), np.float32)
    pixels[:, :4] = (1, 0, 0, 1)
    pixels[:, 4:] = (0, 1, 0, 0)
    image = run("classic.resize", pixels, scale=2.0, filter="bilinear").image
    assert image is not None
    visible = image[image[:, :, 3] > 0.01]
    np.testing.assert_allclose(visible[:, 1], 0, atol=1e-6)


def test_a_scale_out_of_bounds_is_refused_with_the_bounds(run: Run, photo: np.ndarray) -> None:
    with pytest.raises(ParameterError, match=r"scale must be 0\.05 to 8, got 9"):
        run("classic.resize", photo, scale=9.0)


def test_unsharp_without_amount_changes_nothing(run: Run, photo: np.ndarray) -> None:
    np.testing.assert_array_equal(run("classic.unsharp", photo, amount=0.0).image, photo)


def test_unsharp_makes_an_edge_steeper(run: Run) -> None:
    edge = np.zeros((16, 32, 1), np.float32)
    edge[:, 16:] = 0.5
    image = run("classic.unsharp", edge, amount=1.0).image
    assert image is not None
    assert image[8, 15, 0] < 0 < 0.5 < image[8, 16, 0]


def test_unsharp_leaves_detail_below_the_threshold_alone(run: Run) -> None:
    rng = np.random.default_rng(2)
    faint = (0.5 + 0.01 * (rng.random((40, 40, 1)) - 0.5)).astype(np.float32)
    np.testing.assert_array_equal(run("classic.unsharp", faint, threshold=0.05).image, faint)


@pytest.mark.parametrize("sigma", [0.3, 1.5, 8.0])
def test_tiles_of_unsharp_join_to_the_last_bit(run: Run, photo: np.ndarray, sigma: float) -> None:
    whole = run("classic.unsharp", photo, sigma=sigma).image
    tile = run("classic.unsharp", photo[10:140, 20:165], sigma=sigma).image
    assert whole is not None
    assert tile is not None
    margin = 32
    np.testing.assert_array_equal(tile[margin:-margin, margin:-margin], whole[42:108, 52:133])


@pytest.mark.parametrize("method", ["classic.identity", "classic.resize", "classic.unsharp"])
def test_a_cancelled_method_stops_at_its_next_checkpoint(
    run: Run, quiet: Callable[..., Any], photo: np.ndarray, method: str
) -> None:
    context = quiet(cancel_at=1)
    with pytest.raises(Cancelled):
        run(method, photo, context)
    assert context.checkpoints == 1


def test_progress_rises_to_one(run: Run, quiet: Callable[..., Any], photo: np.ndarray) -> None:
    context = quiet()
    output = run("classic.resize", photo, context, scale=3.0)
    assert isinstance(output, Output)
    (reports,) = context.reports
    assert reports == sorted(reports)
    assert reports[-1] == 1


def test_a_capture_is_refused_by_picture_methods(run: Run) -> None:
    with pytest.raises(UnsuitableItemError, match="a picture is needed"):
        run("classic.identity", Source(kind=Kind.SPAD))
