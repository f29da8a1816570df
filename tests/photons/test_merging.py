from __future__ import annotations

import numpy as np
import pytest

from restora.data.kinds import ColourFilter
from restora.errors import BadInputError
from restora.photons.demosaic import demosaic_bilinear
from restora.photons.directed_demosaic import demosaic_directed
from restora.photons.merging import Block, merge
from restora.photons.mosaic import sampled
from restora.photons.motion import shifted
from restora.photons.warping import smooth

WIDE = np.array([1, 4, 6, 4, 1], np.float32) / 16
SHIFTS = (-6.0, -3.2, 0.0, 2.9, 6.5)
FRAMES = 12


def scene(channels: int = 1) -> np.ndarray:
    rng = np.random.default_rng(5)
    blobs = rng.random((96, 112, channels)).astype(np.float32)
    fine, coarse = smooth(blobs, WIDE), blobs
    for _ in range(20):
        coarse = smooth(coarse, WIDE)
    mixed = (fine - 0.5) * 0.8 + (coarse - 0.5) * 6
    return np.clip(0.35 + mixed, 0.02, 0.9).astype(np.float32)


def blocks(probability: np.ndarray, colour_filter: ColourFilter = ColourFilter.MONO) -> list[Block]:
    rng = np.random.default_rng(6)
    made = []
    for shift in SHIFTS:
        seen = shifted(probability, shift, -shift / 2)
        if colour_filter is not ColourFilter.MONO:
            seen = sampled(seen, colour_filter)
        made.append(Block(counts=rng.binomial(FRAMES, seen).astype(np.uint32), frames=FRAMES))
    return made


def error(rate: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt(np.mean((rate - truth)[14:-14, 14:-14] ** 2)))


def test_a_merge_is_closer_to_the_truth_than_one_block_and_than_the_plain_sum() -> None:
    truth = scene()
    burst = blocks(truth)
    merged = merge(burst, 2)
    alone = burst[2].counts / FRAMES
    plain = sum(block.counts for block in burst) / (FRAMES * len(burst))
    assert error(merged.rate, truth) < 0.6 * error(alone, truth)
    assert error(merged.rate, truth) < 0.7 * error(plain, truth)


def test_the_stated_number_of_frames_is_what_the_noise_tells() -> None:
    truth = scene()
    merged = merge(blocks(truth), 2)
    inner = np.s_[14:-14, 14:-14]
    predicted = np.mean(truth[inner] * (1 - truth[inner]) / merged.frames[inner])
    assert np.mean((merged.rate - truth)[inner] ** 2) == pytest.approx(predicted, rel=0.35)


def test_what_moved_away_leaves_no_ghost_and_shows_in_the_agreement() -> None:
    truth = scene()
    burst = blocks(truth)
    intruder = burst[3].counts.copy()
    intruder[30:60, 40:80] = FRAMES
    burst[3] = Block(counts=intruder, frames=FRAMES)
    merged = merge(burst, 2)
    assert error(merged.rate, truth) < 0.7 * error(burst[2].counts / FRAMES, truth)
    assert merged.agreement[45, 58] < 0.85 < merged.agreement[80, 20]


@pytest.mark.parametrize("order", [ColourFilter.RGGB, ColourFilter.GBRG])
def test_behind_a_colour_filter_motion_fills_in_the_colours(order: ColourFilter) -> None:
    truth = scene(3)
    burst = blocks(truth, order)
    merged = merge(burst, 2, colour_filter=order)
    assert merged.rate.shape == merged.frames.shape == truth.shape
    assert error(merged.rate, truth) < 0.8 * error(demosaic_bilinear(burst[2].counts / FRAMES, order), truth)


def test_a_still_burst_behind_a_colour_filter_has_no_holes() -> None:
    truth = np.full((40, 44, 3), 0.3, np.float32)
    rng = np.random.default_rng(0)
    still = [
        Block(counts=rng.binomial(50, sampled(truth, ColourFilter.RGGB)).astype(np.uint32), frames=50)
        for _ in range(3)
    ]
    merged = merge(still, 1, colour_filter=ColourFilter.RGGB)
    assert np.abs(merged.rate - 0.3).mean() < 0.05


def test_progress_is_told_block_by_block() -> None:
    told: list[tuple[int, int]] = []
    merge(blocks(scene())[:2], 0, tick=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


def test_pictures_too_small_to_be_aligned_are_refused() -> None:
    tiny = Block(counts=np.ones((10, 40, 1), np.uint32), frames=3)
    with pytest.raises(BadInputError, match="at least 16 x 16 pixels to be aligned, got 40 x 10"):
        merge([tiny, tiny], 0)


@pytest.mark.parametrize("order", [order for order in ColourFilter if order is not ColourFilter.MONO])
def test_directed_demosaicing_keeps_what_was_measured_and_beats_bilinear(order: ColourFilter) -> None:
    truth = np.repeat(scene(), 3, axis=2) * np.array([1, 0.8, 0.6], np.float32)
    raw = sampled(truth, order)
    directed = demosaic_directed(raw, order)
    np.testing.assert_array_equal(sampled(directed, order), raw)
    assert error(directed, truth) < 0.6 * error(demosaic_bilinear(raw, order), truth)


def test_directed_demosaicing_keeps_a_flat_picture_flat() -> None:
    flat = np.full((9, 11, 1), 0.25, np.float32)
    np.testing.assert_allclose(demosaic_directed(flat, ColourFilter.BGGR), 0.25, atol=1e-6)


def test_a_mosaic_too_small_for_directions_is_refused() -> None:
    with pytest.raises(BadInputError, match=r"at least 6 x 6 with one channel, got shape \(5, 9, 1\)"):
        demosaic_directed(np.ones((5, 9, 1), np.float32), ColourFilter.RGGB)
