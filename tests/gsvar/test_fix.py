"""gsvar.fix and gsvar.enhance on the lane, with tiny weights in the published containers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.item import Item
from restora.errors import WeightsMissingError
from restora.jobs.states import JobState
from restora_gsvar.net import decoding
from restora_gsvar.net.autoencoder import Autoencoder

Render = Callable[..., Item]
Room = Any
"""The workbench of conftest.py, which cannot be imported."""


def test_a_render_of_the_networks_size_is_mended_alone_and_beside_a_photograph(
    room: Room, render: Render
) -> None:
    alone = room.run("fix", render(96, 96))
    beside = room.run("fix", render(96, 96), render(96, 96, seed=1))
    assert alone.image.pixels.shape == (96, 96, 3)
    assert alone.info["reference"] is False
    assert beside.info["reference"] is True
    assert beside.info["weights"] == "paired"
    assert np.abs(alone.image.pixels - beside.image.pixels).max() > 0.01
    assert 0 <= beside.image.pixels.min() < beside.image.pixels.max() <= 1


@pytest.mark.parametrize(
    ("width", "height", "tiles"), [(97, 60, 2), (1, 1, 1), (33, 95, 1), (100, 233, 8), (50, 200, 4)]
)
def test_any_size_and_shape_comes_back_as_it_was(
    room: Room, render: Render, width: int, height: int, tiles: int
) -> None:
    result = room.run("fix", render(width, height), overlap=4)
    assert result.image.pixels.shape == (height, width, 3)
    assert result.info["tiles"] == tiles


def test_grey_and_alpha_go_through(room: Room, render: Render) -> None:
    assert room.run("fix", render(70, 50, 1)).image.pixels.shape == (50, 70, 1)
    item = render(70, 50, 4)
    with_alpha = room.run("fix", item).image.pixels
    assert with_alpha.shape == (50, 70, 4)
    assert_array_equal(with_alpha[:, :, 3], item.image().pixels[:, :, 3])


@pytest.mark.slow
def test_a_photograph_of_another_size_and_shape_serves(room: Room, render: Render) -> None:
    item = render(120, 96)
    results = [
        room.run("fix", item, render(*size, seed=1), **params).image.pixels
        for size in ((300, 50), (40, 40))
        for params in ({}, {"fit": "published"})
    ]
    assert all(pixels.shape == (96, 120, 3) for pixels in results)
    assert np.abs(results[0] - results[1]).max() > 1e-3


def test_batches_of_tiles_give_what_single_tiles_give(room: Room, render: Render) -> None:
    item, photo = render(150, 118), render(150, 118, seed=1)
    single = room.run("fix", item, photo).image.pixels
    batched = room.run("fix", item, photo, batch=3).image.pixels
    assert_allclose(batched, single, atol=1e-3)


@pytest.mark.slow
def test_published_windows_and_stretching_are_other_pictures(room: Room, render: Render) -> None:
    item = render(150, 118)
    plain, windows, fit = (
        room.run("fix", item, **params).image.pixels
        for params in ({}, {"windows": "published"}, {"fit": "published"})
    )
    assert np.abs(plain - windows).max() > 1e-3
    assert np.abs(plain - fit).max() > 1e-3


def test_resizing_looks_at_the_whole_picture_at_once(room: Room, render: Render) -> None:
    result = room.run("fix", render(300, 200), extent="resize")
    assert result.info["tiles"] == 1
    assert result.image.pixels.shape == (200, 300, 3)


def test_the_seed_decides_and_only_the_refiner_has_chance(room: Room, render: Render) -> None:
    item = render(96, 96)
    first, again, other = (room.run("fix", item, seed=seed).image.pixels for seed in (1, 1, 2))
    assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1e-4
    without = [room.run("fix", item, seed=seed, refiner=False).image.pixels for seed in (1, 2)]
    assert_array_equal(*without)
    chance = {"refiner": False, "top_k": 40, "top_p": 0.0}
    drawn = [room.run("fix", item, seed=seed, **chance).image.pixels for seed in (1, 1, 2)]
    assert_array_equal(drawn[0], drawn[1])
    assert np.abs(drawn[0] - drawn[2]).max() > 1e-3


@pytest.mark.slow
def test_no_temperature_leaves_the_start_as_the_only_chance(room: Room, render: Render) -> None:
    item = render(96, 96)
    warm, cold = (room.run("fix", item, temperature=t).image.pixels for t in (1.0, 0.0))
    assert np.abs(warm - cold).max() > 1e-4


def test_strength_mixes_with_the_render(room: Room, render: Render) -> None:
    item = render(96, 96)
    full, half, none = (room.run("fix", item, blend=b).image.pixels for b in (1.0, 0.5, 0.0))
    assert_array_equal(none, item.image().pixels)
    assert_allclose(half, (full + none) / 2, atol=1e-6)


@pytest.mark.slow
@pytest.mark.parametrize("way", ["wavelet", "adain"])
@pytest.mark.parametrize("source", ["render", "reference"])
def test_colours_come_from_where_they_are_asked(room: Room, render: Render, way: str, source: str) -> None:
    item, photo = render(96, 96), render(96, 96, seed=4)
    fixed = room.run("fix", item, photo, colours=way, colour_source=source).image.pixels
    plain = room.run("fix", item, photo).image.pixels
    wanted = (item if source == "render" else photo).image().pixels.mean(axis=(0, 1))

    def distance(pixels: np.ndarray) -> float:
        return float(np.abs(pixels.mean(axis=(0, 1)) - wanted).max())

    assert distance(fixed) < min(0.03, distance(plain))


def test_the_bridge_is_a_choice_and_each_picture_is_encoded_once(
    room: Room, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[str] = []
    for name in ("encode", "features"):
        plain = getattr(Autoencoder, name)

        def counted(self: Autoencoder, pictures: Any, plain: Any = plain, name: str = name) -> Any:
            calls.append(name)
            return plain(self, pictures)

        monkeypatch.setattr(Autoencoder, name, counted)
    item, photo = render(96, 96), render(96, 96, seed=1)
    through = room.run("fix", item, photo)
    assert calls == ["encode", "features"], "the photograph for its codes, the render for the bridge"
    assert through.info["bridge"] is True
    calls.clear()
    without = room.run("fix", item, photo, bridge="off")
    assert calls == ["encode"]
    assert np.abs(through.image.pixels - without.image.pixels).max() > 1e-3


@pytest.mark.slow
def test_blocks_join_to_almost_what_one_decoding_gives(
    room: Room, render: Render, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = render(400, 130)
    whole = room.run("fix", item, whole=True).image.pixels
    monkeypatch.setattr(decoding, "DIRECT", 100)
    monkeypatch.setattr(decoding, "BLOCKS", decoding.Blocks(side=16, margin=4, feather=2))
    blocks = room.run("fix", item).image.pixels
    assert np.abs(blocks - whole).mean() < 0.05
    assert np.abs(blocks - whole).max() > 0


def test_enhancing_enlarges_and_follows_its_guidance(room: Room, render: Render) -> None:
    item = render(40, 30)
    results = [room.run("enhance", item, scale=2.0, guidance=g).image.pixels for g in (0.0, 6.0)]
    assert all(pixels.shape == (60, 80, 3) for pixels in results)
    assert np.abs(results[0] - results[1]).max() > 1e-3


def test_enhancing_takes_the_pictures_own_colours(room: Room, render: Render) -> None:
    item = render(96, 96)
    found = room.run("enhance", item).image.pixels
    assert_allclose(found.mean(axis=(0, 1)), item.image().pixels.mean(axis=(0, 1)), atol=0.03)


def test_without_any_file_the_sentence_names_them(empty_room: Room, render: Render) -> None:
    with pytest.raises(
        WeightsMissingError, match=r"gsvar\.fix: weights are missing: one of VAE_bridge_w_ref"
    ):
        empty_room.run("fix", render(96, 96))


def test_what_is_asked_for_and_not_here_is_named(
    empty_room: Room, render: Render, files: dict[str, Any]
) -> None:
    empty_room.put("paired", files["paired"])
    assert empty_room.run("fix", render(96, 96)).info["bridge"] is False
    with pytest.raises(WeightsMissingError, match="VAE_bridge_w_ref"):
        empty_room.run("fix", render(96, 96), bridge="on")
    with pytest.raises(WeightsMissingError, match="VAE_bridge_wo_ref"):
        empty_room.run("fix", render(96, 96), weights="single")


def test_a_run_can_be_cancelled_between_blocks(room: Room, render: Render) -> None:
    request = room.bench.request("gsvar.fix", render(300, 300), params={}, typed=True)
    job = room.bench.submit(request, device="cpu")
    room.bench.cancel_all()
    assert job.wait(60)
    assert job.state is JobState.CANCELLED
