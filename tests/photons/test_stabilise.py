from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

from restora.errors import BadInputError
from restora.photons.stabilise import expected_stabilised, noise_sd, stabilise, unstabilise


def test_the_tables_of_seven_frames_come_out() -> None:
    stabilised = stabilise(np.arange(8, dtype=np.uint8), 7)
    assert_allclose(stabilised, [0.2218, 0.4348, 0.5867, 0.7207, 0.8501, 0.9841, 1.1360, 1.3490], atol=5e-5)
    for p, expected in (
        (0.01, 0.2366),
        (0.05, 0.2933),
        (0.1, 0.3595),
        (0.2, 0.4792),
        (0.5, 0.7854),
        (0.8, 1.0916),
    ):
        assert expected_stabilised(p, 7) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("frames", [1, 7, 77, 1000, 65535])
def test_the_inverse_undoes_the_mean_of_stabilised_counts(frames: int) -> None:
    probability = np.array([0, 1e-3, 0.01, 0.1, 0.35, 0.5, 0.9, 0.99, 1])
    means = np.array([expected_stabilised(float(p), frames) for p in probability])
    assert_allclose(unstabilise(means, frames), probability, atol=2e-6)


@pytest.mark.parametrize("frames", [7, 255])
def test_banded_sums_agree_with_the_whole_binomial(frames: int) -> None:
    for p in (0.003, 0.3, 0.97):
        weights = [math.comb(frames, k) * p**k * (1 - p) ** (frames - k) for k in range(frames + 1)]
        values = np.arcsin(np.sqrt((np.arange(frames + 1) + 0.375) / (frames + 0.75)))
        assert expected_stabilised(p, frames) == pytest.approx(float(np.dot(weights, values)), abs=1e-12)


@pytest.mark.parametrize(("frames", "p"), [(7, 0.5), (15, 0.2), (77, 0.05), (255, 0.9)])
def test_noise_has_the_promised_size(frames: int, p: float) -> None:
    counts = np.random.default_rng(0).binomial(frames, p, 40_000).astype(np.uint16)
    assert stabilise(counts, frames).std() == pytest.approx(noise_sd(frames), rel=0.04)


def test_values_that_no_count_reaches_give_the_ends() -> None:
    assert_allclose(unstabilise(np.array([-1.0, 3.0]), 7), [0, 1])


def test_frames_and_probabilities_have_bounds() -> None:
    with pytest.raises(BadInputError, match="frames must be 1 to 65535"):
        unstabilise(np.zeros(2), 70_000)
    with pytest.raises(BadInputError, match="a probability lies in 0 to 1"):
        expected_stabilised(1.1, 7)
