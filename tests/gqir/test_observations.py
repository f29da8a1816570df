from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.geometry import FrameWindow
from restora.data.item import Item
from restora.data.kinds import ColourFilter
from restora.data.photon_cube import PhotonCube
from restora.errors import BadInputError, UnsuitableItemError
from restora.photons.mosaic import channel_map
from restora_gqir.families import MONO
from restora_gqir.finishing import finished
from restora_gqir.observations import (
    Plan,
    chosen_family,
    counts_of,
    mean_rate,
    padded,
    plan_frames,
    shares_of,
    three_channels,
)

Capture = Callable[..., Item]
BAYER = [each for each in ColourFilter if each is not ColourFilter.MONO]


def nothing() -> None:
    pass


@settings(deadline=None, max_examples=40, derandomize=True)
@given(
    length=st.integers(7, 400),
    start=st.integers(0, 50),
    count=st.sampled_from([1, 3, 5]),
    merged=st.integers(0, 6),
)
def test_every_observation_lies_inside_the_window_and_none_overlap(
    length: int, start: int, count: int, merged: int
) -> None:
    cube = _cube(np.zeros((start + length, 2, 2, 1), np.uint8))
    try:
        plan = plan_frames(cube, FrameWindow(start, length), MONO, count=count, merged=merged)
    except UnsuitableItemError:
        assert count * 7 * max(merged, 1) > length
        return
    windows = [plan.window(index) for index in range(count)]
    assert windows[0].start >= start
    assert windows[-1].stop <= start + length
    assert all(a.stop == b.start for a, b in pairwise(windows))
    assert abs((windows[0].start - start) - (start + length - windows[-1].stop)) <= 1


def test_merged_frames_fire_where_any_of_them_fired() -> None:
    frames = np.zeros((14, 1, 2, 1), np.uint8)
    frames[0, 0, 0] = frames[1, 0, 0] = frames[5, 0, 1] = 1
    cube = _cube(frames)
    plan = plan_frames(cube, FrameWindow(0, 14), MONO, count=1, merged=2)
    counts = counts_of(cube, plan, 0, nothing)
    assert_array_equal(counts[0, :, 0], [1, 1])
    assert_allclose(shares_of(counts, cube, plan)[0, :, 0], [1 / 7, 1 / 7])


def test_merging_keeps_the_binomial_rate(capture: Capture) -> None:
    cube = capture(7 * 8, rate=0.05).cube()
    plan = plan_frames(cube, FrameWindow(0, 56), MONO, count=1, merged=8)
    share = shares_of(counts_of(cube, plan, 0, nothing), cube, plan).mean()
    assert plan.merged_rate == pytest.approx(share, abs=0.02)


def test_bad_pixels_count_neither_for_the_rate_nor_in_the_counts() -> None:
    frames = np.zeros((7, 6, 6, 1), np.uint8)
    frames[:, 2, 2] = 1
    bad = np.zeros((6, 6), bool)
    bad[2, 2] = True
    cube = replace(_cube(frames), bad_pixels=bad)
    plan = plan_frames(cube, FrameWindow(0, 7), MONO, count=1, merged=1)
    assert mean_rate(cube, FrameWindow(0, 7)) == 0
    assert counts_of(cube, plan, 0, nothing).max() == 0


@pytest.mark.parametrize("order", BAYER)
@pytest.mark.parametrize("size", [(8, 6), (7, 5), (1, 3)])
def test_cells_hold_a_quarter_of_red_and_blue_and_half_of_green(
    order: ColourFilter, size: tuple[int, int]
) -> None:
    light = np.array([0.8, 0.4, 0.2], np.float32)
    mosaic = light[channel_map(order, *size)][:, :, None]
    cells = three_channels(mosaic, order, "cells")
    assert cells.shape == ((size[0] + 1) // 2, (size[1] + 1) // 2, 3)
    if min(size) > 1:
        assert_allclose(cells, np.broadcast_to(light * [0.25, 0.5, 0.25], cells.shape), rtol=1e-6)


@pytest.mark.parametrize("order", BAYER)
def test_padding_a_sparse_mosaic_keeps_the_filters_phase(order: ColourFilter) -> None:
    mosaic = np.ones((9, 11, 1), np.float32)
    larger = padded(three_channels(mosaic, order, "sparse"), 8, 64)
    seen = channel_map(order, 64, 64)[..., None] == np.arange(3)
    assert_array_equal(larger > 0, seen)


def test_a_result_that_needs_nothing_is_given_back_as_it_is() -> None:
    picture = np.random.default_rng(0).random((6, 5, 3), np.float32)
    same = finished(picture, size=(5, 6), exposure=0.0, is_balanced=False, is_grey=False)
    assert_array_equal(same, picture)


REFUSALS = [
    ({"frames": 5}, {}, "7 frames are needed (1 x 7 x 1 merged), the window has 5"),
    ({"frames": 20}, {"merged": 3}, "21 frames are needed (1 x 7 x 3 merged), the window has 20"),
    (
        {"frames": 7},
        {"weights": "colour-3bit"},
        "trained for a Bayer colour filter, but the capture's filter is mono",
    ),
    (
        {"frames": 7, "colour_filter": ColourFilter.RGGB},
        {"weights": "mono-3bit"},
        "trained for no colour filter, but the capture's filter is rggb",
    ),
    ({"frames": 9, "bits": 3}, {"merged": 2}, "merged must be 1 for frames of 3 bits, got 2"),
    ({"frames": 7, "channels": 4}, {}, "frames of 4 channels behind filter mono cannot be used"),
    (
        {"frames": 7, "bits": 3},
        {"weights": "colour-1bit"},
        "need binary frames, but the capture's frames hold 3 bits",
    ),
]


@pytest.mark.parametrize(("made", "params", "sentence"), REFUSALS)
def test_a_capture_that_does_not_fit_is_refused_in_one_sentence(
    capture: Capture, made: dict[str, object], params: dict[str, object], sentence: str
) -> None:
    cube = capture(**made).cube()
    with pytest.raises(BadInputError) as refusal:
        planned(cube, **params)
    assert sentence in str(refusal.value)


def planned(cube: PhotonCube, weights: str = "automatic", merged: int = 0) -> Plan:
    family = chosen_family(cube, weights)
    return plan_frames(cube, FrameWindow(0, cube.frames), family, count=1, merged=merged)


def _cube(frames: np.ndarray) -> PhotonCube:
    class Frames:
        def read(self, start: int, stop: int) -> np.ndarray:
            return frames[start:stop]

    count, height, width, channels = frames.shape
    return PhotonCube(reader=Frames(), frames=count, height=height, width=width, channels=channels)
