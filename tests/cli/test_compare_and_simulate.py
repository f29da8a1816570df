"""`restora compare` and `restora simulate`: measuring, and making captures whose truth is known."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from restora.io.opening import read_image

Command = Callable[..., Any]


def test_a_picture_against_itself_is_perfect_and_against_another_is_not(
    restora: Command, picture: Path
) -> None:
    restora("run", "classic.unsharp", picture, "-o", "b.png")
    same = {line["id"]: line["value"] for line in restora("compare", picture, picture, "--json").of("figure")}
    other = {
        line["id"]: line["value"] for line in restora("compare", "b.png", picture, "--json").of("figure")
    }
    assert same["ssim"] == pytest.approx(1)
    assert other["psnr"] < same["psnr"]


def test_the_error_map_shows_where_two_pictures_differ(restora: Command, picture: Path) -> None:
    restora("run", "classic.unsharp", picture, "-o", "b.png")
    assert restora("compare", "b.png", picture, "--error-map", "map.png").code == 0
    assert read_image(Path("map.png")).pixels.max() > 0
    again = restora("compare", "b.png", picture, "--error-map", "map.png")
    assert again.code == 2
    assert "is there already" in again.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [(("--metric", "beauty"), "no such metric"), ((), "only pictures of one size can be compared")],
)
def test_what_cannot_be_compared_is_said(
    restora: Command, picture: Path, arguments: tuple[str, ...], told: str
) -> None:
    restora("run", "classic.resize", picture, "-o", "big.png")
    answer = restora("compare", picture, "big.png", *arguments)
    assert answer.code == 2
    assert told in answer.err


def test_a_simulated_capture_opens_and_is_restored_towards_its_truth(restora: Command, picture: Path) -> None:
    assert restora("simulate", "spad", picture, "-o", "capture", "--frames", "400").code == 0
    opened = restora("open", "capture", "--json").of("item")[0]
    assert (opened["kind"], opened["frames"], opened["width"], opened["height"]) == ("spad", 400, 32, 24)
    keep = ("--set", "bad_pixels=keep")  # the picture is noise: its bright points look like hot pixels
    assert restora("run", "classic.spad_flux", "capture", "-o", "flux.tif", *keep).code == 0
    few = restora("run", "classic.spad_flux", "capture", "--window", "0:20", "-o", "few.tif", *keep)
    assert few.code == 0
    values = [
        restora("compare", name, "capture/truth.tif", "--metric", "psnr", "--json").of("figure")[0]["value"]
        for name in ("flux.tif", "few.tif")
    ]
    assert values[0] > values[1] + 5


def test_the_same_seed_makes_the_same_capture(restora: Command, picture: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        restora("simulate", "spad", picture, "-o", name, "--frames", "30", "--seed", seed, "--filter", "rggb")
    frames = [Path(name, "frames.npy").read_bytes() for name in "abc"]
    assert frames[0] == frames[1] != frames[2]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--brightness", "-1"), "brightness must be above 0"),
        (("--pan", "far"), "--pan must be X,Y"),
        (("--frames", "0"), "0 is not in the range"),
        (("--filter", "xtrans"), "'xtrans' is not one of 'mono'"),
    ],
)
def test_an_impossible_capture_is_refused(
    restora: Command, picture: Path, arguments: tuple[str, ...], told: str
) -> None:
    answer = restora("simulate", "spad", picture, "-o", "capture", *arguments)
    assert answer.code == 2
    assert told in answer.err
    assert not Path("capture").exists()


def test_a_simulation_never_writes_into_a_folder_that_holds_something(
    restora: Command, picture: Path
) -> None:
    Path("full").mkdir()
    shutil.copy(picture, "full")
    answer = restora("simulate", "spad", picture, "-o", "full")
    assert answer.code == 2
    assert [path.name for path in Path("full").iterdir()] == ["in.png"]


def test_a_metalens_photograph_has_the_size_of_its_scene_and_repeats_with_its_seed(
    restora: Command, picture: Path
) -> None:
    for name, seed in (("a.png", 1), ("b.png", 1), ("c.png", 2)):
        assert restora("simulate", "metalens", picture, "-o", name, "--seed", seed).code == 0
    assert read_image(Path("a.png")).pixels.shape == read_image(picture).pixels.shape
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes() != Path("c.png").read_bytes()


def test_a_low_resolution_picture_says_what_happened_to_it(restora: Command, picture: Path) -> None:
    plain = restora("simulate", "lowres", picture, "-o", "plain.png", "--scale", "4", "--plain", "--json")
    assert plain.of("file")[0]["steps"] == ["shrunk to 1/4, bicubic"]
    assert read_image(Path("plain.png")).pixels.shape == (6, 8, 3)
    spoilt = restora("simulate", "lowres", picture, "-o", "spoilt.png", "--scale", "2", "--json")
    assert len(spoilt.of("file")[0]["steps"]) > 3
    again = restora("simulate", "lowres", picture, "-o", "spoilt.png")
    assert again.code == 2
    assert "is there already" in again.err
