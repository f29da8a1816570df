from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.image import Image
from restora.data.kinds import ColourFilter, Transfer
from restora.errors import BadInputError
from restora.photons.forward import Sensor, detection_probability, simulate, simulated_frames
from restora.photons.mosaic import BAYER_ORDERS, cell_colours, channel_map, masked, sampled, spread
from restora.photons.motion import hand_jitter, shifted, steady_pan


def flat(value: float, channels: int = 1, side: int = 24) -> Image:
    pixels = np.full((side, side, channels), value, np.float32)
    return Image(pixels=pixels, transfer=Transfer.LINEAR)


@pytest.mark.parametrize("light", [0.0, 0.05, 0.4, 1.0])
def test_flat_fields_fire_as_often_as_physics_says(light: float) -> None:
    made = simulate(flat(light), frames=300, seed=1, sensor=Sensor(brightness=1.5, dark=0.01))
    p = float(detection_probability(np.array(light), 1.5, 0.01))
    error = np.sqrt(p * (1 - p) / made.frames.size)
    assert abs(made.frames.mean() - p) < 4 * error + 1e-12


def test_the_same_seed_gives_the_same_bits_and_another_one_others() -> None:
    first, second, third = (simulate(flat(0.3), frames=5, seed=seed).frames for seed in (1, 1, 2))
    assert_array_equal(first, second)
    assert (first != third).any()


def test_frames_of_several_bits_hold_sums() -> None:
    made = simulate(flat(0.5), frames=50, seed=0, sensor=Sensor(bits=3))
    assert made.frames.max() <= 7
    assert made.frames.mean() == pytest.approx(7 * (1 - np.exp(-0.5)), rel=0.02)
    assert simulate(flat(0.5), frames=2, seed=0, sensor=Sensor(bits=10)).frames.dtype == np.uint16


@pytest.mark.parametrize("order", BAYER_ORDERS)
def test_behind_a_filter_every_pixel_sees_its_colour(order: ColourFilter) -> None:
    pixels = np.zeros((8, 10, 3), np.float32) + np.array([0, 0.5, 50], np.float32)
    picture = Image(pixels=pixels, transfer=Transfer.LINEAR)
    frames = simulate(picture, frames=40, seed=0, sensor=Sensor(colour_filter=order)).frames
    colours = channel_map(order, 8, 10)
    assert frames.shape == (40, 8, 10, 1)
    assert not frames[:, colours == 0].any()
    assert frames[:, colours == 2].all()


def test_hot_pixels_always_fire_and_dead_ones_never() -> None:
    hot, dead = np.zeros((24, 24), bool), np.zeros((24, 24), bool)
    hot[1, 2] = dead[3, 4] = True
    frames = simulate(flat(0.5), frames=30, seed=0, sensor=Sensor(hot=hot, dead=dead, bits=2)).frames
    assert (frames[:, 1, 2] == 3).all()
    assert not frames[:, 3, 4].any()


def test_the_truth_is_the_light_at_the_middle_frame() -> None:
    pixels = np.random.default_rng(0).random((16, 20, 3)).astype(np.float32)
    picture = Image(pixels=pixels, transfer=Transfer.LINEAR)
    made = simulate(picture, frames=9, seed=0, displacements=steady_pan(9, 8, -4))
    assert_allclose(made.truth.pixels, pixels, atol=1e-6)
    assert made.truth.transfer is Transfer.LINEAR


def test_moving_scenes_move() -> None:
    pixels = np.zeros((16, 20, 1), np.float32)
    pixels[:, :3] = 100
    picture = Image(pixels=pixels, transfer=Transfer.LINEAR)
    frames = simulate(picture, frames=11, seed=0, displacements=steady_pan(11, 10, 0)).frames
    lit = frames[:, 5, :, 0].sum(axis=1)
    assert lit[0] < lit[5] < lit[10]


def test_alpha_and_negative_light_are_left_out() -> None:
    pixels = np.dstack([np.full((8, 8, 3), -1, np.float32), np.ones((8, 8, 1), np.float32)])
    made = simulate(Image(pixels=pixels, transfer=Transfer.LINEAR), frames=3, seed=0)
    assert made.frames.shape == (3, 8, 8, 3)
    assert not made.frames.any()


@pytest.mark.parametrize(
    ("build", "sentence"),
    [
        (lambda: Sensor(brightness=0), "brightness must be above 0"),
        (lambda: Sensor(brightness=float("nan")), "brightness must be above 0"),
        (lambda: Sensor(dark=-1), "dark counts per frame"),
        (lambda: Sensor(bits=17), "bits must be 1 to 16"),
        (lambda: simulate(flat(0.5), frames=0, seed=0), "at least one frame"),
        (lambda: simulate(flat(float("nan")), frames=1, seed=0), "NaN or infinity"),
        (lambda: simulate(flat(1), frames=3, seed=0, displacements=np.zeros((2, 2))), "motion must be 3 x 2"),
        (
            lambda: simulate(flat(1), frames=1, seed=0, sensor=Sensor(hot=np.zeros((2, 2), bool))),
            "hot pixels must be",
        ),
    ],
)
def test_what_cannot_be_simulated_is_refused(build, sentence: str) -> None:  # noqa: ANN001 - a table of calls
    with pytest.raises(BadInputError, match=sentence):
        build()


def test_long_captures_come_frame_by_frame() -> None:
    light = np.full((8, 8, 1), 0.5, np.float32)
    stream = simulated_frames(light, Sensor(), frames=10**9, rng=np.random.default_rng(0))
    assert next(stream).shape == (8, 8, 1)


class TestMotion:
    def test_whole_shifts_are_exact_and_edges_are_repeated(self) -> None:
        light = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
        assert_array_equal(shifted(light, 1, 0)[:, :, 0], light[:, [0, 0, 1, 2], 0])
        assert_array_equal(shifted(light, 0, -1)[:, :, 0], light[[1, 2, 2], :, 0])

    def test_fractions_are_bilinear(self) -> None:
        light = np.arange(12, dtype=np.float32).reshape(3, 4, 1)
        assert_allclose(shifted(light, 0.25, 0)[:, 1:, 0], light[:, 1:, 0] - 0.25)

    def test_paths_stand_still_in_the_middle(self) -> None:
        assert_array_equal(steady_pan(7, 3, 2)[3], [0, 0])
        assert_array_equal(hand_jitter(7, 1.0, np.random.default_rng(0))[3], [0, 0])
        assert_allclose(steady_pan(7, 3, 2)[-1] - steady_pan(7, 3, 2)[0], [3, 2])


class TestMosaic:
    @pytest.mark.parametrize("order", BAYER_ORDERS)
    def test_sampling_then_spreading_is_masking(self, order: ColourFilter) -> None:
        rgb = np.random.default_rng(0).random((2, 7, 9, 3))
        assert_array_equal(spread(sampled(rgb, order), order), masked(rgb, order))

    def test_cells_give_one_colour_each(self) -> None:
        rgb = np.zeros((6, 8, 3), np.float32) + np.array([1, 2, 3], np.float32)
        cells = cell_colours(sampled(rgb, ColourFilter.GBRG), ColourFilter.GBRG)
        assert_allclose(cells, np.broadcast_to([1, 2, 3], (3, 4, 3)))

    def test_sensors_without_filter_have_no_mosaic(self) -> None:
        with pytest.raises(BadInputError, match="without colour filter"):
            channel_map(ColourFilter.MONO, 4, 4)
        with pytest.raises(BadInputError, match="height x width x 3"):
            masked(np.zeros((4, 4, 1)), ColourFilter.RGGB)
