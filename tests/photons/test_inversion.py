from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.errors import BadInputError
from restora.photons.counts import block_sums, detection_rate, frames_for_bits, model_input
from restora.photons.forward import detection_probability, free_running_counts
from restora.photons.inversion import (
    flux_error,
    flux_from_counts,
    flux_from_rate,
    free_running_flux,
    scene_light,
)

PIXELS = 4096
FRAMES = 20_000


def test_the_table_of_seven_frames_comes_out() -> None:
    counts = np.arange(8, dtype=np.uint8)
    expected = [0, 0.1542, 0.3365, 0.5596, 0.8473, 1.2528, 1.9459]
    assert_allclose(flux_from_counts(counts, 7), [*expected, 2.6391], atol=5e-5)
    assert_allclose(flux_from_counts(counts, 7, margin=1), [*expected, 1.9459], atol=5e-5)


@pytest.mark.parametrize("flux", [0.05, 0.1, 0.25, 0.5, 1.0, 1.593, 2.0, 3.0, 4.0, 5.0])
def test_inversion_is_unbiased_within_sampling_error(flux: float) -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    probability = detection_probability(np.full(PIXELS, flux))
    found = flux_from_counts(rng.binomial(FRAMES, probability).astype(np.uint16), FRAMES)
    sampling_error = flux_error(np.array(flux), FRAMES) / np.sqrt(PIXELS)
    # The estimate's own bias, (e^flux - 1) / 2n, is what more frames take away.
    bias = np.expm1(flux) / (2 * FRAMES)
    assert abs(found.mean() - flux) < 4 * sampling_error + bias
    assert found.std() == pytest.approx(float(flux_error(np.array(flux), FRAMES)), rel=0.06)


def test_inverting_before_averaging_is_biased_and_averaging_first_is_not() -> None:
    rng = np.random.default_rng(0)
    counts = rng.binomial(7, detection_probability(np.full((2000, 100), 1.0))).astype(np.uint8)
    first = flux_from_counts(counts.sum(axis=0, dtype=np.uint32), 7 * 2000).mean()
    last = flux_from_counts(counts, 7).mean()
    assert abs(first - 1) < 0.01
    assert abs(last - 1) > 0.1


def test_flux_of_nothing_is_zero_and_not_minus_zero() -> None:
    assert not np.signbit(flux_from_counts(np.zeros(3, np.uint8), 7)).any()


def test_rates_are_held_below_their_ceiling() -> None:
    found = flux_from_rate(np.array([-0.1, 0.5, 1.0]), ceiling=1 - np.exp(-3))
    assert_allclose(found, [0, np.log(2), 3])


def test_dark_counts_come_off_after_inversion_and_never_below_zero() -> None:
    light = scene_light(np.array([0.005, 0.51]), brightness=0.5, dark=0.01)
    assert_allclose(light, [0, 1.0])


class TestFreeRunning:
    def test_simulated_counts_give_their_flux_back(self) -> None:
        rng = np.random.default_rng(0)
        flux = np.repeat([1e4, 1e5, 1e6], 300)
        counts = free_running_counts(flux, exposure=1e-3, dead_time=1e-6, rng=rng)
        found = free_running_flux(counts, exposure=1e-3, dead_time=1e-6).reshape(3, 300).mean(axis=1)
        assert_allclose(found, [1e4, 1e5, 1e6], rtol=0.02)

    def test_dead_time_narrows_the_variance(self) -> None:
        rng = np.random.default_rng(0)
        counts = free_running_counts(np.full(2000, 1e6), exposure=1e-4, dead_time=1e-6, rng=rng)
        assert counts.mean() == pytest.approx(50, rel=0.02)
        assert counts.var() < 0.4 * counts.mean()

    def test_pixels_without_light_stay_silent(self) -> None:
        rng = np.random.default_rng(0)
        assert not free_running_counts(np.zeros(5), exposure=1.0, dead_time=0.0, rng=rng).any()

    def test_counts_that_dead_time_forbids_are_refused(self) -> None:
        with pytest.raises(BadInputError, match="leaves room for 99"):
            free_running_flux(np.array([100], np.uint16), exposure=1e-4, dead_time=1e-6)

    def test_endless_simulations_are_refused(self) -> None:
        with pytest.raises(BadInputError, match="cannot be played through"):
            free_running_counts(np.array([1e12]), exposure=1.0, dead_time=0.0, rng=np.random.default_rng(0))

    def test_times_must_be_times(self) -> None:
        with pytest.raises(BadInputError, match="exposure must be above 0"):
            free_running_flux(np.zeros(1, np.uint8), exposure=0, dead_time=1e-9)


class TestCounts:
    def test_bits_are_sums_of_so_many_frames(self) -> None:
        assert [frames_for_bits(bits) for bits in (1, 3, 4, 8, 16)] == [1, 7, 15, 255, 65535]

    @pytest.mark.parametrize("bits", [0, 17, -1])
    def test_other_bits_are_refused(self, bits: int) -> None:
        with pytest.raises(BadInputError, match="bits must be 1 to 16"):
            frames_for_bits(bits)

    def test_blocks_leave_an_incomplete_rest_out(self) -> None:
        frames = np.ones((16, 2, 3, 1), np.uint8)
        assert_array_equal(block_sums(frames, 7), np.full((2, 2, 3, 1), 7))
        with pytest.raises(BadInputError, match="there are 16 frames"):
            block_sums(frames, 17)

    def test_model_inputs_span_minus_one_to_one(self) -> None:
        assert_array_equal(model_input(np.array([0, 7], np.uint8), 7), np.array([-1, 1], np.float32))

    @pytest.mark.parametrize("call", [detection_rate, model_input, flux_from_counts])
    def test_more_detections_than_frames_are_refused(self, call) -> None:  # noqa: ANN001 - three functions of one shape
        with pytest.raises(BadInputError, match="a count of 8 cannot come from 7 frames"):
            call(np.array([8], np.uint8), 7)
        with pytest.raises(BadInputError, match="at least one frame"):
            call(np.array([0], np.uint8), 0)

    @pytest.mark.parametrize("margin", [0.0, -1.0, 1.5, float("nan")])
    def test_margins_outside_a_detection_are_refused(self, margin: float) -> None:
        with pytest.raises(BadInputError, match="margin must be above 0"):
            flux_from_counts(np.zeros(2, np.uint8), 7, margin=margin)
