from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from restora.api import Cancelled, ColourFilter, FrameWindow, Kind, Output, Source, UnsuitableItemError
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.photon_cube import PhotonCube
from restora.optics.blur import gaussian_blur
from restora.photons.forward import Sensor, simulate
from restora.photons.motion import steady_pan
from restora.quality.fidelity import psnr

Run = Callable[..., Output]
FRAMES = 33
METHODS = ("classic.spad_average", "classic.spad_flux", "classic.spad_denoise", "classic.spad_burst")


class InMemory:
    def __init__(self, frames: np.ndarray) -> None:
        self.frames = frames

    def read(self, start: int, stop: int) -> np.ndarray:
        return self.frames[start:stop]


def picture(height: int = 80, width: int = 96) -> Image:
    rng = np.random.default_rng(4)
    rough = rng.random((height, width, 3), dtype=np.float32) - 0.5
    light = 0.4 + 2.2 * gaussian_blur(rough, 2.0) + 6 * gaussian_blur(rough, 9.0)
    return Image(pixels=np.clip(light, 0.01, 1), transfer=Transfer.LINEAR)


def capture(
    colour_filter: ColourFilter = ColourFilter.MONO,
    *,
    pan: float = 0,
    size: tuple[int, int] = (80, 96),
    **sensor: Any,
) -> tuple[Source, Image]:
    scene = picture(*size)
    if colour_filter is ColourFilter.MONO:
        scene = replace(scene, pixels=scene.pixels[:, :, 1:2])
    made = simulate(
        scene,
        frames=FRAMES,
        seed=7,
        sensor=Sensor(colour_filter=colour_filter, **sensor),
        displacements=steady_pan(FRAMES, pan, pan / 2),
    )
    frames = made.frames
    cube = PhotonCube(
        reader=InMemory(frames),
        frames=FRAMES,
        height=frames.shape[1],
        width=frames.shape[2],
        channels=frames.shape[3],
        bits=made.sensor.bits,
        colour_filter=colour_filter,
    )
    return Source(kind=Kind.SPAD, cube=cube, window=FrameWindow(0, FRAMES)), made.truth


def quality(output: Output, truth: Image) -> float:
    assert output.image is not None
    cut = np.s_[12:-12, 12:-12]
    found = Image(pixels=output.image[cut], transfer=Transfer.LINEAR)
    return psnr(found, replace(truth, pixels=truth.pixels[cut]))


def test_the_average_is_the_share_of_frames_with_a_detection(run: Run) -> None:
    source, _ = capture()
    assert source.cube is not None
    output = run("classic.spad_average", source, bad_pixels="keep")
    assert output.image is not None
    expected = source.cube.total(FrameWindow(0, FRAMES)) / FRAMES
    np.testing.assert_allclose(output.image, expected, atol=1e-6)
    assert output.info["detections_per_pixel"] == pytest.approx(expected.mean() * FRAMES)
    assert output.info["binary_frames"] == FRAMES


def test_frames_that_hold_several_binary_ones_count_as_so_many(run: Run) -> None:
    source, truth = capture(bits=3)
    output = run("classic.spad_flux", source)
    assert output.info["binary_frames"] == 7 * FRAMES
    assert output.image is not None
    assert output.image.mean() == pytest.approx(float(truth.pixels.mean()), rel=0.02)


def test_the_flux_is_unbiased_and_the_average_is_not(run: Run) -> None:
    source, truth = capture(brightness=1.5)
    mean = float(truth.pixels.mean())
    flux = run("classic.spad_flux", source, brightness=1.5).image
    average = run("classic.spad_average", source).image
    assert flux is not None
    assert average is not None
    assert flux.mean() == pytest.approx(mean, rel=0.04)
    assert average.mean() / 1.5 < 0.85 * mean


def test_a_long_window_is_summed_in_pieces_between_which_a_cancel_is_noticed(
    run: Run, quiet: Callable[..., Any]
) -> None:
    source, _ = capture(size=(8, 8))
    assert source.cube is not None
    frames = np.random.default_rng(0).integers(0, 2, (3000, 8, 8, 1), dtype=np.uint8)
    cube = replace(source.cube, reader=InMemory(frames), frames=3000)
    context = quiet()
    long = replace(source, cube=cube, window=FrameWindow(0, 3000))
    image = run("classic.spad_average", long, context, bad_pixels="keep").image
    np.testing.assert_allclose(image, frames.mean(axis=0), atol=1e-6)
    assert context.checkpoints == 3


def test_only_the_asked_frames_count(run: Run) -> None:
    source, _ = capture()
    part = run("classic.spad_average", replace(source, window=FrameWindow(5, 3)), bad_pixels="keep").image
    assert part is not None
    assert set(np.unique(np.rint(part * 3))) <= {0, 1, 2, 3}
    np.testing.assert_allclose(part * 3, np.rint(part * 3), atol=1e-6)


def test_denoising_gains_decibels(run: Run) -> None:
    source, truth = capture()
    raw = quality(run("classic.spad_flux", source), truth)
    assert quality(run("classic.spad_denoise", source), truth) > raw + 4


@pytest.mark.parametrize("order", [ColourFilter.RGGB, ColourFilter.GRBG])
@pytest.mark.parametrize("size", [(80, 96), (81, 95)])
def test_a_mosaic_becomes_a_picture_in_colour(run: Run, order: ColourFilter, size: tuple[int, int]) -> None:
    source, truth = capture(order, size=size)
    clean = run("classic.spad_denoise", source)
    assert clean.image is not None
    assert clean.image.shape == (*size, 3)
    assert quality(clean, truth) > quality(run("classic.spad_flux", source), truth) + 4


@pytest.mark.parametrize("order", [ColourFilter.MONO, ColourFilter.RGGB])
def test_the_burst_beats_the_still_methods_where_the_scene_moves(run: Run, order: ColourFilter) -> None:
    source, truth = capture(order, pan=14)
    burst = run("classic.spad_burst", source, blocks=11)
    still = quality(run("classic.spad_denoise", source), truth)
    assert quality(burst, truth) > still + 1.5
    assert burst.images["agreement"].shape == (80, 96, 1)
    assert 3 < float(burst.info["merged_frames"]) <= 3 * FRAMES  # interpolation evens noise out, too


def test_more_blocks_than_frames_are_refused_with_both_numbers(run: Run) -> None:
    source, _ = capture()
    with pytest.raises(UnsuitableItemError, match="11 blocks need at least 11 frames, but the window has 4"):
        run("classic.spad_burst", replace(source, window=FrameWindow(0, 4)))


def test_hot_pixels_are_repaired_and_counted(run: Run) -> None:
    hot = np.zeros((80, 96), bool)
    hot[20, 30] = hot[50, 60] = True
    source, _ = capture(hot=hot, brightness=0.3)
    kept = run("classic.spad_flux", source, bad_pixels="keep", brightness=0.3)
    mended = run("classic.spad_flux", source, brightness=0.3)
    assert kept.image is not None
    assert mended.image is not None
    assert kept.image[20, 30, 0] > 5
    assert mended.image[20, 30, 0] < 2
    assert mended.info["repaired_pixels"] == 2
    assert kept.info["repaired_pixels"] == 0


def test_a_map_of_bad_pixels_is_used_without_looking_for_others(run: Run) -> None:
    source, _ = capture()
    assert source.cube is not None
    known = np.zeros((80, 96), bool)
    known[3, 4] = True
    mapped = replace(source, cube=replace(source.cube, bad_pixels=known))
    assert run("classic.spad_average", mapped, bad_pixels="map").info["repaired_pixels"] == 1


def test_percentile_white_brings_dim_captures_up(run: Run) -> None:
    source, _ = capture(brightness=0.05, size=(40, 48))
    dim = run("classic.spad_denoise", source).image
    bright = run("classic.spad_denoise", source, white="percentile").image
    assert dim is not None
    assert bright is not None
    assert dim.max() < 0.2
    assert np.percentile(bright, 97) == pytest.approx(1, rel=1e-3)


@pytest.mark.parametrize("how", ["grey_world", "brightest"])
def test_white_balance_evens_the_colours(run: Run, how: str) -> None:
    source, _ = capture(ColourFilter.RGGB, size=(40, 48))
    image = run("classic.spad_denoise", source, white_balance=how).image
    assert image is not None
    figure = image.mean(axis=(0, 1)) if how == "grey_world" else image.max(axis=(0, 1))
    np.testing.assert_allclose(figure, figure[0], rtol=1e-3)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [(1, 1), (3, 7), (17, 16)])
def test_tiny_captures_give_a_picture_or_one_sentence(run: Run, method: str, size: tuple[int, int]) -> None:
    source, _ = capture(size=size)
    if method == "classic.spad_burst" and min(size) < 16:
        with pytest.raises(Exception, match="at least 16 x 16 pixels"):
            run(method, source)
        return
    image = run(method, source).image
    assert image is not None
    assert image.shape == (*size, 1)
    assert np.isfinite(image).all()


@pytest.mark.parametrize("method", METHODS)
def test_all_dark_and_all_full_captures_stay_finite(run: Run, method: str) -> None:
    source, _ = capture()
    assert source.cube is not None
    for value in (0, 1):
        frames = np.full((FRAMES, 24, 32, 1), value, np.uint8)
        cube = replace(source.cube, reader=InMemory(frames), height=24, width=32)
        image = run(method, replace(source, cube=cube)).image
        assert image is not None
        assert np.isfinite(image).all()
        assert (image.mean() > 0.9) == bool(value)


@pytest.mark.parametrize("method", METHODS)
def test_the_same_request_gives_the_same_bits(run: Run, method: str) -> None:
    source, _ = capture(ColourFilter.RGGB, pan=5, size=(40, 48))
    first, second = (run(method, source).image for _ in range(2))
    assert first is not None
    assert second is not None
    assert first.tobytes() == second.tobytes()


@pytest.mark.parametrize("method", METHODS)
def test_a_cancel_is_noticed_at_every_checkpoint(run: Run, quiet: Callable[..., Any], method: str) -> None:
    source, _ = capture(size=(32, 40))
    counting = quiet()
    run(method, source, counting)
    assert sum(counting.weights) == pytest.approx(1)
    assert all(reports[-1] == 1 for reports in counting.reports)
    for at in {1, counting.checkpoints // 2 + 1, counting.checkpoints}:
        with pytest.raises(Cancelled):
            run(method, source, quiet(cancel_at=at))


@pytest.mark.parametrize("method", METHODS)
def test_a_picture_is_refused_by_methods_for_captures(run: Run, method: str) -> None:
    with pytest.raises(UnsuitableItemError, match="a single-photon capture is needed"):
        run(method, np.ones((20, 20, 1), np.float32))
