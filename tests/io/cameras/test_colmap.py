"""COLMAP models: both kinds of file, every lens, observations and tracks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.camera import Camera
from restora.errors import BadInputError, FileProblemError
from restora.io.cameras import read_cameras, read_colmap, read_points, write_cameras, write_colmap
from restora.io.cameras.colmap_model import ColmapCamera, ColmapImage, ColmapModel, ColmapPoints
from restora.io.cameras.lens_models import BY_NAME, FISHEYE, distortion_of, model_of
from restora.io.cameras.poses import quaternion_of, rotation_of

Kit = Any  # the fixture of conftest.py


@pytest.mark.parametrize("source", ["sparse/0", "sparse_txt/0"])
@pytest.mark.parametrize("as_text", [True, False])
def test_a_model_survives_a_round_trip_with_observations_and_points(
    kit: Kit, tmp_path: Path, source: str, as_text: bool
) -> None:
    model = read_colmap(kit.vectors / "colmap" / source)
    write_colmap(tmp_path / "model", model, as_text=as_text)
    again = read_colmap(tmp_path / "model")
    assert again.cameras == model.cameras
    for a, b in zip(again.images, model.images, strict=True):
        assert (a.id, a.camera_id, a.name) == (b.id, b.camera_id, b.name)
        assert np.array_equal(a.quaternion, b.quaternion)
        assert np.array_equal(a.pixels, b.pixels)
        assert np.array_equal(a.point_ids, b.point_ids)
    for name in ("ids", "exact_positions", "colours", "errors", "track_starts", "tracks"):
        assert np.array_equal(getattr(again.points, name), getattr(model.points, name))


def test_a_binary_model_is_written_as_colmap_writes_it(kit: Kit, tmp_path: Path) -> None:
    source = kit.vectors / "colmap" / "sparse" / "0"
    write_colmap(tmp_path / "model", read_colmap(source))
    for name in ("cameras.bin", "points3D.bin"):
        assert (tmp_path / "model" / name).read_bytes() == (source / name).read_bytes()
    # Images are in the order of their ids here, COLMAP wrote them in another; the records are the same.
    sizes = [(folder / "images.bin").stat().st_size for folder in (source, tmp_path / "model")]
    assert sizes[0] == sizes[1]


def test_points_come_with_their_tracks(kit: Kit) -> None:
    points = read_points(kit.vectors / "colmap")
    model = read_colmap(kit.vectors / "colmap")
    images = {image.id: image for image in model.images}
    assert points.positions.dtype == np.float32
    for number, point in enumerate(points.ids):
        for image, place in points.track_of(number):
            assert images[image].point_ids[place] == point


@pytest.mark.parametrize("place", ["", "sparse/0", "colmap/sparse/0", "sparse"])
def test_a_model_is_found_in_its_usual_places_with_its_pictures(kit: Kit, tmp_path: Path, place: str) -> None:
    shutil.copytree(kit.vectors / "colmap" / "sparse" / "0", tmp_path / place, dirs_exist_ok=True)
    base = tmp_path.parent if place == "" else tmp_path
    (base / "images" / "sub").mkdir(parents=True)
    (base / "images" / "sub" / "view_000.png").touch()
    (base / "images" / "view 001.png").touch()
    found = read_cameras(tmp_path)
    assert [camera.name for camera in found][1] == "view 001.png"
    assert found.pictures == base / "images"
    assert [found.picture_of(camera) is not None for camera in found] == [True, True, False, False]
    assert found.source.startswith("COLMAP")


def test_an_image_without_observations_has_an_empty_line(kit: Kit, tmp_path: Path) -> None:
    write_cameras(tmp_path / "model", kit.make(3), "colmap-text")
    lines = (tmp_path / "model" / "images.txt").read_text().splitlines()
    assert [line == "" for line in lines[2:]] == [False, True] * 3
    assert len(read_cameras(tmp_path / "model")) == 3
    # The last empty line is often lost by editors.
    (tmp_path / "model" / "images.txt").write_text("\n".join(lines[:-1]))
    assert len(read_cameras(tmp_path / "model")) == 3


def test_newer_files_beside_the_model_are_ignored(kit: Kit, tmp_path: Path) -> None:
    shutil.copytree(kit.vectors / "colmap" / "sparse" / "0", tmp_path / "sparse")
    for name in ("rigs.bin", "frames.bin"):
        (tmp_path / "sparse" / name).write_bytes(b"something new")
    assert len(read_colmap(tmp_path).images) == 4


def test_a_model_without_points_is_read(kit: Kit, tmp_path: Path) -> None:
    shutil.copytree(kit.vectors / "colmap" / "sparse" / "0", tmp_path / "sparse")
    (tmp_path / "sparse" / "points3D.bin").unlink()
    assert len(read_colmap(tmp_path).points) == 0
    (tmp_path / "sparse" / "images.bin").unlink()
    with pytest.raises(FileProblemError, match="holds no COLMAP model"):
        read_colmap(tmp_path)


@pytest.mark.parametrize("name", BY_NAME)
def test_every_lens_model_becomes_a_camera_and_comes_back(name: str) -> None:
    model = BY_NAME[name]
    params = [100.0, 50.0, 40.0] if model.has_one_focal_length else [100.0, 90.0, 50.0, 40.0]
    params += [0.01 * (number + 1) for number in range(len(model.coefficients))]
    bend = distortion_of(model, params)
    assert any(name.startswith(FISHEYE) for name, _ in bend) is model.is_fisheye
    fy = 100.0 if model.has_one_focal_length else 90.0
    camera = Camera(
        name="a",
        width=9,
        height=9,
        fx=100.0,
        fy=fy,
        cx=50.0,
        cy=40.0,
        world_to_camera=np.eye(4),
        distortion=bend,
    )
    again, numbers = model_of(camera)
    assert {k: v for k, v in distortion_of(again, numbers) if v} == {k: v for k, v in bend if v}


def test_a_lens_that_colmap_does_not_know_is_refused(kit: Kit, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="COLMAP has no lens model with k1, omega"):
        write_cameras(tmp_path / "m", kit.make(1, distortion=(("k1", 1.0), ("omega", 1.0))), "colmap")


@pytest.mark.parametrize("name", ["a\nb.png", "a\0.png"])
def test_a_name_that_would_break_the_files_is_refused(kit: Kit, tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInputError, match="cannot hold a picture called"):
        write_cameras(tmp_path / "m", kit.make(1, picture=name), "colmap-text")


def test_quaternions_and_matrices_agree_for_every_turn() -> None:
    rng = np.random.default_rng(0)
    turns = [
        *rng.standard_normal((50, 4)),
        [0, 1, 0, 0],
        [0, 0, 1, 0],
        [0, 0, 0, 1],
        [1, 0, 0, 0],
        [1e-9, 1, 1, 0],
    ]
    for turn in np.array(turns, np.float64):
        found = quaternion_of(rotation_of(turn))
        np.testing.assert_allclose(rotation_of(found), rotation_of(turn), atol=1e-12)
        assert np.linalg.norm(found) == pytest.approx(1)


@settings(deadline=None, max_examples=30)
@given(images=st.integers(1, 5), points=st.integers(0, 40), seed=st.integers(0, 99), as_text=st.booleans())
def test_any_model_survives_a_round_trip(
    tmp_path_factory: pytest.TempPathFactory, images: int, points: int, seed: int, as_text: bool
) -> None:
    model = _model(images, points, np.random.default_rng(seed))
    folder = tmp_path_factory.mktemp("model")
    write_colmap(folder, model, as_text=as_text)
    again = read_colmap(folder)
    assert again.cameras == model.cameras
    for a, b in zip(again.images, model.images, strict=True):
        assert (a.id, a.camera_id, a.name) == (b.id, b.camera_id, b.name)
        for name in ("quaternion", "shift", "pixels", "point_ids"):
            assert np.array_equal(getattr(a, name), getattr(b, name))
    for name in ("ids", "exact_positions", "colours", "errors", "track_starts", "tracks"):
        assert np.array_equal(getattr(again.points, name), getattr(model.points, name))
    assert [len(again.points.track_of(n)) for n in range(points)] == np.diff(
        model.points.track_starts
    ).tolist()


def _model(images: int, points: int, rng: np.random.Generator) -> ColmapModel:
    """Ids with gaps, images without observations, points without sightings."""
    cameras = {}
    for number, model in zip(rng.permutation(50)[:3], rng.choice(list(BY_NAME), 3), strict=True):
        params = tuple(float(value) for value in rng.uniform(1, 99, len(BY_NAME[model].params)))
        cameras[int(number)] = ColmapCamera(
            id=int(number), model=BY_NAME[model], width=int(rng.integers(1, 99)), height=7, params=params
        )
    made = []
    for number in np.sort(rng.permutation(200)[:images]):
        count = int(rng.integers(0, 5))
        image = ColmapImage(
            id=int(number),
            camera_id=int(rng.choice(list(cameras))),
            name=f"päth with spaces/{number}.png",
            quaternion=rng.standard_normal(4),
            shift=rng.standard_normal(3),
            pixels=rng.uniform(0, 999, (count, 2)),
            point_ids=rng.integers(-1, 2**40, count),
        )
        made.append(image)
    lengths = rng.integers(0, 4, points)
    cloud = ColmapPoints(
        ids=np.sort(rng.permutation(500)[:points]),
        exact_positions=rng.standard_normal((points, 3)),
        colours=rng.integers(0, 256, (points, 3), dtype=np.uint8),
        errors=rng.uniform(0, 2, points),
        track_starts=np.concatenate([[0], np.cumsum(lengths)]),
        tracks=rng.integers(0, 2**31 - 1, (int(lengths.sum()), 2)).astype(np.int32),
    )
    return ColmapModel(folder=Path(), cameras=cameras, images=tuple(made), points=cloud)
