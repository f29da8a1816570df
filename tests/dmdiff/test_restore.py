"""dmdiff.restore on the lane, with tiny weights in the published containers."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal

from restora.data.item import Item
from restora.errors import ParameterError, WeightsMissingError
from restora.jobs.context import RunContext
from restora.jobs.states import JobState
from restora_dmdiff.net import whole_picture
from restora_dmdiff.net.generator import Generator
from restora_dmdiff.net.musiq import Musiq

Photograph = Callable[..., Item]
Room = Any
"""The workbench of conftest.py, which cannot be imported."""


class Calls:
    """Counts calls of a method of a class, which goes on as before."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        self.count = 0
        plain = getattr(owner, name)

        def counted(*args: object, **named: object) -> object:
            self.count += 1
            return plain(*args, **named)

        monkeypatch.setattr(owner, name, counted)


def test_a_photograph_of_the_trained_size_becomes_512(room: Room, photograph: Photograph) -> None:
    result = room.run("restore", photograph(400, 400))
    assert result.image.pixels.shape == (512, 512, 3)
    assert 0 <= result.image.pixels.min() < result.image.pixels.max() <= 1
    assert result.info["fields"] == 1
    assert np.asarray(result.info["degradation map"]).shape == (7, 7)
    assert result.images["degradation map"].pixels.shape == (512, 512, 1)


@pytest.mark.parametrize(
    ("width", "height", "fields"),
    [(401, 300, 2), (1, 1, 1), pytest.param(520, 690, 4, marks=pytest.mark.slow)],
)
def test_any_size_and_shape_keeps_its_proportions(
    room: Room, photograph: Photograph, width: int, height: int, fields: int
) -> None:
    result = room.run("restore", photograph(width, height))
    assert result.image.pixels.shape == (max(1, round(height * 1.28)), max(1, round(width * 1.28)), 3)
    assert result.info["fields"] == fields


def test_the_scale_is_free(room: Room, photograph: Photograph) -> None:
    item = photograph(210, 150)
    plain = room.run("restore", item, scale=1.0).image.pixels
    double = room.run("restore", item, scale=2.56).image.pixels
    assert plain.shape == (150, 210, 3)
    assert double.shape == (384, 538, 3)
    trained = room.run("restore", item).image.pixels
    assert_allclose(double.mean(axis=(0, 1)), trained.mean(axis=(0, 1)), atol=0.01)


def test_grey_and_alpha_go_through(room: Room, photograph: Photograph) -> None:
    grey = room.run("restore", photograph(120, 90, 1), scale=1.0)
    assert grey.image.pixels.shape == (90, 120, 1)
    item = photograph(120, 90, 4)
    with_alpha = room.run("restore", item, scale=1.0)
    assert with_alpha.image.pixels.shape == (90, 120, 4)
    assert_array_equal(with_alpha.image.pixels[:, :, 3], item.image().pixels[:, :, 3])


def test_a_new_setting_of_the_knob_costs_one_decoding(
    room: Room, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = photograph(200, 200, seed=5)
    encoded, predicted, decoded = (Calls(monkeypatch, Generator, n) for n in ("encode", "noises", "decode"))
    pictures = [room.run("restore", item, alpha=alpha).image.pixels for alpha in (0.0, 1.0, 0.5)]
    assert (encoded.count, predicted.count, decoded.count) == (1, 1, 3)
    assert all(np.abs(a - b).max() > 0.01 for a, b in itertools.pairwise(pictures))


@pytest.mark.slow
def test_what_was_kept_for_the_knob_equals_what_a_fresh_method_computes(
    room: Room, empty_room: Room, photograph: Photograph, files: dict[str, Any]
) -> None:
    item = photograph(200, 200, seed=6)
    room.run("restore", item, alpha=1.05)
    kept = room.run("restore", item, alpha=0.3).image.pixels
    for file_id, part in {"checkpoint": "checkpoint", "musiq": "musiq"}.items():
        empty_room.put(file_id, files[part])
    for part in ("unet", "vae", "text"):
        empty_room.put(f"base-{part}", files[part])
    assert_array_equal(empty_room.run("restore", item, alpha=0.3).image.pixels, kept)


def test_the_seed_decides_the_draw_and_the_mean_needs_none(room: Room, photograph: Photograph) -> None:
    item = photograph(200, 200)
    first, other = (room.run("restore", item, seed=seed).image.pixels for seed in (1, 2))
    assert np.abs(first - other).max() > 1e-3
    means = [room.run("restore", item, seed=seed, latent="mean").image.pixels for seed in (1, 2)]
    assert_array_equal(*means)


def test_a_larger_picture_is_restored_as_one_field_if_asked(room: Room, photograph: Photograph) -> None:
    result = room.run("restore", photograph(900, 500), extent="field", scale=1.0)
    assert result.image.pixels.shape == (500, 900, 3)
    assert result.info["fields"] == 1


@pytest.mark.slow
def test_more_samples_reach_the_network_and_only_if_asked(
    room: Room, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    item = photograph(400, 400, seed=9)
    sides: list[int] = []
    shrunk = whole_picture.shrunk

    def watched(field: torch.Tensor, samples: int) -> torch.Tensor:
        sides.append(samples)
        return shrunk(field, samples)

    monkeypatch.setattr(whole_picture, "shrunk", watched)
    pictures = [room.run("restore", item, samples=each).image.pixels for each in ("128", "256", "all")]
    assert sides == [128, 256]
    assert all(np.abs(a - b).max() > 1e-3 for a, b in itertools.combinations(pictures, 2))


def test_a_picture_of_the_map_takes_the_place_of_the_numbers(room: Room, photograph: Photograph) -> None:
    item, painted = photograph(400, 400), photograph(31, 17, 1, seed=3)
    result = room.run("restore", item, gain=0.05, slots={"map_picture": painted})
    levels = np.asarray(result.info["degradation map"])
    assert levels.shape == (7, 7)
    assert levels.std() > 0.01
    again = room.run("restore", item, gain=0.05, slots={"map_picture": painted})
    assert_array_equal(again.image.pixels, result.image.pixels)


@pytest.mark.slow
@pytest.mark.parametrize("colours", ["wavelet", "adain"])
def test_a_colour_fix_takes_the_photographs_mean(room: Room, photograph: Photograph, colours: str) -> None:
    item = photograph(400, 400)
    fixed = room.run("restore", item, colours=colours).image.pixels
    plain = room.run("restore", item).image.pixels
    wanted = item.image().pixels.mean(axis=(0, 1))

    def distance(pixels: np.ndarray) -> float:
        return float(np.abs(pixels.mean(axis=(0, 1)) - wanted).max())

    assert distance(fixed) < 0.05 < distance(plain)


def test_the_map_is_measured_where_none_is_stated(
    room: Room, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    rated = []

    def scores(_self: Musiq, parts: torch.Tensor) -> torch.Tensor:
        rated.append(len(parts))
        return 5 * parts.mean(dim=(1, 2, 3))[:, None]

    monkeypatch.setattr(Musiq, "forward", scores)
    result = room.run("restore", photograph(450, 400, seed=9), levels="")
    found = np.asarray(result.info["degradation map"])
    assert sum(rated) == 7 * 8
    assert found.shape == (7, 8)
    assert set(np.unique(found)) <= {0.0} | set(np.unique(found[found > 0.7]))


def test_a_whole_field_reproduces_the_published_window(room: Room, photograph: Photograph) -> None:
    found = np.asarray(room.run("restore", photograph(400, 400), levels="1").info["degradation map"])
    assert found[3, 3] == 1
    assert_allclose(found[0, 3], 0.78383, atol=1e-3)
    assert_allclose(found[6, 6], 0.75458, atol=1e-3)
    assert_array_equal(found, found[::-1, ::-1])


def test_a_stated_map_and_window_multiply(room: Room, photograph: Photograph) -> None:
    levels = " ".join(str(index / 100) for index in range(49))
    window = ",".join(["0.5"] * 49)
    result = room.run(
        "restore", photograph(400, 400), levels=levels, window="stated", window_values=window, gain=2.0
    )
    assert_allclose(np.asarray(result.info["degradation map"]).ravel(), np.arange(49) / 100, atol=1e-3)


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        (
            {"levels": "1 2 3"},
            "levels needs 7 x 7 = 49 numbers, or one for everywhere, got 3",
        ),
        ({"levels": "17"}, "levels must hold numbers of 0 to 16, got 17"),
        ({"levels": "nan"}, "levels must hold numbers of 0 to 16, got nan"),
        ({"levels": "many"}, "levels needs numbers, got 'many'"),
        ({"window": "stated", "window_values": "1"}, "window_values needs 7 x 7 = 49 numbers, got 1"),
        (
            {"window": "stated", "window_values": " ".join(["1"] * 64)},
            "window_values needs 7 x 7 = 49 numbers, got 64",
        ),
    ],
)
def test_a_map_of_the_wrong_size_is_refused_in_one_sentence(
    room: Room, photograph: Photograph, params: dict[str, object], sentence: str
) -> None:
    with pytest.raises(ParameterError) as caught:
        room.run("restore", photograph(64, 64), **params)
    assert str(caught.value) == sentence


def test_an_own_prompt_asks_for_the_vocabulary(room: Room, photograph: Photograph) -> None:
    with pytest.raises(WeightsMissingError, match=r"vocab\.json, merges\.txt"):
        room.run("restore", photograph(64, 64), positive="A cat.")


@pytest.mark.slow
def test_an_empty_prompt_needs_no_vocabulary_and_changes_the_picture(
    room: Room, photograph: Photograph
) -> None:
    item = photograph(200, 200, seed=8)
    usual = room.run("restore", item, alpha=1.0).image.pixels
    empty = room.run("restore", item, alpha=1.0, positive="").image.pixels
    assert np.abs(usual - empty).max() > 1e-3


def test_a_cancelled_run_ends_between_fields(room: Room, photograph: Photograph) -> None:
    request = room.bench.request(
        "dmdiff.restore", photograph(900, 400, seed=11), params={"levels": "0.4"}, typed=True
    )
    job = room.bench.submit(request, device="cpu")
    room.bench.cancel_all()
    job.wait()
    assert job.state is JobState.CANCELLED


@pytest.mark.slow
def test_four_megapixels_are_restored(room: Room, photograph: Photograph) -> None:
    result = room.run("restore", photograph(2000, 2000), scale=1.0)
    assert result.image.pixels.shape == (2000, 2000, 3)
    assert result.info["fields"] == 49


def test_a_clean_picture_becomes_a_photograph(room: Room, photograph: Photograph) -> None:
    result = room.run("imitate", photograph(300, 512))
    assert result.image.pixels.shape == (512, 300, 3)
    assert result.info["fields"] == 1


def test_a_photograph_states_the_map_to_imitate(
    room: Room, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Musiq, "forward", lambda _self, parts: torch.full((len(parts), 1), 5.0))
    result = room.run("imitate", photograph(512, 512), slots={"photo": photograph(123, 77, 4)})
    assert np.asarray(result.info["degradation map"]).max() == 1


@pytest.mark.slow
def test_every_network_looks_up_between_its_layers(
    room: Room, photograph: Photograph, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One call of a network of the published size can take half a minute on a processor."""
    looked_up = Calls(monkeypatch, RunContext, "checkpoint")
    calls = {name: Calls(monkeypatch, Generator, name) for name in ("encode", "noises", "decode")}
    item = photograph(400, 400, seed=77)
    room.run("restore", item, levels="", gain=0.02)
    with_rating = looked_up.count
    assert {name: each.count for name, each in calls.items()} == {"encode": 1, "noises": 1, "decode": 1}
    room.run("restore", item, levels="0.4", gain=0.02)
    without = looked_up.count - with_rating
    room.run("restore", item, levels="0.4", gain=0.02, alpha=0.3)
    decoding_alone = looked_up.count - with_rating - without
    assert decoding_alone > 20
    assert without - decoding_alone > 100
    assert with_rating - without > 100
