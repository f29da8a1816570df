"""`restora convert`: scenes and cameras in other formats, losses told, nothing replaced by accident."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from restora.io.cameras import read_cameras, read_colmap
from restora.io.scenes import read_scene

Command = Callable[..., Any]
VECTORS = Path(__file__).parent.parent / "vectors" / "splats"


@pytest.fixture
def scene(folder: Path) -> Path:
    return Path(shutil.copy(VECTORS / "files" / "deg3.ply", folder / "in.ply"))


@pytest.mark.parametrize("name", ["out.ply", "out.splat", "out.compressed.ply", "out.spz", "out.sog"])
def test_a_scene_becomes_every_format_and_its_losses_are_told(
    restora: Command, scene: Path, name: str
) -> None:
    answer = restora("convert", scene, name, "--json")
    assert answer.code == 0
    (event,) = answer.of("file")
    assert event["files"] == [name]
    assert (event["losses"] == []) is (name == "out.ply")
    assert read_scene(Path(name)).count == 300
    assert restora("open", name, "--json").of("item")[0]["kind"] == "splat"


def test_the_way_through_both_files_is_told(restora: Command, scene: Path) -> None:
    told = restora("convert", scene, "out.sog", "--json").of("progress")
    assert [event["stage"] for event in told if event["fraction"] == 1] == ["reading", "writing"]
    written = [event["fraction"] for event in told if event["stage"] == "writing"]
    assert len(written) > 5
    assert written == sorted(written)


def test_losses_are_sentences_for_people(restora: Command, scene: Path) -> None:
    answer = restora("convert", scene, "out.splat")
    lines = answer.out.splitlines()
    assert lines[0] == "out.splat: 300 Gaussians in .splat"
    assert "  keeps no harmonics: colours no longer change with the side (the scene has degree 3)" in lines


def test_a_stated_format_wins_over_the_ending(restora: Command, scene: Path) -> None:
    assert restora("convert", scene, "out.spz", "--to", "spz4").code == 0
    assert restora("open", "out.spz", "--json").of("item")[0]["format"] == "SPZ, version 4"
    answer = restora("convert", scene, "other.spz", "--to", "gif")
    assert answer.code == 2
    assert "there is no format 'gif', only ply" in answer.err


def test_the_degree_can_be_lowered_and_not_raised(restora: Command, scene: Path) -> None:
    answer = restora("convert", scene, "out.ply", "--degree", "1")
    assert "harmonics above degree 1 are left out" in answer.out
    assert read_scene(Path("out.ply")).degree == 1
    again = restora("convert", "out.ply", "more.ply", "--degree", "2")
    assert again.code == 2
    assert "has harmonics of degree 1, which cannot become 2" in again.err
    assert not Path("more.ply").exists()


def test_nothing_is_replaced_unless_it_is_asked_for_and_the_source_never(
    restora: Command, scene: Path
) -> None:
    Path("out.ply").write_bytes(b"precious")
    assert "is there already" in restora("convert", scene, "out.ply").err
    assert Path("out.ply").read_bytes() == b"precious"
    assert restora("convert", scene, "out.ply", "--force").code == 0
    Path("link.ply").symlink_to(scene)
    before = scene.read_bytes()
    for name in (scene, "link.ply", Path("..") / "work" / "in.ply"):
        answer = restora("convert", scene, name, "--force")
        assert answer.code == 2
        assert "is the source itself, which is never replaced" in answer.err
    assert scene.read_bytes() == before


def test_a_failed_conversion_leaves_the_old_output(restora: Command, scene: Path) -> None:
    Path("out.splat").write_bytes(b"precious")
    Path("bad.ply").write_bytes(scene.read_bytes()[:-9])
    assert restora("convert", "bad.ply", "out.splat", "--force").code == 2
    assert Path("out.splat").read_bytes() == b"precious"
    assert sorted(path.name for path in Path().iterdir()) == ["bad.ply", "in.ply", "out.splat"]


def test_dropped_gaussians_are_told(restora: Command, scene: Path) -> None:
    content = bytearray(scene.read_bytes())
    start = content.index(b"end_header\n") + 11
    content[start : start + 4] = b"\xff\xff\xff\x7f"
    scene.write_bytes(content)
    assert "1 Gaussians without usable numbers were left out" in restora("convert", scene, "o.ply").out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("missing.ply", "out.ply"), "does not exist"),
        (("in.ply", "out.obj"), "is not one that a scene can be written with"),
        (("in.ply", "nowhere/out.ply"), "the folder nowhere does not exist"),
        (("in.ply", "out.json"), "has no cameras that could be written"),
        (("in.ply", "out.ply", "--size", "big"), "--size must be WIDTHxHEIGHT"),
        (("cameras.json", "out.ply"), "holds cameras, which cannot become a scene"),
        (("cameras.json", "out.json", "--degree", "1"), "holds cameras, which have no degree"),
        (("cameras.json", "out.json", "--to", "splat"), "holds cameras, which cannot become a scene"),
        (("cameras.json", "in.ply", "--force"), "holds cameras, which cannot become a scene"),
        (("cameras.json", "in.ply", "--force", "--to", "colmap"), "is a file, a folder is needed"),
        (("synthetic.json", "out.json"), "has no w and h"),
    ],
)
def test_what_cannot_be_converted_is_said(
    restora: Command, scene: Path, arguments: tuple[str, ...], told: str
) -> None:
    shutil.copy(VECTORS / "cameras" / "cameras.json", "cameras.json")
    shutil.copy(VECTORS / "cameras" / "transforms_synthetic.json", "synthetic.json")
    before = scene.read_bytes()
    answer = restora("convert", *arguments)
    assert answer.code == 2
    assert told in answer.err
    assert scene.read_bytes() == before


def test_colmap_models_change_between_text_and_binary_with_their_points(
    restora: Command, folder: Path
) -> None:
    answer = restora("convert", VECTORS / "colmap", "text", "--to", "colmap-text")
    assert answer.out == "text: 4 cameras and 26 points\n"
    assert restora("convert", "text", "binary").code == 0
    first, last = read_colmap(VECTORS / "colmap"), read_colmap(Path("binary"))
    assert [image.name for image in first.images] == [image.name for image in last.images]
    assert first.points.tracks.tolist() == last.points.tracks.tolist()
    again = restora("convert", "text", "binary")
    assert "cameras.bin, images.bin, points3D.bin are there already" in again.err
    assert restora("convert", "text", "binary", "--force").code == 0
    told = restora("convert", "text", "transforms.json").out
    assert "points and observations of the model are not kept" in told
    assert "which would contradict the new one" in restora("convert", "binary", "text", "--force").err
    assert "is the source itself" in restora("convert", "text", "text", "--to", "colmap-text", "--force").err


def test_cameras_go_through_every_json_and_losses_are_told(restora: Command, folder: Path) -> None:
    source = VECTORS / "cameras" / "camera_path.json"
    assert restora("convert", source, "flight.json").code == 0
    assert restora("convert", "flight.json", "transforms.json").code == 0
    answer = restora("convert", "transforms.json", "camera_path.json")
    assert "names of cameras and pictures are not kept" in answer.out
    first, last = read_cameras(source), read_cameras(Path("camera_path.json"))
    for a, b in zip(first, last, strict=True):
        assert a.world_to_camera == pytest.approx(b.world_to_camera)
        assert a.intrinsics == pytest.approx(b.intrinsics)
    synthetic = VECTORS / "cameras" / "transforms_synthetic.json"
    assert restora("convert", synthetic, "synthetic.json", "--size", "100x80").code == 0


def test_a_scene_gives_its_cameras(restora: Command, scene: Path) -> None:
    stated = f"cameras={VECTORS / 'colmap'}"
    answer = restora("convert", scene, "cameras.json", "--as", stated)
    assert answer.out == "cameras.json: 4 cameras\n"
    told = restora("convert", scene, "out.ply", "--as", stated)
    assert "cameras are not kept in scene files" in told.out


def test_the_group_of_scenes_offers_it_too(restora: Command, scene: Path) -> None:
    assert restora("scene", "convert", scene, "out.splat").code == 0
    assert "convert" in restora("scene", "--help").out
