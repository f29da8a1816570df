"""`restora run` and `restora verify`: from a picture to a result that its recipe repeats."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.io.opening import read_image
from restora.io.recipe_text import read_recipe_text

Command = Callable[..., Any]


def test_a_result_and_its_recipe_lie_beside_the_picture(restora: Command, picture: Path) -> None:
    answer = restora("run", "classic.resize", picture, "--set", "scale=2")
    assert (answer.code, answer.err) == (0, "")
    result = picture.with_name("in_resize.png")
    assert answer.out.splitlines() == [str(result), f"{result}.recipe.json"]
    assert read_image(result).pixels.shape == (48, 64, 3)


def test_a_recipe_alone_repeats_the_result(restora: Command, picture: Path) -> None:
    restora("run", "classic.unsharp", picture, "-o", "a.png", "--depth", "16")
    assert restora("run", "a.png.recipe.json", "-o", "b.png", "--depth", "16").code == 0
    assert Path("a.png").read_bytes() == Path("b.png").read_bytes()


def test_a_recipe_runs_on_another_picture(restora: Command, picture: Path) -> None:
    restora("run", "classic.resize", picture, "--set", "scale=3", "-o", "a.png")
    restora("run", "classic.identity", "a.png", "-o", "other.png")
    answer = restora("run", "a.png.recipe.json", "other.png", "-o", "c.png")
    assert answer.code == 0
    assert read_image(Path("c.png")).pixels.shape == (216, 288, 3)


def test_what_a_recipe_decides_cannot_be_set_beside_it(restora: Command, picture: Path) -> None:
    restora("run", "classic.resize", picture, "-o", "a.png")
    answer = restora("run", "a.png.recipe.json", "--set", "scale=3", "-o", "b.png")
    assert answer.code == 2
    assert "a recipe decides" in answer.err
    assert not Path("b.png").exists()


def test_the_recipe_can_go_inside(restora: Command, picture: Path) -> None:
    assert restora("run", "classic.unsharp", picture, "-o", "a.png", "--recipe", "inside").code == 0
    assert not Path("a.png.recipe.json").exists()
    text = read_recipe_text(Path("a.png"))
    assert text is not None
    assert json.loads(text)["method"]["id"] == "classic.unsharp"
    assert "equal" in restora("verify", "a.png").out


def test_no_recipe_holds_a_folder(restora: Command, picture: Path) -> None:
    restora("run", "classic.unsharp", picture, "-o", "a.png")
    assert str(picture.parent) not in Path("a.png.recipe.json").read_text()


def test_a_second_run_finds_its_result_and_another_run_does_not_overwrite_it(
    restora: Command, picture: Path
) -> None:
    restora("run", "classic.resize", picture, "-o", "a.png")
    before = Path("a.png").stat().st_mtime_ns
    again = restora("run", "classic.resize", picture, "-o", "a.png")
    assert again.code == 0
    assert "was there already" in again.out
    other = restora("run", "classic.resize", picture, "-o", "a.png", "--set", "scale=3")
    assert other.code == 2
    assert "was made otherwise" in other.err
    assert Path("a.png").stat().st_mtime_ns == before
    forced = restora(
        "run", "classic.resize", picture, "-o", "a.png", "--set", "scale=3", "--existing", "overwrite"
    )
    assert forced.code == 0
    assert read_image(Path("a.png")).pixels.shape == (72, 96, 3)


def test_several_files_go_into_a_folder_and_cannot_become_one_file(restora: Command, picture: Path) -> None:
    restora("run", "classic.identity", picture, "-o", "other.png")
    assert restora("run", "classic.identity", picture, "other.png", "-o", "out").code == 0
    assert sorted(path.name for path in Path("out").glob("*.png")) == [
        "in_identity.png",
        "other_identity.png",
    ]
    answer = restora("run", "classic.identity", picture, "other.png", "-o", "one.png")
    assert answer.code == 2
    assert "cannot become one" in answer.err


def test_json_lines_tell_states_progress_and_files(restora: Command, picture: Path) -> None:
    answer = restora("run", "classic.unsharp", picture, "-o", "a.png", "--json")
    states = [line["state"] for line in answer.of("state")]
    assert states == ["queued", "loading", "running", "done"]
    fractions = [line["fraction"] for line in answer.of("progress")]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0
    assert [Path(line["path"]).name for line in answer.of("file")] == ["a.png", "a.png.recipe.json"]


def test_a_forecast_tells_what_it_would_take_and_learns_from_runs(restora: Command, picture: Path) -> None:
    before = restora("run", "classic.unsharp", picture, "--forecast")
    assert before.code == 0
    assert "declared" in before.out
    assert not Path("in_unsharp.png").exists()
    restora("run", "classic.unsharp", picture)
    after = restora("run", "classic.unsharp", picture, "--forecast", "--json").of("forecast")[0]
    assert after["basis"] == "measured here"
    assert after["verdict"] == "admitted"


def test_errors_are_json_lines_too(restora: Command) -> None:
    answer = restora("run", "classic.identity", "missing.png", "--json")
    assert answer.code == 2
    assert "missing.png" in str(answer.of("error")[0]["message"])


def test_a_region_gives_the_same_pixels_as_the_whole(restora: Command, picture: Path) -> None:
    assert restora("run", "classic.identity", picture, "--region", "4,6,10,8", "-o", "part.png").code == 0
    part, whole = read_image(Path("part.png")), read_image(picture)
    np.testing.assert_array_equal(part.pixels, whole.pixels[6:14, 4:14])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--set", "sclae=2"), "sclae is not a parameter of classic.resize"),
        (("--set", "scale=99"), "scale must be 0.05 to 8, got 99"),
        (("--set", "scale=many"), "scale needs a number, got 'many'"),
        (("--set", "scale"), "--set needs KEY=VALUE"),
        (("--set", "scale=2", "--set", "scale=3"), "given twice"),
        (("--preset", "Huge"), "'Huge' is not declared by classic.resize"),
        (("--tile", "64"), "needs the whole picture"),
        (("--tile", "-1"), "tile must be auto or a number"),
        (("--region", "1,2,3"), "region must be X,Y,W,H"),
        (("--region", "30,0,10,10"), "does not lie in"),
        (("--device", "tpu"), "device must be cpu, cuda or cuda:N"),
        (("--device", "cuda"), "runs on cpu, not on cuda"),
        (("--precision", "fp8"), "precision must be one of fp32"),
        (("--seed", "-1"), "seed must be a whole number from 0"),
        (("--window", "5"), "window must be START:LENGTH"),
        (("--reference", "in.png"), "takes 0 reference pictures, got 1"),
        (("--as", "bit_order=up"), "bit_order"),
        (("--depth", "12"), "12"),
    ],
)
def test_what_does_not_fit_is_refused_before_anything_is_written(
    restora: Command, picture: Path, options: tuple[str, ...], told: str
) -> None:
    answer = restora("run", "classic.resize", picture, "-o", "never.png", *options)
    assert answer.code == 2
    assert told in answer.err
    assert "Traceback" not in answer.err
    assert not list(Path().glob("never*"))


def test_an_unknown_ending_is_refused_with_those_that_are_known(restora: Command, picture: Path) -> None:
    answer = restora("run", "classic.identity", picture, "-o", "a.xyz")
    assert answer.code == 2
    assert ".png" in answer.err
    assert not list(Path().glob("*.xyz*"))


def test_verify_tells_equal_from_one_changed_pixel_and_one_changed_parameter(
    restora: Command, picture: Path
) -> None:
    restora("run", "classic.unsharp", picture, "-o", "a.png")
    assert restora("verify", "a.png.recipe.json").code == 0

    recipe = json.loads(Path("a.png.recipe.json").read_text())
    recipe["params"]["amount"] += 0.25
    Path("a.png.recipe.json").write_text(json.dumps(recipe))
    changed_parameter = restora("verify", "a.png")
    assert changed_parameter.code == 1
    assert "different" in changed_parameter.out

    recipe["params"]["amount"] -= 0.25
    Path("a.png.recipe.json").write_text(json.dumps(recipe))
    assert restora("verify", "a.png").code == 0
    pixels = read_image(picture).pixels.copy()
    pixels[3, 4, 1] = 1 - pixels[3, 4, 1]
    _overwrite(picture, pixels)
    changed_pixel = restora("verify", "a.png")
    assert changed_pixel.code == 1
    assert "the input in.png is not the one" in changed_pixel.out


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "not a JSON document"),
        ("[]", "must be an object"),
        ("{}", "not a restora recipe"),
        ('{"restora": "recipe", "schema": 99}', "schema 99 is unknown"),
        ('{"restora": "recipe", "schema": 1}', "method must be an object"),
        ("[" * 100_000, "not a JSON document"),
    ],
)
def test_a_broken_recipe_is_one_sentence(restora: Command, folder: Path, text: str, told: str) -> None:
    Path("bad.recipe.json").write_text(text)
    for command in (("run", "bad.recipe.json"), ("verify", "bad.recipe.json")):
        answer = restora(*command)
        assert answer.code == 2
        assert told in answer.err
        assert len(answer.err.splitlines()) <= 2


def test_a_recipe_whose_input_is_gone_says_which(restora: Command, picture: Path) -> None:
    restora("run", "classic.identity", picture, "-o", "a.png")
    picture.unlink()
    answer = restora("verify", "a.png")
    assert answer.code == 2
    assert "in.png: the recipe needs this file" in answer.err


def test_a_recipe_cannot_reach_files_in_other_places(restora: Command, picture: Path, tmp_path: Path) -> None:
    restora("run", "classic.identity", picture, "-o", "a.png")
    secret = tmp_path / "secret.png"
    secret.write_bytes(picture.read_bytes())
    recipe = json.loads(Path("a.png.recipe.json").read_text())
    recipe["item"]["name"] = "../secret.png"
    Path("a.png.recipe.json").write_text(json.dumps(recipe))
    assert restora("verify", "a.png").code == 2


def _overwrite(path: Path, pixels: np.ndarray[Any, Any]) -> None:
    from restora.data.image import Image
    from restora.io.writing import write_image

    write_image(path, Image(pixels=pixels))


def test_consistency_writes_what_contradicts_the_measurement(restora: Command) -> None:
    answer = restora("run", "classic.spad_burst", "sample:spad_mono", "-o", "a.png", "--consistency")
    assert answer.code == 0
    lines = answer.out.splitlines()
    assert lines[2].startswith("a.consistency.png: residual 0.9")
    assert lines[2].endswith("over blocks of 8 x 8 (noise alone gives 1)")
    assert lines[4] == "  Held against the frames of the reference block."
    assert read_image(Path("a.consistency.png")).channels == 1
    again = restora("run", "classic.spad_burst", "sample:spad_mono", "-o", "a.png", "--consistency", "--json")
    (told,) = again.of("consistency")
    assert told["value"] == pytest.approx(0.95, abs=0.05), "from the stored picture, within its rounding"
    assert told["unit"] == "standard deviations"
    assert told["was_there"]


def test_a_file_where_a_consistency_map_belongs_is_in_the_way(restora: Command) -> None:
    run = ("run", "classic.spad_average", "sample:spad_mono", "-o", "a.png", "--consistency")
    Path("a.consistency.png").write_text("mine")
    refused = restora(*run)
    assert refused.code == 2
    assert "a.consistency.png: is there already" in refused.err
    assert not Path("a.png").exists(), "refused before anything was computed"
    assert Path("a.consistency.png").read_text() == "mine"
    assert restora(*run, "--existing", "overwrite").code == 0
    first = Path("a.consistency.png").read_bytes()
    again = restora(*run)
    assert again.code == 0
    assert "a.consistency.png: was there already, made from the same result" in again.out
    assert Path("a.consistency.png").read_bytes() == first
    Path("a.consistency.png").write_text("mine")
    replaced = restora(*run)
    assert replaced.code == 2
    assert "a.consistency.png: is there already, and was made otherwise" in replaced.err
    assert Path("a.consistency.png").read_text() == "mine"


def test_consistency_is_refused_before_anything_is_computed(restora: Command, picture: Path) -> None:
    answer = restora("run", "classic.identity", picture, "-o", "a.png", "--consistency")
    assert answer.code != 0
    assert "classic.identity does not say what its results mean" in answer.err
    assert not Path("a.png").exists()


_NOISY = '''
"""The fake methods that draw noise, or none."""
from dataclasses import replace
from restora.api import hookimpl
from restora.testing.fakes import METHODS

@hookimpl
def restora_methods():
    names = ("fake.noisy", "fake.identity", "fake.frames")
    return [replace(info, id="noisy." + info.id[5:]) for info in METHODS if info.id in names]
'''


@pytest.fixture
def noisy(restora: Command, folder: Path) -> Command:
    (folder.parent / "noisy.py").write_text(_NOISY)
    return lambda *arguments: restora("--plugin-dir", folder.parent, *arguments)


def test_several_seeds_give_their_mean_their_spread_and_a_sheet(noisy: Command, picture: Path) -> None:
    answer = noisy(
        "run", "noisy.noisy", picture, "-o", "a.png", "--seed", "5", "--seeds", "3", "--depth", "16"
    )
    assert answer.code == 0, answer.err
    made = {path.name for path in Path().glob("a.*.png")}
    assert made == {f"a.{part}.png" for part in ("seed5", "seed6", "seed7", "mean", "spread", "sheet")}
    assert json.loads(Path("a.seed6.png.recipe.json").read_text())["seed"] == 6
    stack = np.stack([read_image(Path(f"a.seed{seed}.png")).pixels for seed in (5, 6, 7)])
    np.testing.assert_allclose(read_image(Path("a.mean.png")).pixels.mean(), stack.mean(), atol=0.01)
    assert answer.out.splitlines()[-1].startswith("a.png: standard deviation over 3 seeds 0.0")
    again = noisy(
        "run", "noisy.noisy", picture, "-o", "a.png", "--seed", "5", "--seeds", "3", "--depth", "16"
    )
    assert again.out.count("was there already, made by the same recipe") == 3
    assert again.out.count("was there already, made from the same result") == 3
    assert again.out.splitlines()[-1] == answer.out.splitlines()[-1], "also from what is stored"
    fewer = noisy(
        "run", "noisy.noisy", picture, "-o", "a.png", "--seed", "5", "--seeds", "2", "--depth", "16"
    )
    assert fewer.code == 2, "what three seeds have in common is not what two have"
    assert "a.spread.png: is there already, and was made otherwise" in fewer.err
    told = noisy("run", "noisy.noisy", picture, "-o", "b.png", "--seeds", "2", "--json").of("spread")
    assert told[0]["seeds"] == 2


@pytest.mark.parametrize(
    ("method", "count", "sentence"),
    [
        ("identity", "3", "noisy.identity gives the same result for every seed"),
        ("noisy", "1", "1 is not in the range 2<=x<=64"),
    ],
)
def test_seeds_that_are_no_use_are_refused(
    noisy: Command, picture: Path, method: str, count: str, sentence: str
) -> None:
    answer = noisy("run", f"noisy.{method}", picture, "--seeds", count)
    assert answer.code != 0
    assert sentence in answer.err
