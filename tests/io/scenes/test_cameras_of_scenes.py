"""A scene's cameras: stated, or beside it where its training puts them; never guessed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from restora.data.photon_cube import Origin
from restora.errors import FileProblemError, ParameterError
from restora.io.opening import OpenOptions, open_item
from restora.io.scenes import losses_of, write_scene
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


def test_pictures_without_cameras_and_empty_statements_are_refused(kit: Kit, tmp_path: Path) -> None:
    write_scene(tmp_path / "a.ply", kit.make(2))
    assert not any(fact.name == "cameras" for fact in open_item(tmp_path / "a.ply").probe.facts)
    with pytest.raises(FileProblemError, match="a folder of pictures means nothing"):
        open_item(tmp_path / "a.ply", OpenOptions(pictures=tmp_path))
    with pytest.raises(ParameterError, match="cameras must name a file or folder"):
        open_options({"cameras": " "})
