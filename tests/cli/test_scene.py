"""`restora scene`: whole scenes from the command line."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.cli import scene_learning
from restora.data.camera import CameraSet
from restora.data.image import Image
from restora.data.scene import GaussianScene
from restora.io.cameras import read_cameras, write_cameras, write_colmap
from restora.io.cameras.colmap_model import ColmapPoints
from restora.io.cameras.colmap_writing import model_from
from restora.io.opening import read_image
from restora.io.scenes import read_scene, write_scene
from restora.io.writing import write_image
from restora.splats.framing import Framing, Optics, orbit
from restora.splats.rendering import render

Command = Callable[..., Any]
AROUND = Framing(low=-np.ones(3), high=np.ones(3))


def truth(count: int = 60) -> GaussianScene:
    rng = np.random.default_rng(0)
    means = rng.normal(size=(count, 3))
    means *= rng.random((count, 1)) ** (1 / 3) / np.linalg.norm(means, axis=1, keepdims=True)
    return GaussianScene(
        means=means.astype(np.float32),
        quats=rng.normal(size=(count, 4)).astype(np.float32),
        log_scales=rng.uniform(-3, -1.5, (count, 3)).astype(np.float32),
        logit_opacities=rng.normal(1, 1, count).astype(np.float32),
        sh=(rng.normal(size=(count, 4, 3)) * 0.4).astype(np.float32),
    )


@pytest.fixture
def scene(folder: Path) -> Path:
    """A shaken scene with 8 cameras and photographs of how it should be."""
    good = truth()
    cameras = tuple(
        replace(camera, name=f"{index:03}", picture=f"photos/{index:03}.png")
        for index, camera in enumerate(orbit(AROUND, 8, Optics(width=28, height=24)))
    )
    (folder / "photos").mkdir()
    for camera in cameras:
        write_image(folder / str(camera.picture), Image(pixels=render(good, camera).rgb))
    write_cameras(folder / "transforms.json", CameraSet(cameras=cameras, pictures=folder))
    rng = np.random.default_rng(1)
    bad = replace(
        good,
        means=good.means + rng.normal(0, 0.1, good.means.shape).astype(np.float32),
        sh=good.sh + rng.normal(0, 0.3, good.sh.shape).astype(np.float32),
    )
    write_scene(folder / "scene.ply", bad)
    return folder / "scene.ply"


@pytest.fixture
def colmap(scene: Path) -> Path:
    """The same photographs as a COLMAP folder."""
    place = scene.parent / "garden"
    (place / "sparse").mkdir(parents=True)
    shutil.copytree(scene.parent / "photos", place / "images")
    cameras = read_cameras(scene.parent / "transforms.json")
    named = replace(
        cameras, cameras=tuple(replace(each, picture=Path(str(each.picture)).name) for each in cameras)
    )
    means = truth().means.astype(np.float64)
    points = ColmapPoints(
        ids=np.arange(len(means)),
        exact_positions=means,
        colours=np.full((len(means), 3), 128, np.uint8),
        errors=np.zeros(len(means)),
        track_starts=np.zeros(len(means) + 1, np.int64),
        tracks=np.zeros((0, 2), np.int32),
    )
    write_colmap(place / "sparse" / "0", replace(model_from(named, place), points=points))
    return place


# -- info --------------------------------------------------------------------------------------------


def test_info_tells_numbers_and_cameras(restora: Command, scene: Path) -> None:
    text = restora("scene", "info", scene)
    assert text.code == 0
    assert "8 from transforms.json, 8 with their photograph" in text.out
    found = restora("scene", "info", scene, "--json").of("scene")[0]
    assert (found["gaussians"], found["degree"], found["cameras"]) == (60, 1, 8)
    assert set(found["attributes"]["opacity"]) >= {"minimum", "median", "maximum"}


def test_a_picture_is_no_scene(restora: Command, picture: Path) -> None:
    answer = restora("scene", "info", picture)
    assert answer.code == 2
    assert "a scene of Gaussians is needed, this is PNG" in answer.err


# -- render ------------------------------------------------------------------------------------------


def test_all_cameras_make_a_folder_that_is_a_data_set(restora: Command, scene: Path) -> None:
    answer = restora("scene", "render", scene, "-o", "frames", "--with-depth", "--with-alpha")
    assert answer.code == 0
    assert "25 files" in answer.out
    cameras = read_cameras(Path("frames/transforms.json"))
    assert [camera.picture for camera in cameras] == [f"{index:03}.png" for index in range(8)]
    expected = render(read_scene(scene), cameras.cameras[2])
    assert (
        np.abs(read_image(Path("frames/002.png")).pixels - np.clip(expected.rgb, 0, 1)).max()
        <= 0.5 / 255 + 1e-6
    )
    depth = read_image(Path("frames/002_depth.tif")).pixels[..., 0]
    assert np.abs(depth - expected.expected_depth).max() < 1e-4


def test_one_camera_makes_one_picture_of_any_size(restora: Command, scene: Path) -> None:
    assert restora("scene", "render", scene, "-o", "one.png", "--camera", "003", "--size", "56x48").code == 0
    assert restora("scene", "render", scene, "-o", "same.png", "--camera", "3", "--size", "56x48").code == 0
    assert read_image(Path("one.png")).pixels.shape == (48, 56, 3)
    assert Path("one.png").read_bytes() == Path("same.png").read_bytes()


def test_orbits_and_paths_make_films(restora: Command, scene: Path) -> None:
    assert restora("scene", "render", scene, "-o", "around", "--orbit", "5", "--size", "20x16").code == 0
    assert len(list(Path("around").glob("*.png"))) == 5
    path = ("--path", scene.parent / "transforms.json", "--seconds", "0.5", "--fps", "4")
    assert restora("scene", "render", scene, "-o", "film", *path, "--size", "20x16").code == 0
    assert len(list(Path("film").glob("*.png"))) == 15


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("-o", "a.png", "--camera", "nobody"), "no such camera (known: photos/000.png, photos/001.png"),
        (("-o", "a.png", "--camera", "8"), "a number from 0 to 7"),
        (("-o", "a", "--camera", "1", "--orbit", "3"), "exclude each other"),
        (("-o", "a", "--size", "20"), "--size must be WIDTHxHEIGHT"),
        (("-o", "a", "--seconds", "1"), "only a path has time"),
        (("-o", "a", "--background", "1,2"), "--background needs 3 numbers"),
        (("-o", "photos"), "is there already and not empty"),
        (("-o", "all.png"), "8 cameras make as many pictures; name a folder"),
        (("-o", "missing/a.png", "--camera", "1"), "does not exist"),
    ],
)
def test_what_cannot_be_rendered_is_said(
    restora: Command, scene: Path, arguments: tuple[str, ...], told: str
) -> None:
    answer = restora("scene", "render", scene, *arguments)
    assert answer.code == 2
    assert told in answer.err


def test_a_scene_without_cameras_says_what_to_state(restora: Command, scene: Path) -> None:
    (scene.parent / "transforms.json").unlink()
    answer = restora("scene", "render", scene, "-o", "frames")
    assert answer.code == 2
    assert "--orbit N, --path FILE" in answer.err
    assert not Path("frames").exists()


# -- clean -------------------------------------------------------------------------------------------


def test_cleaning_writes_what_is_left_and_says_what_went(restora: Command, scene: Path) -> None:
    opened = read_scene(scene)
    opened.logit_opacities[:7] = -8
    write_scene(Path("hazy.ply"), opened)
    answer = restora("scene", "clean", "hazy.ply", "-o", "clean.ply", "--degree", "0", "--json")
    told = answer.of("file")[0]
    assert (told["faint"], told["removed"], told["gaussians"]) == (7, 7, 53)
    left = read_scene(Path("clean.ply"))
    assert (left.count, left.degree) == (53, 0)


def test_a_box_may_not_leave_nothing(restora: Command, scene: Path) -> None:
    answer = restora("scene", "clean", scene, "-o", "clean.ply", "--box", "50,50,50,60,60,60")
    assert answer.code == 2
    assert "none of the 60 Gaussians would be left" in answer.err
    assert not Path("clean.ply").exists()


@pytest.mark.parametrize("command", ["clean", "refine"])
def test_the_source_is_never_written_over(restora: Command, scene: Path, command: str) -> None:
    before = scene.read_bytes()
    answer = restora("scene", command, scene, "-o", scene, "--overwrite")
    assert answer.code == 2
    assert "results never replace their source" in answer.err
    assert scene.read_bytes() == before


# -- refine ------------------------------------------------------------------------------------------

FEW = ("--steps", "30", "--hold-out", "4")


def test_refining_comes_nearer_to_held_out_photographs(restora: Command, scene: Path) -> None:
    answer = restora("scene", "refine", scene, "-o", "better.ply", *FEW, "--json")
    assert answer.code == 0
    assert answer.of("estimate")[0]["words"].startswith("about ")
    assert len(answer.of("step")) == 30
    told = answer.of("file")[0]
    assert told["psnr_after"] > told["psnr_before"]
    assert told["held_out"]
    assert told["views"] == 2
    assert read_scene(Path("better.ply")).count == 60
    assert not Path("better_unfinished").exists()


def test_after_ctrl_c_the_best_stays_and_the_same_command_goes_on(
    restora: Command, scene: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = restora("scene", "refine", scene, "-o", "whole.ply", *FEW)
    assert whole.code == 0
    tell = scene_learning._tell

    def interrupted(step: Any, *rest: Any) -> None:
        tell(step, *rest)
        if step.step == 15:
            signal.raise_signal(signal.SIGINT)

    with monkeypatch.context() as patched:
        patched.setattr(scene_learning, "_tell", interrupted)
        answer = restora("scene", "refine", scene, "-o", "better.ply", *FEW)
    assert answer.code == 130
    assert "the best scene so far is in better.ply" in answer.err
    assert Path("better.ply").is_file()
    assert {path.name for path in Path("better_unfinished").iterdir()} >= {"refinement.npz"}
    again = restora("scene", "refine", scene, "-o", "better.ply", *FEW)
    assert again.code == 0
    assert Path("better.ply").read_bytes() == Path("whole.ply").read_bytes()


def test_a_scene_that_comes_no_nearer_is_not_written(restora: Command, scene: Path) -> None:
    write_scene(Path("perfect.ply"), truth())
    for index in (0, 1, 3, 4, 5, 7):
        path = scene.parent / "photos" / f"{index:03}.png"
        write_image(path, Image(pixels=1 - read_image(path).pixels))
    answer = restora("scene", "refine", "perfect.ply", "-o", "better.ply", *FEW)
    assert answer.code == 1
    assert "The scene was not replaced: after 30 steps" in answer.err
    assert not Path("better.ply").exists()


@pytest.mark.parametrize("command", ["clean", "refine"])
def test_an_ending_that_cannot_be_written_is_said_at_once(
    restora: Command, scene: Path, command: str
) -> None:
    answer = restora("scene", command, scene, "-o", "better.docx")
    assert answer.code == 2
    assert "the ending .docx is not one that a scene can be written with" in answer.err
    assert "about" not in answer.err


def test_what_a_format_does_not_keep_is_said(restora: Command, scene: Path) -> None:
    answer = restora("scene", "clean", scene, "-o", "small.splat")
    assert answer.code == 0
    assert "small.splat: " in answer.err


def test_an_estimate_alone_writes_nothing(restora: Command, scene: Path) -> None:
    answer = restora("scene", "refine", scene, "-o", "better.ply", *FEW, "--estimate")
    assert answer.code == 0
    assert answer.out.startswith("about ")
    assert not Path("better.ply").exists()


def test_missing_photographs_are_said(restora: Command, scene: Path) -> None:
    (scene.parent / "photos" / "003.png").unlink()
    some = restora("scene", "refine", scene, "-o", "better.ply", *FEW, "--estimate")
    assert "without a photograph and left out: photos/003.png" in some.err
    shutil.rmtree(scene.parent / "photos")
    none = restora("scene", "refine", scene, "-o", "better.ply", *FEW)
    assert none.code == 2
    assert "none of the 8 cameras has its photograph" in none.err


def test_a_strategy_without_adding_is_refused(restora: Command, scene: Path) -> None:
    answer = restora("scene", "refine", scene, "-o", "better.ply", *FEW, "--strategy", "mcmc")
    assert answer.code == 2
    assert "says how Gaussians are added, but none are to be" in answer.err
    assert "Add --densify." in answer.err
    assert not Path("better.ply").exists()


# -- train and triplets ------------------------------------------------------------------------------


def test_training_makes_a_scene_from_a_colmap_folder(restora: Command, colmap: Path) -> None:
    answer = restora("scene", "train", colmap, "-o", "new.ply", *FEW, "--degree", "1", "--json")
    assert answer.code == 0
    told = answer.of("file")[0]
    assert told["psnr_after"] > told["psnr_before"]
    assert read_scene(Path("new.ply")).degree == 1


def test_training_adds_gaussians_by_moving_faint_ones_too(restora: Command, colmap: Path) -> None:
    stated = ("--steps", "60", "--hold-out", "4", "--strategy", "mcmc", "--json")
    answer = restora("scene", "train", colmap, "-o", "new.ply", *stated)
    assert answer.code == 0
    counts = [told["gaussians"] for told in answer.of("step")]
    assert counts[-1] > counts[0]
    too_many = restora("scene", "train", colmap, "-o", "new2.ply", *stated, "--most", "20000000")
    assert too_many.code == 2


def test_a_folder_without_a_model_is_refused(restora: Command, folder: Path) -> None:
    answer = restora("scene", "train", folder, "-o", "new.ply")
    assert answer.code == 2
    assert "holds no COLMAP model" in answer.err
    assert restora("scene", "triplets", folder, "-o", "triplets").code == 2
    assert not Path("triplets").exists()


def test_triplets_are_listed_by_their_published_names(restora: Command, colmap: Path) -> None:
    answer = restora(
        "scene", "triplets", colmap, "-o", "triplets", "--steps", "5", "--sparse-steps", "6", "--every", "3"
    )
    assert answer.code == 0
    everything = json.loads(Path("triplets/data.json").read_text())
    sparse = json.loads(Path("triplets/data_sparse.json").read_text())
    under = json.loads(Path("triplets/data_underfitting.json").read_text())
    assert everything == {"train": under["train"] | sparse["train"], "val": {}}
    assert sorted(under["train"]) == [f"garden_underfitting_5_{frame:05}" for frame in range(1, 8)]
    assert sorted(sparse["train"]) == [f"garden_sparse_3_{frame:05}" for frame in range(5)]
    first = sparse["train"]["garden_sparse_3_00002"]
    assert first["gt"] == "garden/gt/00004.png"
    assert first["ref"] == "garden/gt/00003.png"
    for path in first.values():
        assert read_image(Path("triplets") / path).pixels.shape == (24, 28, 3)
    photo = read_image(colmap / "images" / "004.png").pixels
    assert np.array_equal(read_image(Path("triplets") / first["gt"]).pixels, photo)


def test_two_folders_of_one_name_are_refused(restora: Command, colmap: Path) -> None:
    (colmap.parent / "other").mkdir()
    answer = restora("scene", "triplets", colmap, colmap.parent / "other" / "garden", "-o", "triplets")
    assert answer.code == 2
    assert "two folders have this name" in answer.err
