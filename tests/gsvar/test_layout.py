"""Where windows lie and how pictures get in and out of them; no network is needed for it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from restora.splats.references import DepthView
from restora.splats.refinement.views import TrainingView
from restora.testing.scene_items import orbit_camera
from restora_gsvar.batching import _ROW_MIB, AUTOMATIC, windows_at_once
from restora_gsvar.choosing import ProjectedWindows
from restora_gsvar.declarations import MEMORY
from restora_gsvar.fitting import Extent, Fit, Fitting, matched
from restora_gsvar.tiling import Plan, Tile, joined

SIDES = st.integers(1, 700)


@settings(deadline=None, max_examples=40)
@given(
    height=st.integers(32, 300),
    width=st.integers(32, 300),
    overlap=st.integers(4, 16),
    is_published=st.booleans(),
)
def test_windows_cover_everything_and_share_what_was_asked(
    height: int, width: int, overlap: int, is_published: bool
) -> None:
    plan = Plan(height=height, width=width, side=32, overlap=overlap, is_published=is_published)
    for starts, length in ((plan.tops, height), (plan.lefts, width)):
        assert starts[0] == 0
        assert starts[-1] == length - 32
        assert all(1 <= step <= 32 - overlap for step in np.diff(starts))
        assert is_published or len(starts) < 2 or np.ptp(np.diff(starts)) <= 1


def test_own_weights_are_symmetric_and_published_ones_stand_off_centre() -> None:
    own = Plan(height=32, width=32, side=32, overlap=8).weights()
    published = Plan(height=32, width=32, side=32, overlap=8, is_published=True).weights()
    assert_allclose(own, own[::-1])
    assert_allclose(own, own.T)
    assert own.min() > 0
    assert_allclose(published, published[:, ::-1])
    assert np.abs(published - published[::-1]).max() > 0.1


def test_windows_that_agree_join_to_the_whole() -> None:
    whole = np.random.default_rng(0).random((3, 45, 80)).astype(np.float32)
    plan = Plan(height=45, width=80, side=32, overlap=8)
    parts = [whole[:, tile.rows, tile.columns] for tile in plan.tiles()]
    assert_allclose(joined(parts, plan, plan.tiles()), whole, atol=1e-6)


@settings(deadline=None, max_examples=25)
@given(width=SIDES, height=SIDES, fit=st.sampled_from(Fit), extent=st.sampled_from(Extent))
def test_every_picture_fits_and_comes_back_at_its_size(
    width: int, height: int, fit: Fit, extent: Extent
) -> None:
    picture = np.random.default_rng(1).random((height, width, 3)).astype(np.float32)
    fitted = Fitting(side=8, fit=fit, extent=extent, overlap=4).fitted(picture)
    assert all(side % 16 == 0 and side >= 128 for side in fitted.pixels.shape[:2])
    assert fitted.plan.height * 16 == fitted.pixels.shape[0]
    back = fitted.back(fitted.pixels, picture)
    assert back.shape == picture.shape
    if fit is Fit.KEPT and extent is Extent.TILES:
        assert_array_equal(back, picture)


def test_four_thousand_pixels_and_portraits_are_tiled() -> None:
    fitting = Fitting(side=32)
    assert len(fitting.fitted(np.zeros((2160, 3840, 3), np.float32)).plan.tiles()) == 10 * 6
    assert len(fitting.fitted(np.zeros((1280, 720, 3), np.float32)).plan.tiles()) == 2 * 3
    assert not fitting.is_tiled(np.zeros((512, 300, 3), np.float32))
    assert fitting.is_tiled(np.zeros((513, 300, 3), np.float32))


@pytest.mark.parametrize(("fit", "kept"), [(Fit.KEPT, 0.5), (Fit.PUBLISHED, 1.0)])
def test_a_photograph_is_cropped_or_stretched_to_its_render(fit: Fit, kept: float) -> None:
    ramp = np.tile(np.linspace(0, 1, 400, dtype=np.float32)[None, :, None], (100, 1, 3))
    found = matched(ramp, np.zeros((50, 100, 3), np.float32), fit)
    assert found.shape == (50, 100, 3)
    assert_allclose(np.ptp(found), kept, atol=0.03)


def test_the_window_of_a_photograph_follows_the_scene_and_fills_what_is_missing() -> None:
    camera = orbit_camera(0, 60, width=200, height=100)
    view = DepthView(
        camera=camera, depth=np.full((100, 200), 4, np.float32), alpha=np.ones((100, 200), np.float32)
    )
    photo = np.random.default_rng(2).random((100, 200, 3)).astype(np.float32)
    windows = ProjectedWindows(view=view, photo=TrainingView(camera=camera, picture=photo), key="one")
    key, pixels = windows.window(Tile(0, 0, 8))
    assert pixels.shape == (128, 128, 3)
    assert key == windows.window(Tile(0, 0, 8))[0]
    assert key != windows.window(Tile(0, 4, 8))[0]
    assert_array_equal(pixels[100], pixels[98], err_msg="what lies below the frame is its reflection")
    moved = orbit_camera(5, 60, width=200, height=100)
    elsewhere = ProjectedWindows(view=view, photo=TrainingView(camera=moved, picture=photo), key="one")
    assert elsewhere.window(Tile(0, 2, 8))[0] != windows.window(Tile(0, 2, 8))[0]


def test_windows_at_once_are_what_the_declared_memory_holds_and_always_the_same() -> None:
    for precision, declared in ((rule.precision, rule.fixed_mib) for rule in MEMORY):
        pairs, singles = (
            windows_at_once(AUTOMATIC, device="cuda", precision=precision, rows=rows) for rows in (2, 1)
        )
        assert 1 <= pairs < singles <= 16
        assert pairs * 2 * _ROW_MIB[precision] < declared
    assert windows_at_once(AUTOMATIC, device="cpu", precision="fp32", rows=1) == 1
    assert windows_at_once(7, device="cpu", precision="fp32", rows=2) == 7
