from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.geometry import FrameWindow
from restora.data.item import Item
from restora.data.kinds import ColourFilter
from restora.errors import ParameterError, UnsuitableItemError

Capture = Callable[..., Item]
Room = Any
"""The workbench of conftest.py, which cannot be imported."""
SHORT = {"nano_bursts": 3, "merged": 1}


def windowed(item: Item, start: int, length: int) -> Item:
    from dataclasses import replace

    return replace(item, window=FrameWindow(start, length))


def test_a_burst_becomes_one_picture_of_the_captures_size(room: Room, capture: Capture) -> None:
    result = room.run("burst", capture(30, 70, 66), **SHORT)
    assert result.image.pixels.shape == (70, 66, 1)
    assert result.info["frames"] == [4, 21]
    assert not result.info["fusion is identity"]
    assert not result.images


def test_a_bayer_burst_becomes_a_colour_picture(room: Room, capture: Capture) -> None:
    result = room.run("burst", capture(21, 130, 128, colour_filter=ColourFilter.BGGR), **SHORT)
    assert result.image.pixels.shape == (130, 128, 3)


def test_a_film_gives_what_its_windows_give_one_by_one(room: Room, capture: Capture) -> None:
    item = capture(7 * 5)
    film = room.run("burst", item, **SHORT, pictures=3)
    assert list(film.images) == ["picture 001", "picture 002", "picture 003"]
    assert_array_equal(film.image.pixels, film.images["picture 002"].pixels)
    last = room.run("burst", windowed(item, 14, 21), **SHORT)
    assert_allclose(film.images["picture 003"].pixels, last.image.pixels, atol=1e-6)


@pytest.mark.slow
def test_windows_at_both_ends_of_a_capture_are_like_any_other(room: Room, capture: Capture) -> None:
    item = capture(7 * 13)
    film = room.run("burst", item, merged=1, pictures=3)
    for number, start in (("001", 0), ("003", 14)):
        alone = room.run("burst", windowed(item, start, 77), merged=1)
        assert_allclose(film.images[f"picture {number}"].pixels, alone.image.pixels, atol=1e-6)


def test_both_kinds_of_flow_differ_and_each_repeats_itself(room: Room, capture: Capture) -> None:
    item = capture(21)
    published, corrected, again = (
        room.run("burst", item, **SHORT, flow=kind).image.pixels
        for kind in ("published", "corrected", "published")
    )
    assert_array_equal(published, again)
    assert np.abs(published - corrected).max() > 0


def test_fusion_weights_that_add_nothing_are_found_and_cost_nothing(
    empty_room: Room, files: Mapping[str, Path], capture: Capture, tmp_path: Path
) -> None:
    tensors = torch.load(files["fusion"], weights_only=True)
    tensors["smooth.weight"].zero_()
    torch.save(tensors, tmp_path / "fusion.pt")
    kept = {**files, "fusion": tmp_path / "fusion.pt"}
    for part, file_id in (
        *(("qvae", "colour-qvae"), ("lora", "colour-lora"), ("fusion", "colour-fusion"), ("raft", "raft")),
        *(("unet", "base-unet"), ("text", "base-text")),
        *(("qvae", "mono-qvae"), ("lora", "mono-lora"), ("fusion", "mono-fusion")),
    ):
        empty_room.put(file_id, kept[part])
    item = capture(21)
    burst = empty_room.run("burst", item, **SHORT)
    single = empty_room.run("single", windowed(item, 7, 7), merged=1)
    assert burst.info["fusion is identity"] is True
    assert_allclose(burst.image.pixels, single.image.pixels, atol=1e-6)


@pytest.mark.slow
def test_tiles_chosen_by_the_host_change_nothing_but_the_last_digits(room: Room, capture: Capture) -> None:
    item = capture(21, 100, 90)
    whole, tiled = (room.run("burst", item, **SHORT, **tile) for tile in ({}, {"side": 128}))
    assert_allclose(tiled.image.pixels, whole.image.pixels, atol=2e-4)


def test_a_capture_too_short_for_its_windows_is_refused(room: Room, capture: Capture) -> None:
    with pytest.raises(
        UnsuitableItemError, match=r"77 frames are needed \(11 x 7 x 1 merged\), the window has 76"
    ):
        room.run("burst", capture(76))


def test_windows_have_a_middle(room: Room, capture: Capture) -> None:
    with pytest.raises(ParameterError, match="nano_bursts must be odd, got 4"):
        room.run("burst", capture(28), nano_bursts=4)
