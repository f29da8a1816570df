from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from restora.api import Cancelled, Kind, Output, Rect, Request, Source, UnsuitableItemError
from restora.data.image import Image
from restora.data.kinds import ColourFilter, Transfer
from restora.data.transfer import to_linear, to_srgb
from restora.optics.blur import gaussian_blur
from restora.optics.degrade import MetalensCamera
from restora.optics.lowres import shrink
from restora.optics.psf import typical_metalens
from restora.photons.mosaic import sampled
from restora_classic.methods.collaborative import collaborative_filter
from restora_classic.methods.denoise import Denoise
from restora_classic.methods.nonlocal_means import nonlocal_means

Run = Callable[..., Output]
SMOOTHERS = ("classic.denoise", "classic.nonlocal_means", "classic.bilateral")


def picture(height: int = 72, width: int = 88, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(8)
    rough = rng.random((height, width, 3), dtype=np.float32) - 0.5
    soft = 0.5 + 3 * gaussian_blur(rough, 3.0) + 5 * gaussian_blur(rough, 9.0)
    soft[20:40, 30:60] = (0.9, 0.7, 0.2)
    soft[45:65:4, 10:70] = 0.1
    return np.clip(soft, 0, 1)[:, :, :channels]


def noisy(clean: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(2).standard_normal(clean.shape).astype(np.float32)
    return clean + np.float32(sigma) * noise


def rms(image: np.ndarray | None, truth: np.ndarray) -> float:
    assert image is not None
    return float(np.sqrt(np.mean((image - truth) ** 2)))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("method", SMOOTHERS)
def test_smoothing_brings_a_noisy_picture_closer_to_the_truth(run: Run, method: str, channels: int) -> None:
    clean = picture(channels=channels)
    stated = {"contrast": 0.25, "sigma": 1.5} if method == "classic.bilateral" else {"noise": 0.1}
    assert rms(run(method, noisy(clean, 0.1), **stated).image, clean) < 0.062


@pytest.mark.parametrize("method", SMOOTHERS)
def test_smoothing_leaves_a_flat_picture_flat(run: Run, method: str) -> None:
    flat = np.full((33, 40, 3), 0.3, np.float32)
    np.testing.assert_allclose(run(method, flat).image, 0.3, atol=1e-5)


def test_noise_that_differs_from_place_to_place_is_taken_off_where_it_is() -> None:
    clean = picture(channels=1)
    sigma = np.full(clean.shape, 0.01, np.float32)
    sigma[:, 44:] = 0.15
    seen = clean + sigma * np.random.default_rng(1).standard_normal(clean.shape).astype(np.float32)
    informed = collaborative_filter(seen, sigma**2)
    mean = collaborative_filter(seen, float((sigma**2).mean()))
    assert rms(informed[:, :36], clean[:, :36]) < 0.5 * rms(mean[:, :36], clean[:, :36])


def test_tiles_of_the_collaborative_filter_agree_with_the_whole() -> None:
    seen = noisy(picture(160, 40, channels=1), 0.05)
    whole = collaborative_filter(seen, 0.05**2)
    tile = collaborative_filter(seen[25:], 0.05**2, phase=(25, 0))
    np.testing.assert_allclose(tile[62:], whole[87:], atol=1e-5)


def test_a_tile_knows_its_place(quiet: Callable[..., Any]) -> None:
    seen = noisy(picture(40, 40), 0.05)
    request = Request(
        source=Source(kind=Kind.IMAGE, image=seen), params={"noise": 0.05}, seed=0, region=Rect(1, 2, 40, 40)
    )
    found = Denoise().run(request, quiet()).image
    assert found is not None
    np.testing.assert_array_equal(found, collaborative_filter(seen, 0.05**2, phase=(2, 1)))


@pytest.mark.parametrize("method", ["classic.nonlocal_means", "classic.bilateral"])
def test_tiles_of_the_other_smoothers_join_to_the_last_bit(run: Run, method: str) -> None:
    seen = noisy(picture(90, 40), 0.05)
    whole, tile = run(method, seen).image, run(method, seen[20:]).image
    assert whole is not None
    assert tile is not None
    np.testing.assert_array_equal(tile[21:], whole[41:])


def test_non_local_means_keep_a_lonely_pixel() -> None:
    lonely = np.full((30, 30, 1), 0.2, np.float32)
    lonely[15, 15] = 0.9
    found = nonlocal_means(lonely, sigma=0.01, patch=2, search=5, tick=None)
    assert found[15, 15, 0] == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("scale", [2, 4])
def test_back_projection_explains_its_input_and_beats_lanczos(run: Run, scale: int) -> None:
    clean = picture(96, 80)
    small = shrink(clean, scale)
    found = run("classic.back_projection", small, scale=scale)
    lanczos = run("classic.resize", small, scale=float(scale)).image
    assert found.image is not None
    assert found.image.shape == clean.shape
    assert rms(found.image, clean) < 0.995 * rms(lanczos, clean)
    assert rms(shrink(found.image, scale), small) == pytest.approx(float(found.info["unexplained"]), rel=1e-3)
    assert float(found.info["unexplained"]) < 0.02


def metalens_photo() -> tuple[np.ndarray, np.ndarray]:
    light = picture(96, 96)
    light[50:, 60:] = 0
    photo = MetalensCamera().photograph(Image(pixels=light, transfer=Transfer.LINEAR), seed=3)
    return photo.pixels, to_srgb(light)


def test_a_metalens_photo_comes_closer_to_its_scene_step_by_step(run: Run) -> None:
    photo, truth = metalens_photo()
    veil_only = run("classic.metalens", photo, algorithm="none")
    assert rms(veil_only.image, truth) < rms(photo, truth)
    assert float(veil_only.info["pedestal"]) == pytest.approx(0.15, abs=0.05)
    for algorithm in ("wiener", "richardson_lucy"):
        found = run("classic.metalens", photo, algorithm=algorithm, rounds=15)
        assert rms(found.image, truth) < rms(veil_only.image, truth)


def test_a_stated_gaussian_is_undone(run: Run) -> None:
    truth = picture(160, 160)
    light = gaussian_blur(truth, 1.5)
    lens = {"psf": "gaussian", "sigma_centre": 3.75, "sigma_corner": 3.75}
    found = run("classic.metalens", to_srgb(light), **lens, veil="none", denoise=0.0).image
    assert found is not None
    assert rms(to_linear(found), truth) < 0.92 * rms(light, truth)


def discs(seed: int, height: int = 320, width: int = 400) -> np.ndarray:
    """A scene of overlapping discs of all sizes."""
    rng = np.random.default_rng(seed)
    rows, columns = np.mgrid[:height, :width].astype(np.float32)
    canvas = np.full((height, width, 3), 0.5, np.float32)
    for radius in np.sort(3 / (0.01 + rng.random(600)))[::-1]:
        place = rng.random(2) * (height, width)
        inside = (rows - place[0]) ** 2 + (columns - place[1]) ** 2 < radius**2
        canvas[inside] = np.clip(rng.uniform(0.05, 0.95) + 0.08 * rng.standard_normal(3), 0, 1)
    return canvas


def test_an_estimated_spread_undoes_the_blur_of_a_wide_lens_better_than_the_usual_one(run: Run) -> None:
    truth = discs(1)
    lens = typical_metalens(coma=0.5).spread_by(1.5)
    photo = MetalensCamera(lens=lens).photograph(Image(pixels=truth), seed=1).pixels
    veil = {"veil": "stated", "pedestal": 0.15, "corner": 0.9}
    common = {"algorithm": "wiener", "denoise": 0.0, "noise_to_signal": 0.02, **veil}
    found = run("classic.metalens", photo, psf="estimated", **common)
    assert float(found.info["spread"]) == pytest.approx(1.5, rel=0.25)
    usual = run("classic.metalens", photo, **common)
    assert "spread" not in usual.info
    assert rms(found.image, truth) < 0.95 * rms(usual.image, truth)


def test_a_photo_that_does_not_tell_its_blur_is_refused(run: Run) -> None:
    with pytest.raises(
        UnsuitableItemError, match="how wide the blur is cannot be told from this photo"
    ) as told:
        run("classic.metalens", discs(6), psf="estimated")
    assert "State it instead" in str(told.value.advice)
    with pytest.raises(UnsuitableItemError, match="at least 128 pixels a side"):
        run("classic.metalens", picture(), psf="estimated")


def test_a_photo_with_spoilt_values_is_refused(run: Run) -> None:
    spoilt = picture()
    spoilt[0, 0] = np.nan
    with pytest.raises(UnsuitableItemError, match="NaN or infinity"):
        run("classic.metalens", spoilt)


def test_unchanged_development_changes_nothing(run: Run) -> None:
    light = picture()
    np.testing.assert_array_equal(run("classic.develop", light, auto=False).image, light)


def test_automatic_exposure_brings_the_bright_part_to_white_and_each_step_doubles(run: Run) -> None:
    dim = picture() * np.float32(0.01)
    found = run("classic.develop", dim)
    assert found.image is not None
    assert np.percentile(found.image, 97) == pytest.approx(1, rel=1e-4)
    brighter = run("classic.develop", dim, exposure=1.0)
    np.testing.assert_allclose(brighter.image, 2 * found.image, rtol=1e-5)
    assert brighter.info["gain"] == pytest.approx(2 * float(found.info["gain"]))


@pytest.mark.parametrize(
    ("how", "stated"), [("grey_world", {}), ("brightest", {}), ("manual", {"red": 2.0, "blue": 0.5})]
)
def test_white_balance_multiplies_the_colours(run: Run, how: str, stated: dict[str, float]) -> None:
    light = picture()
    image = run("classic.develop", light, auto=False, white_balance=how, **stated).image
    assert image is not None
    gains = (image / np.maximum(light, 1e-6))[5, 5]
    ratio = image[light > 0.05] / light[light > 0.05]
    assert len(np.unique(np.round(ratio, 3))) <= 3
    if how == "manual":
        np.testing.assert_allclose(gains, (2, 1, 0.5), rtol=1e-5)


def test_tone_keeps_middle_grey_darkness_and_order(run: Run) -> None:
    ramp = np.linspace(0, 8, 200, dtype=np.float32).reshape(1, -1, 1)
    shoulder = run("classic.develop", ramp, auto=False, highlights=3.0).image
    assert shoulder is not None
    assert np.all(np.diff(shoulder[0, :, 0]) > 0)
    assert shoulder[0, -1, 0] == pytest.approx(1, abs=0.02)
    contrast = run("classic.develop", np.full((2, 2, 1), 0.18, np.float32), auto=False, contrast=1.8).image
    np.testing.assert_allclose(contrast, 0.18, rtol=1e-5)


def test_no_saturation_is_grey(run: Run) -> None:
    image = run("classic.develop", picture(), auto=False, saturation=0.0).image
    assert image is not None
    np.testing.assert_allclose(image[:, :, 0], image[:, :, 2], atol=1e-6)


@pytest.mark.parametrize("order", ["rggb", "bggr"])
def test_a_mosaic_picture_becomes_colourful(run: Run, order: str) -> None:
    clean = gaussian_blur(picture(), 1.0)
    raw = sampled(clean, ColourFilter(order))
    image = run("classic.demosaic", raw, order=order).image
    assert image is not None
    assert rms(image, clean) < 0.03


def test_the_filters_phase_moves_with_a_tile(quiet: Callable[..., Any]) -> None:
    from restora_classic.methods.demosaic import Demosaic

    clean = picture()
    raw = sampled(clean, ColourFilter.RGGB)
    params = {"order": "rggb", "demosaic": "directed"}
    whole = Demosaic().run(Request(source=Source(kind=Kind.IMAGE, image=raw), params=params, seed=0), quiet())
    part = Request(
        source=Source(kind=Kind.IMAGE, image=raw[7:, 5:]), params=params, seed=0, region=Rect(5, 7, 83, 65)
    )
    tile = Demosaic().run(part, quiet())
    assert whole.image is not None
    assert tile.image is not None
    np.testing.assert_array_equal(tile.image[6:-6, 6:-6], whole.image[13:-6, 11:-6])


@pytest.mark.parametrize(
    "method",
    [*SMOOTHERS, "classic.metalens", "classic.back_projection", "classic.develop", "classic.demosaic"],
)
def test_stages_add_up_end_at_one_and_can_be_cancelled(
    run: Run, quiet: Callable[..., Any], method: str
) -> None:
    seen = noisy(picture(40, 48, channels=1 if method == "classic.demosaic" else 3), 0.05)
    counting = quiet()
    run(method, seen, counting)
    assert sum(counting.weights) == pytest.approx(1)
    assert all(reports[-1] == 1 for reports in counting.reports)
    with pytest.raises(Cancelled):
        run(method, seen, quiet(cancel_at=counting.checkpoints))
