"""Cameras survive every format that claims to keep them; what a format loses is said."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.camera import CameraSet, Projection
from restora.data.image import Image
from restora.errors import BadInputError, FileProblemError
from restora.io.cameras import (
    are_cameras,
    camera_format_of,
    camera_losses,
    read_cameras,
    read_frame_rate,
    write_cameras,
)
from restora.io.writing import write_image

Kit = Any  # the fixture of conftest.py
BENDS: list[tuple[tuple[str, float], ...]] = [
    (),
    (("k1", 0.1),),
    (("k1", 0.1), ("k2", -0.02)),
    (("k1", 0.1), ("k2", 0.2), ("p1", 1e-3), ("p2", -1e-4)),
    (
        ("k1", 0.1),
        ("k2", 0.2),
        ("p1", 1e-3),
        ("p2", -1e-4),
        ("k3", 1.0),
        ("k4", 2.0),
        ("k5", 3.0),
        ("k6", 4.0),
    ),
    (("fisheye_k1", 0.1), ("fisheye_k2", 0.2), ("fisheye_k3", 0.3), ("fisheye_k4", 0.4)),
    (("fisheye_k1", 0.0),),
]


@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 5), seed=st.integers(0, 99), bend=st.sampled_from(BENDS))
@pytest.mark.parametrize("format", ["path", "transforms", "colmap", "colmap-text"])
def test_a_round_trip_keeps_pose_lens_size_and_name(
    kit: Kit,
    tmp_path_factory: pytest.TempPathFactory,
    format: str,
    count: int,
    seed: int,
    bend: tuple[tuple[str, float], ...],
) -> None:
    cameras = kit.make(count, seed, distortion=bend)
    path = tmp_path_factory.mktemp("cameras") / ("a.json" if format in {"path", "transforms"} else "model")
    write_cameras(path, cameras, format)
    assert are_cameras(path)
    kit.assert_same(read_cameras(path), cameras)
    assert camera_losses(cameras, format) == ()


@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 5), seed=st.integers(0, 99), fov=st.floats(1, 170))
def test_a_viewer_path_keeps_what_it_says_it_keeps(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory, count: int, seed: int, fov: float
) -> None:
    focal = 30 / math.tan(math.radians(fov) / 2)
    centred = {"width": 80, "height": 60, "fx": focal, "fy": focal, "cx": 40.0, "cy": 30.0}
    cameras = kit.make(count, seed, **centred)
    path = tmp_path_factory.mktemp("cameras") / "camera_path.json"
    write_cameras(path, cameras, frame_rate=12.5)
    found = read_cameras(path)
    for a, b in zip(found, cameras, strict=True):
        np.testing.assert_allclose(a.world_to_camera, b.world_to_camera, atol=1e-12)
        np.testing.assert_allclose(a.intrinsics, b.intrinsics, rtol=1e-12)
    assert read_frame_rate(path) == 12.5
    assert camera_losses(cameras, "camera_path") == ("names of cameras and pictures are not kept",)


def test_a_viewer_path_says_what_else_it_loses(kit: Kit) -> None:
    said = camera_losses(kit.make(2, distortion=(("k1", 0.1),)), "camera_path")
    assert said[1:] == (
        "lens distortion is not kept",
        "the principal point is moved to the middle",
        "the horizontal focal length becomes the vertical one",
    )


def test_transforms_say_which_coefficients_they_lose(kit: Kit) -> None:
    assert camera_losses(kit.make(2, distortion=(("omega", 0.1),)), "transforms") == (
        "lens coefficients omega are not kept",
    )
    cameras = kit.make(1, picture="other.png")
    for format in ("transforms", "colmap"):
        assert camera_losses(cameras, format) == ("names of cameras become those of their pictures",)


def test_our_own_file_keeps_projection_pictures_and_frame_rate(kit: Kit, tmp_path: Path) -> None:
    pictures = tmp_path / "photos"
    pictures.mkdir()
    cameras = replace(kit.make(2, projection=Projection.ORTHOGRAPHIC, picture="a b.png"), pictures=pictures)
    write_cameras(tmp_path / "flight.json", cameras, frame_rate=30)
    found = read_cameras(tmp_path / "flight.json")
    kit.assert_same(found, cameras)
    assert (found.pictures, found.cameras[0].picture) == (pictures, "a b.png")
    assert read_frame_rate(tmp_path / "flight.json") == 30


@pytest.mark.parametrize("format", ["transforms", "camera_path", "colmap"])
def test_orthographic_cameras_are_refused_where_there_are_none(kit: Kit, tmp_path: Path, format: str) -> None:
    cameras = kit.make(1, projection=Projection.ORTHOGRAPHIC)
    with pytest.raises(BadInputError, match="no orthographic cameras"):
        write_cameras(tmp_path / "a.json", cameras, format)


def test_cameras_of_different_sizes_make_no_viewer_path(kit: Kit, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match=r"camera_path\.json has one size for all"):
        write_cameras(tmp_path / "camera_path.json", kit.make(2))


def test_an_empty_set_and_an_unknown_format_are_refused(kit: Kit, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="without cameras"):
        write_cameras(tmp_path / "a.json", CameraSet())
    with pytest.raises(BadInputError, match="there is no camera format 'obj', only path"):
        write_cameras(tmp_path / "a.json", kit.make(1), "obj")


def test_a_name_suggests_the_format() -> None:
    names = ["transforms_train.json", "camera_path.json", "flight.json", "sparse", "my.folder"]
    assert [camera_format_of(Path(name)) for name in names] == [
        "transforms",
        "camera_path",
        "path",
        "colmap",
        "colmap",
    ]


def test_frames_with_different_lenses_do_not_inherit_from_each_other(kit: Kit, tmp_path: Path) -> None:
    plain, bent = kit.make(1, 1).cameras[0], kit.make(1, 2, distortion=(("k1", 0.5),)).cameras[0]
    cameras = CameraSet(cameras=(bent, replace(plain, name="b.png", picture="b.png")))
    write_cameras(tmp_path / "transforms.json", cameras)
    kit.assert_same(read_cameras(tmp_path / "transforms.json"), cameras)


def test_the_size_comes_from_the_picture_or_is_asked_for(kit: Kit, tmp_path: Path) -> None:
    source = kit.vectors / "cameras" / "transforms_synthetic.json"
    path = tmp_path / "transforms.json"
    path.write_bytes(source.read_bytes())
    with pytest.raises(FileProblemError, match=r"has no w and h, and its picture \./train/r_0 is not there"):
        read_cameras(path)
    (tmp_path / "train").mkdir()
    for name in ("r_0", "r_1"):
        write_image(tmp_path / "train" / f"{name}.png", Image(pixels=np.zeros((80, 100, 3), np.float32)))
    found = read_cameras(path)
    assert [(each.width, each.height) for each in found] == [(100, 80)] * 2
    assert found.cameras[0].picture == "./train/r_0.png"
    assert found.picture_of(found.cameras[0]) == tmp_path / "train" / "r_0.png"


def test_a_folder_with_transforms_is_read_and_stated_pictures_win(kit: Kit, tmp_path: Path) -> None:
    (tmp_path / "cameras.json").write_bytes((kit.vectors / "cameras" / "cameras.json").read_bytes())
    photos = tmp_path / "photos"
    photos.mkdir()
    write_image(photos / "img_0.png", Image(pixels=np.zeros((64, 96, 3), np.float32)))
    found = read_cameras(tmp_path, pictures=photos)
    assert found.picture_of(found.cameras[0]) == photos / "img_0.png"
    assert found.picture_of(found.cameras[1]) is None
    with pytest.raises(FileProblemError, match="is no folder of pictures"):
        read_cameras(tmp_path, pictures=tmp_path / "nowhere")


def test_a_uniform_scale_in_a_pose_is_taken_out(tmp_path: Path) -> None:
    matrix = np.diag([2.0, 2, 2, 1])
    matrix[:3, 3] = 1, 2, 3
    frame = {"file_path": "a", "transform_matrix": matrix.tolist()}
    content = {"w": 4, "h": 4, "fl_x": 4.0, "frames": [frame]}
    (tmp_path / "a.json").write_text(json.dumps(content))
    camera = read_cameras(tmp_path / "a.json").cameras[0]
    np.testing.assert_allclose(camera.world_to_camera[:3, :3], np.diag([1, -1, -1]))
    np.testing.assert_allclose(camera.centre, [1, 2, 3])


def test_transforms_name_pictures_from_where_they_lie_themselves(kit: Kit, tmp_path: Path) -> None:
    pictures = tmp_path / "data" / "images"
    pictures.mkdir(parents=True)
    (pictures / "view 0.png").touch()
    (tmp_path / "out").mkdir()
    cameras = replace(kit.make(2), pictures=pictures)
    write_cameras(tmp_path / "out" / "transforms.json", cameras)
    found = read_cameras(tmp_path / "out" / "transforms.json")
    assert found.cameras[0].picture == "../data/images/view 0.png"
    seen = found.picture_of(found.cameras[0])
    assert seen is not None
    assert seen.samefile(pictures / "view 0.png")
    assert found.picture_of(found.cameras[1]) is None
    assert camera_losses(cameras, "transforms") == ("names of cameras become those of their pictures",)
