"""Scenes through `restora run`, `batch` and `verify`: files, folders of frames, recipes, refusals."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.camera import CameraSet
from restora.io.cameras import read_cameras, write_cameras
from restora.io.opening import read_image
from restora.io.scenes import read_scene, write_scene
from restora.testing import fake_methods
from restora.testing.fake_methods import dots
from restora.testing.scene_items import sample_scene

Command = Callable[..., Any]

_PLUGIN = """
from dataclasses import replace
from restora.api import hookimpl
from restora.testing.fakes import METHODS

@hookimpl
def restora_methods():
    names = ("fake.identity", "fake.scene", "fake.frames", "fake.scene-and-frames")
    return [replace(info, id="scenic." + info.id[5:]) for info in METHODS if info.id in names]
"""

WITH_CAMERAS = ("--as", "cameras=cameras.json")


@pytest.fixture
def scenic(restora: Command, folder: Path) -> Command:
    """`restora` with methods for scenes, in a folder with a scene and its cameras."""
    scene = sample_scene(60)
    write_scene(folder / "s.ply", scene)
    write_cameras(folder / "cameras.json", scene.cameras)
    plugins = folder.parent / "plugins"
    plugins.mkdir()
    (plugins / "scenic.py").write_text(_PLUGIN)
    return lambda *arguments: restora("--plugin-dir", plugins, *arguments)


def names(folder: str) -> list[str]:
    return sorted(path.name for path in Path(folder).iterdir())


def test_a_scene_becomes_a_scene_with_its_recipe(scenic: Command) -> None:
    assert scenic("run", "scenic.scene", "s.ply").out == "s_scene.ply\ns_scene.ply.recipe.json\n"
    before, after = read_scene(Path("s.ply")), read_scene(Path("s_scene.ply"))
    np.testing.assert_allclose(after.log_scales, before.log_scales - np.log(2), atol=1e-6)
    recipe = json.loads(Path("s_scene.ply.recipe.json").read_text())
    assert (recipe["item"]["hashed"], recipe["output"]["what"]) == ("scene", "scene")


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("o.ply", "cameras are not kept"),
        ("o.spz", "o.spz: "),
        ("o.splat", "o.splat: "),
        ("o.compressed.ply", ": "),
    ],
)
def test_what_a_format_does_not_keep_is_said(scenic: Command, output: str, told: str) -> None:
    answer = scenic("run", "scenic.scene", "s.ply", "-o", output, *WITH_CAMERAS)
    assert answer.code == 0
    assert told in answer.err
    assert read_scene(Path(output)).count == 60
    assert scenic("verify", output).out == f"{output}: equal (every bit is the same)\n"


def test_a_plain_scene_loses_nothing_in_a_plain_file(scenic: Command) -> None:
    assert scenic("run", "scenic.scene", "s.ply").err == ""


def test_frames_become_a_folder_of_pictures_with_cameras_and_recipe(scenic: Command) -> None:
    answer = scenic("run", "scenic.frames", "s.ply", "-o", "out", "--depth", "16", *WITH_CAMERAS)
    assert (answer.out, answer.err) == ("out\n", "")
    assert names("out") == ["recipe.json", "transforms.json", "view0.png", "view1.png", "view2.png"]
    assert read_image(Path("out/view1.png")).metadata.source_bits == 16
    written, given = read_cameras(Path("out/transforms.json")), read_cameras(Path("cameras.json"))
    for one, other in zip(written, given, strict=True):
        np.testing.assert_allclose(one.world_to_camera, other.world_to_camera, atol=1e-9)
        assert (one.width, one.height, one.fx) == (other.width, other.height, other.fx)
        assert written.picture_of(one) is not None
    assert json.loads(Path("out/recipe.json").read_text())["item"]["reading"] == {"cameras": "cameras.json"}


def test_both_lie_in_one_folder_or_the_scene_in_a_file(scenic: Command) -> None:
    scenic("run", "scenic.scene-and-frames", "s.ply", "-o", "both", *WITH_CAMERAS)
    assert {"scene.ply", "view0.png", "recipe.json"} <= set(names("both"))
    scenic("run", "scenic.scene-and-frames", "s.ply", "-o", "one.ply", *WITH_CAMERAS)
    assert np.array_equal(read_scene(Path("one.ply")).means, read_scene(Path("both/scene.ply")).means)


def test_without_a_name_frames_lie_beside_the_scene(scenic: Command) -> None:
    assert scenic("run", "scenic.frames", "s.ply", *WITH_CAMERAS).out == "s_frames\n"
    assert scenic("run", "scenic.frames", "s.ply", *WITH_CAMERAS).out.startswith(
        "s_frames: was there already"
    )


def test_floats_go_into_exr(scenic: Command) -> None:
    scenic("run", "scenic.frames", "s.ply", "-o", "out", "--depth", "32f", *WITH_CAMERAS)
    assert "view0.exr" in names("out")
    assert scenic("verify", "out").out == "out: equal (every bit is the same)\n"


def test_cameras_whose_names_clash_give_numbered_frames(scenic: Command) -> None:
    cameras = sample_scene(1).cameras.cameras
    clashing = (cameras[0], replace(cameras[1], name="VIEW0"), replace(cameras[2], name="a/../b"))
    write_cameras(Path("cameras.json"), CameraSet(cameras=clashing))
    scenic("run", "scenic.frames", "s.ply", "-o", "out", *WITH_CAMERAS)
    assert names("out") == ["00000.png", "00001.png", "00002.png", "recipe.json", "transforms.json"]


# -- verify ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["scene", "frames", "scene-and-frames"])
def test_what_was_written_can_be_verified(scenic: Command, method: str) -> None:
    output = "out.ply" if method == "scene" else "out"
    scenic("run", f"scenic.{method}", "s.ply", "-o", output, *WITH_CAMERAS)
    recipe = "out.ply.recipe.json" if method == "scene" else "out/recipe.json"
    for named in (output, recipe):
        answer = scenic("verify", named)
        assert (answer.code, answer.out) == (0, f"{named}: equal (every bit is the same)\n")


def test_a_changed_frame_is_told(scenic: Command) -> None:
    scenic("run", "scenic.frames", "s.ply", "-o", "out", *WITH_CAMERAS)
    shutil.copy("out/view0.png", "out/view1.png")
    answer = scenic("verify", "out")
    assert answer.code == 1
    assert "the result is the recipe's, but the largest difference" in answer.out
    Path("out/view1.png").unlink()
    assert "the frame view1.png is missing" in scenic("verify", "out").out


def test_a_changed_scene_and_changed_cameras_are_told(scenic: Command) -> None:
    scenic("run", "scenic.scene", "s.ply", "-o", "out.ply", *WITH_CAMERAS)
    stored = read_scene(Path("out.ply"))
    write_scene(Path("out.ply"), replace(stored, means=stored.means + np.float32(0.01)))
    assert "the largest difference from what is stored is 0.0" in scenic("verify", "out.ply").out
    write_cameras(Path("cameras.json"), sample_scene(1, cameras=2).cameras)
    answer = scenic("verify", "out.ply")
    assert answer.code == 1
    assert "the input s.ply is not the one the recipe was made from" in answer.out


def test_a_result_that_differs_a_little_is_within_tolerance(scenic: Command) -> None:
    scenic("run", "scenic.scene", "s.ply", "-o", "out.ply")
    stored = read_scene(Path("out.ply"))
    write_scene(Path("out.ply"), replace(stored, means=stored.means + np.float32(1e-5)))
    recipe = Path("out.ply.recipe.json")
    document = json.loads(recipe.read_text())
    document["output"]["sha256"] = "0" * 64
    recipe.write_text(json.dumps(document))
    assert scenic("verify", "out.ply").out.startswith("out.ply: within tolerance (the largest difference")


def test_a_recipe_repeats_itself_on_its_own_scene(scenic: Command) -> None:
    scenic("run", "scenic.frames", "s.ply", "-o", "out", *WITH_CAMERAS)
    scenic("run", "out/recipe.json", "-o", "again")
    assert read_image(Path("again/view2.png")).sha256() == read_image(Path("out/view2.png")).sha256()


# -- batch -------------------------------------------------------------------------------------------


def test_a_batch_takes_the_scenes_of_a_folder(scenic: Command, picture: Path) -> None:
    Path("in/deep").mkdir(parents=True)
    for name in ("in/a.ply", "in/deep/b.ply"):
        shutil.copy("s.ply", name)
    shutil.copy(picture, "in/p.png")
    assert scenic("batch", "scenic.scene", "in", "-o", "out").out.endswith("2 done, 0 not\n")
    assert sorted(str(path) for path in Path("out").rglob("*.ply")) == ["out/a.ply", "out/deep/b.ply"]
    assert scenic("batch", "scenic.frames", "in", "-o", "frames", *WITH_CAMERAS).code == 0
    assert Path("frames/deep/b/view2.png").is_file()
    assert scenic("batch", "scenic.identity", "in", "-o", "pictures").out.endswith("1 done, 0 not\n")


def test_a_batch_killed_while_it_draws_goes_on_with_the_frames_it_has(
    scenic: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_cameras(Path("cameras.json"), sample_scene(1, cameras=8).cameras)
    plugins, home = folder.parent / "plugins", folder.parent / "home"
    asked = ["batch", "scenic.frames", "s.ply", "-o", "out", "--set", "seconds=0.3", *WITH_CAMERAS]
    child = subprocess.Popen(
        [sys.executable, "-m", "restora.cli", "--plugin-dir", str(plugins), *asked], env=os.environ
    )
    deadline = time.monotonic() + 60
    while len(list(home.glob("state/resume/*/?.npy"))) < 3:
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.02)
    child.send_signal(signal.SIGKILL)
    child.wait(20)
    assert not Path("out/s").exists(), "a folder is there complete or not at all"
    finished = len(list(home.glob("state/resume/*/?.npy")))
    drawn: list[object] = []
    monkeypatch.setattr(fake_methods, "dots", lambda *of: drawn.append(of) or dots(*of))
    scenic("queue", "resume")
    assert scenic(*asked).out.endswith("1 done, 0 not\n")
    assert len(drawn) == 8 - finished, "what was finished is not drawn again"
    assert len([name for name in names("out/s") if name.endswith(".png")]) == 8
    assert not list(home.glob("state/resume/*-*"))


# -- refusals ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("scene", "-o", "x.png"), "x.png: the ending .png is not one that can be written for results of"),
        (("frames", "-o", "x.png"), "Use a folder's name without an ending."),
        (("frames", "-o", "taken"), "taken: is a folder with other things in it"),
        (("frames", "-o", "file"), "file: is a file, and frames need a folder of their own"),
        (("frames", "-o", "no/where"), "the folder no does not exist"),
        (("frames", "--region", "0,0,1,1"), "a scene has no pixels"),
        (("identity",), "scenic.identity takes image or metalens items; s.ply is a splat item"),
    ],
)
def test_a_refusal_comes_before_anything_is_computed(
    scenic: Command, arguments: tuple[str, ...], sentence: str
) -> None:
    Path("taken").mkdir()
    Path("taken/precious.txt").touch()
    Path("file").touch()
    method, *options = arguments
    answer = scenic("run", f"scenic.{method}", "s.ply", *options, *WITH_CAMERAS)
    assert answer.code != 0
    assert sentence in answer.err
    assert Path("taken/precious.txt").exists()


def test_an_earlier_result_is_replaced_only_when_asked(scenic: Command) -> None:
    scenic("run", "scenic.frames", "s.ply", "-o", "out", *WITH_CAMERAS)
    Path("out/view7.png").touch()
    asked = ("run", "scenic.frames", "s.ply", "-o", "out", "--seed", "5", *WITH_CAMERAS)
    assert "is there already, and was made otherwise" in scenic(*asked).err
    assert scenic(*asked, "--existing", "overwrite").code == 0
    assert "view7.png" not in names("out")
    assert [path for path in Path().iterdir() if path.name.startswith(".")] == []


def test_a_forecast_speaks_of_gaussians(scenic: Command) -> None:
    assert scenic("run", "scenic.scene", "s.ply", "--forecast").out.startswith(
        "s.ply: about 8 MiB, 60 Gaussians"
    )
    (event,) = scenic("run", "scenic.scene", "s.ply", "--forecast", "--json").events
    assert event["gaussians"] == 60
