from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.item import Item
from restora.data.kinds import ColourFilter, Transfer
from restora.errors import UnsuitableItemError
from restora.jobs.job import Logged, Progressed
from restora.jobs.states import JobState

Capture = Callable[..., Item]
Room = Any
"""The workbench of conftest.py, which cannot be imported."""


def test_a_capture_without_filter_becomes_a_grey_picture_of_its_size(room: Room, capture: Capture) -> None:
    result = room.run("single", capture(9, 70, 41))
    assert result.image.pixels.shape == (70, 41, 1)
    assert result.image.transfer is Transfer.SRGB
    assert 0 <= result.image.pixels.min() < result.image.pixels.max() <= 1
    assert result.info["weights"] == "mono-3bit"
    assert result.info["frames"] == [1, 7]


@pytest.mark.parametrize("mosaic", ["cells", "sparse", "repeated"])
def test_a_bayer_capture_of_odd_size_becomes_a_colour_picture_of_its_size(
    room: Room, capture: Capture, mosaic: str
) -> None:
    item = capture(7, 131, 129, colour_filter=ColourFilter.GRBG)
    result = room.run("single", item, mosaic=mosaic, stage1_only=True)
    assert result.image.pixels.shape == (131, 129, 3)
    assert result.info["weights"] == "colour-3bit"


@pytest.mark.slow
def test_a_megapixel_behind_a_bayer_filter_becomes_a_megapixel(room: Room, capture: Capture) -> None:
    item = capture(7, 1024, 1024, colour_filter=ColourFilter.RGGB)
    whole, tiled = (room.run("single", item, **tile).image.pixels for tile in ({}, {"side": 256}))
    assert whole.shape == (1024, 1024, 3)
    assert_allclose(tiled, whole, atol=1e-4)


def test_three_channels_without_filter_stay_colour(room: Room, capture: Capture) -> None:
    result = room.run("single", capture(7, channels=3), stage1_only=True)
    assert result.image.pixels.shape == (64, 64, 3)


def test_the_same_request_gives_the_same_bits(room: Room, capture: Capture) -> None:
    first, again = (room.run("single", capture(7)) for _ in range(2))
    assert_array_equal(first.image.pixels, again.image.pixels)


def test_the_blend_leads_from_stage_1_to_stage_2(room: Room, capture: Capture) -> None:
    item = capture(7)
    stage1 = room.run("single", item, stage1_only=True).image.pixels
    stage2 = room.run("single", item)
    none = room.run("single", item, blend=0.0).image.pixels
    half = room.run("single", item, blend=0.5).image.pixels
    assert_array_equal(stage1, none)
    assert_array_equal(stage2.images["stage 1"].pixels, stage1)
    assert_allclose(half, (stage1 + stage2.image.pixels) / 2, atol=1e-6)
    assert np.abs(stage1 - stage2.image.pixels).max() > 0.01


def test_lora_strength_leads_from_the_base_model_to_the_published_one(room: Room, capture: Capture) -> None:
    item = capture(7)
    pictures = [room.run("single", item, lora_strength=s).image.pixels for s in (0.0, 0.5, 1.0)]
    assert np.abs(pictures[0] - pictures[1]).max() > 1e-3
    assert np.abs(pictures[1] - pictures[2]).max() > 1e-3
    assert_array_equal(pictures[2], room.run("single", item).image.pixels)


@pytest.mark.parametrize("size", [(145, 137), (200, 72)])
def test_tiles_chosen_by_the_host_change_nothing_but_the_last_digits(
    room: Room, capture: Capture, size: tuple[int, int]
) -> None:
    item = capture(7, *size)
    whole, tiled = (room.run("single", item, **tile) for tile in ({}, {"side": 64}))
    assert_allclose(tiled.image.pixels, whole.image.pixels, atol=1e-4)


def test_windows_are_only_used_where_the_picture_is_larger_than_one(room: Room, capture: Capture) -> None:
    item = capture(7)
    whole, windowed = (room.run("single", item, windowed=flag).image.pixels for flag in (False, True))
    assert_array_equal(whole, windowed)


def test_exposure_is_in_stops_on_linear_light(room: Room, capture: Capture) -> None:
    item = capture(7)
    plain, darker = (room.run("single", item, exposure=stops).image for stops in (0.0, -1.0))
    light = plain.in_transfer(Transfer.LINEAR).pixels
    assert_allclose(darker.in_transfer(Transfer.LINEAR).pixels, light / 2, atol=1e-5)


def test_grey_world_brings_the_channels_to_one_mean(room: Room, capture: Capture) -> None:
    item = capture(7, channels=3)
    balanced = room.run("single", item, grey_world=True, exposure=-2.0, stage1_only=True).image
    means = balanced.in_transfer(Transfer.LINEAR).pixels.mean(axis=(0, 1))
    assert_allclose(means, means.mean(), rtol=1e-3)


def test_in_the_dark_frames_are_merged_until_the_rate_is_as_in_training(room: Room, capture: Capture) -> None:
    info = room.run("single", capture(200, rate=0.02), stage1_only=True).info
    assert 6 <= info["frames merged"] <= 12
    assert info["mean detection rate after merging"] == pytest.approx(0.2, abs=0.03)
    assert info["frames"][1] == 7 * info["frames merged"]


def test_merging_never_asks_for_more_frames_than_there_are(room: Room, capture: Capture) -> None:
    assert room.run("single", capture(20, rate=0.02), stage1_only=True).info["frames merged"] == 2


def test_counts_of_several_bits_make_one_observation(room: Room, capture: Capture) -> None:
    info = room.run("single", capture(3, bits=3, rate=0.3), stage1_only=True).info
    assert info["frames"] == [1, 1]
    assert info["mean detection rate"] == pytest.approx(0.3, abs=0.05)


def test_the_log_tells_how_bright_the_capture_is(room: Room, capture: Capture) -> None:
    request = room.bench.request(
        "gqir.single", capture(7, rate=0.9), params={"stage1_only": True}, typed=True
    )
    lane = room.bench.lane("cpu", request.info)
    said: list[str] = []
    lane.subscribe(lambda event: said.append(event.message) if isinstance(event, Logged) else None)
    room.bench.run(request, device="cpu")
    assert any("detections per frame and pixel" in line for line in said)
    assert any("brighter than what the networks were trained on" in line for line in said)


@pytest.mark.parametrize("where", ["weights", "encode", "generate"])
def test_a_job_can_be_cancelled_at_every_stage(room: Room, capture: Capture, where: str) -> None:
    request = room.bench.request("gqir.single", capture(7), typed=True)
    lane = room.bench.lane("cpu", request.info)
    stages: list[str] = []

    def cancel(event: object) -> None:
        if isinstance(event, Progressed):
            stages.append(event.progress.stage)
            if event.progress.stage == where:
                event.job.token.cancel()

    stop = lane.subscribe(cancel)
    job = room.bench.submit(request, device="cpu")
    job.wait()
    stop()
    assert job.state is JobState.CANCELLED, stages
    assert stages[-1] == where


def test_a_capture_that_does_not_fit_is_refused_through_the_lane(room: Room, capture: Capture) -> None:
    with pytest.raises(UnsuitableItemError, match=r"7 frames are needed .*, the window has 5"):
        room.run("single", capture(5))


def test_binary_weights_have_a_signed_decoder_and_take_one_frame(room: Room, capture: Capture) -> None:
    result = room.run("single", capture(3, channels=3), weights="colour-1bit", stage1_only=True)
    assert result.info["frames"] == [1, 1]
