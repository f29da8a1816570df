"""A scene's cameras: stated, or beside it where its training puts them; never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from restora.data.photon_cube import Origin
from restora.errors import FileProblemError, ParameterError
from restora.io.cameras import read_cameras
from restora.io.opening import OpenOptions, open_item
from restora.io.scenes import losses_of, read_scene, write_scene
from restora.io.stated import open_options

Kit = Any  # the fixture of conftest.py


@pytest.fixture
def trained(kit: Kit, tmp_path: Path) -> Path:
    """What the original code leaves behind."""
    folder = tmp_path / "out" / "point_cloud" / "iteration_30000"
    folder.mkdir(parents=True)
    write_scene(folder / "point_cloud.ply", kit.make(5, 1))
    (tmp_path / "out" / "cameras.json").write_bytes((kit.vectors / "cameras" / "cameras.json").read_bytes())
    return folder / "point_cloud.ply"


def test_cameras_of_the_training_are_found_and_told(trained: Path) -> None:
    item = open_item(trained)
    fact = next(fact for fact in item.probe.facts if fact.name == "cameras")
    assert (fact.value, fact.origin) == ("2 from cameras.json", Origin.SIDECAR)
    assert [camera.name for camera in item.scene().cameras] == ["img_0", "img_1"]


def test_damaged_cameras_of_the_training_are_a_warning_and_stated_ones_an_error(trained: Path) -> None:
    beside = trained.parents[2] / "cameras.json"
    beside.write_text("[{")
    item = open_item(trained)
    assert len(item.scene().cameras) == 0
    assert any("its cameras cannot be used" in warning for warning in item.probe.warnings)
    with pytest.raises(FileProblemError, match="is no JSON"):
        open_item(trained, OpenOptions(cameras=beside))


def test_stated_cameras_win_and_bring_their_photographs(kit: Kit, trained: Path, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    (photos / "sub").mkdir(parents=True)
    (photos / "view 001.png").touch()
    stated = open_options({"cameras": str(kit.vectors / "colmap"), "pictures": str(photos)})
    item = open_item(trained, stated)
    facts = {fact.name: (fact.value, fact.origin) for fact in item.probe.facts}
    assert facts["cameras"] == ("4 from COLMAP, sparse/0", Origin.STATED)
    assert facts["photographs"] == (f"1 of 4 in {photos}", Origin.STATED)
    assert facts["lens distortion"][0] == "kept for 2 cameras, not drawn"
    said = losses_of(Path("a.ply"), item.scene())
    assert said == ("cameras are not kept in scene files; write them to a file of their own",)


def test_a_stated_camera_path_comes_beside_the_cameras(kit: Kit, trained: Path) -> None:
    path = kit.vectors / "cameras" / "camera_path.json"
    item = open_item(trained, open_options({"camera_path": str(path)}))
    cameras = item.scene().cameras
    assert [camera.name for camera in cameras] == ["img_0", "img_1"]
    assert len(cameras.path) == len(read_cameras(path).cameras) > 0
    fact = next(fact for fact in item.probe.facts if fact.name == "camera path")
    assert (fact.value, fact.origin) == (f"{len(cameras.path)} frames", Origin.STATED)
    with pytest.raises(FileProblemError):
        open_item(trained, OpenOptions(camera_path=trained))


def test_pictures_without_cameras_and_empty_statements_are_refused(kit: Kit, tmp_path: Path) -> None:
    write_scene(tmp_path / "a.ply", kit.make(2))
    assert not any(fact.name == "cameras" for fact in open_item(tmp_path / "a.ply").probe.facts)
    with pytest.raises(FileProblemError, match="a folder of pictures means nothing"):
        open_item(tmp_path / "a.ply", OpenOptions(pictures=tmp_path))
    with pytest.raises(ParameterError, match="cameras must name a file or folder"):
        open_options({"cameras": " "})


def test_the_folder_of_a_training_opens_its_last_iteration(kit: Kit, trained: Path) -> None:
    earlier = trained.parents[1] / "iteration_7000"
    earlier.mkdir()
    write_scene(earlier / "point_cloud.ply", kit.make(2, 0))
    (trained.parents[1] / "iteration_99999").mkdir()  # without a scene in it
    item = open_item(trained.parents[2])
    assert (item.path, item.probe.gaussians, item.name) == (trained, 5, "out")
    fact = item.probe.facts[0]
    assert fact.value == "point_cloud/iteration_30000/point_cloud.ply, the last one"
    assert fact.origin is Origin.ASSUMED
    assert len(item.scene().cameras) == 2


def test_a_folder_of_checkpoints_opens_the_last_step(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "ckpts").mkdir()
    for step in (6999, 29999):
        source = kit.vectors / "files" / "checkpoint_deg2.pt"
        (tmp_path / "ckpts" / f"ckpt_{step}_rank0.pt").write_bytes(source.read_bytes())
    assert open_item(tmp_path).path == tmp_path / "ckpts" / "ckpt_29999_rank0.pt"
    assert read_scene(tmp_path).count == 100
