"""The layout of the original 3D Gaussian Splatting: any order, any type, nothing lost, nothing believed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.data.kinds import Kind
from restora.errors import BadInputError, FileProblemError
from restora.io.opening import OpenOptions, open_item
from restora.io.scenes import losses_of, read_scene, write_scene
from restora.io.scenes.soundness import LARGEST_LOGIT, SMALLEST_LOG_SCALE

Kit = Any  # the fixture of conftest.py


@pytest.mark.parametrize("format", ["ply", "ply-text", "ply-big-endian"])
@settings(deadline=None, max_examples=30)
@given(count=st.integers(1, 30), degree=st.integers(0, 3), seed=st.integers(0, 99), antialiased=st.booleans())
def test_a_round_trip_keeps_every_bit(
    kit: Kit,
    tmp_path_factory: pytest.TempPathFactory,
    format: str,
    count: int,
    degree: int,
    seed: int,
    antialiased: bool,
) -> None:
    path = tmp_path_factory.mktemp("ply") / "a.ply"
    extra = {"confidence": np.arange(count, dtype=np.float32)}
    scene = kit.make(count, degree, seed, is_antialiased=antialiased, extra=extra)
    write_scene(path, scene, format)
    again = read_scene(path)
    assert kit.same(scene, again)
    assert (again.is_antialiased, again.dropped) == (antialiased, 0)
    assert np.array_equal(again.extra["confidence"], extra["confidence"])


def test_a_scene_of_many_blocks_is_read_whole(kit: Kit, tmp_path: Path) -> None:
    scene = kit.make(10_007, 3)
    write_scene(tmp_path / "a.ply", scene)
    assert kit.same(scene, read_scene(tmp_path / "a.ply"))


@pytest.mark.parametrize("encoding", ["binary_little_endian", "binary_big_endian", "ascii"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_columns_are_found_by_name_in_any_order_and_encoding(
    kit: Kit, tmp_path: Path, encoding: str, newline: str
) -> None:
    scene = kit.make(40, 2)
    names = kit.names(2)
    order = np.random.default_rng(5).permutation(len(names))
    table = kit.table(scene)[:, order]
    content = kit.ply(table, [names[n] for n in order], encoding=encoding, newline=newline)
    (tmp_path / "a.ply").write_bytes(content)
    assert kit.same(scene, read_scene(tmp_path / "a.ply"))


@pytest.mark.parametrize("encoding", ["binary_little_endian", "binary_big_endian", "ascii"])
def test_columns_of_other_types_and_further_ones_are_taken(kit: Kit, tmp_path: Path, encoding: str) -> None:
    scene = kit.make(30, 1)
    names = [*kit.names(1), "nx", "label"]
    types = ["double", *["float"] * (len(names) - 2), "uchar"]
    table = np.column_stack([kit.table(scene), np.zeros(30), np.arange(30)])
    (tmp_path / "a.ply").write_bytes(kit.ply(table, names, types=types, encoding=encoding))
    again = read_scene(tmp_path / "a.ply")
    assert kit.same(scene, again)
    assert list(again.extra) == ["label"]
    facts = {fact.name: fact.value for fact in open_item(tmp_path / "a.ply").probe.facts}
    assert facts["further columns"] == "1, kept"
    assert again.extra["label"][7] == 7


def test_plain_colours_become_the_constant_band(kit: Kit, tmp_path: Path) -> None:
    scene = kit.make(3, 0)
    names = [name for name in kit.names(0) if not name.startswith("f_dc")] + ["red", "green", "blue"]
    plain = np.delete(kit.table(scene), [3, 4, 5], axis=1)
    table = np.column_stack([plain, [[0, 255, 51]] * 3])
    content = kit.ply(table, names, types=[*["float"] * (len(names) - 3), *["uchar"] * 3])
    (tmp_path / "a.ply").write_bytes(content)
    item = open_item(tmp_path / "a.ply")
    colour = 0.5 + 0.28209479177387814 * item.scene().sh[0, 0]
    assert colour == pytest.approx([0, 1, 0.2], abs=1e-6)
    assert any("plain colours" in warning for warning in item.probe.warnings)


@pytest.mark.parametrize(
    "comment", ["SplatRenderMode: mip", "antialiased 1", "Antialiased: true", "antialiased 0", "nothing"]
)
def test_a_comment_says_whether_it_is_antialiased(kit: Kit, tmp_path: Path, comment: str) -> None:
    (tmp_path / "a.ply").write_bytes(kit.ply(kit.table(kit.make(2, 0)), kit.names(0), comments=[comment]))
    item = open_item(tmp_path / "a.ply")
    expected = comment not in {"nothing", "antialiased 0"}
    assert item.scene().is_antialiased is expected
    assert next(f.value for f in item.probe.facts if f.name == "antialiased") == ("yes" if expected else "no")


@pytest.mark.parametrize(
    ("name", "value", "is_dropped"),
    [
        ("x", np.nan, True),
        ("y", np.inf, True),
        ("f_rest_3", np.nan, True),
        ("f_dc_1", -np.inf, True),
        ("rot_2", np.nan, True),
        ("scale_0", np.inf, True),
        ("scale_0", np.nan, True),
        ("opacity", np.nan, True),
        ("scale_1", -np.inf, False),
        ("opacity", np.inf, False),
        ("opacity", -np.inf, False),
        ("confidence", np.nan, False),
    ],
)
def test_rows_that_cannot_be_used_are_dropped_and_legal_infinities_clamped(
    kit: Kit, tmp_path: Path, name: str, value: float, is_dropped: bool
) -> None:
    scene = kit.make(6000, 1)
    names = [*kit.names(1), "confidence"]
    table = np.column_stack([kit.table(scene), np.zeros(6000)])
    table[4321, names.index(name)] = value
    (tmp_path / "a.ply").write_bytes(kit.ply(table, names))
    again = read_scene(tmp_path / "a.ply")
    assert again.dropped == int(is_dropped)
    assert again.count == 6000 - int(is_dropped)
    assert np.array_equal(again.means[-1], scene.means[-1])
    assert np.isfinite(again.logit_opacities).all()
    if name == "opacity" and not is_dropped:
        assert again.logit_opacities[4321] == np.float32(np.copysign(LARGEST_LOGIT, value))
    if name == "scale_1":
        assert again.log_scales[4321, 1] == SMALLEST_LOG_SCALE


def test_a_rotation_of_no_length_is_dropped(kit: Kit, tmp_path: Path) -> None:
    table = kit.table(kit.make(9, 0))
    table[3, -4:] = 0
    table[5, -4:] = [-0.0, 1e-30, 0, 0]  # tiny, but a direction
    (tmp_path / "a.ply").write_bytes(kit.ply(table, kit.names(0)))
    assert read_scene(tmp_path / "a.ply").dropped == 1


def test_a_file_of_nothing_but_bad_rows_is_refused(kit: Kit, tmp_path: Path) -> None:
    table = np.full((5, 14), np.nan, np.float32)
    (tmp_path / "a.ply").write_bytes(kit.ply(table, kit.names(0)))
    with pytest.raises(FileProblemError, match="none of its 5 Gaussians has usable numbers"):
        read_scene(tmp_path / "a.ply")


def test_too_large_a_scene_is_refused_from_its_header_with_numbers(kit: Kit, tmp_path: Path) -> None:
    path = tmp_path / "large.ply"
    with path.open("wb") as stream:
        stream.write(kit.ply(np.zeros((0, 59)), kit.names(3), count=10_000_000))
        stream.truncate(stream.tell() + 10_000_000 * 59 * 4)  # sparse: it takes no disk
    stated = OpenOptions(max_bytes=2**30)
    sentence = "states 10000000 Gaussians of degree 3, which take 2250 MiB of memory; 1024 MiB may be used"
    with pytest.raises(FileProblemError, match=sentence):
        open_item(path, stated)


def test_opening_recognises_a_scene_by_its_content_and_reads_it_later(kit: Kit, tmp_path: Path) -> None:
    write_scene(tmp_path / "a.ply", kit.make(12, 2))
    path = (tmp_path / "a.ply").rename(tmp_path / "a.bin")
    item = open_item(path)
    assert (item.kind, item.probe.gaussians, item.probe.degree) == (Kind.SPLAT, 12, 2)
    assert (item.probe.width, item.probe.height) == (0, 0)
    assert item.probe.format == "3DGS PLY, binary"
    assert item.probe.size_text == "12 Gaussians, degree 2"
    assert item.scene().count == 12


def test_a_picture_stated_to_be_a_scene_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pgm").write_bytes(b"P5\n2 2\n255\n1234")
    with pytest.raises(FileProblemError, match="is not a scene of Gaussians"):
        open_item(tmp_path / "a.pgm", OpenOptions(kind=Kind.SPLAT))


def test_what_a_ply_file_loses_is_said(kit: Kit) -> None:
    assert losses_of(Path("a.ply"), kit.make(3)) == ()
    extra = {"label": np.zeros(3, np.float32)}
    assert losses_of(Path("a.ply"), kit.make(3, extra=extra)) == (
        "further columns are kept as 32-bit floats",
    )


@pytest.mark.parametrize("name", ["x", "a b", "", "f_rest_0"])
def test_a_column_that_would_break_the_header_is_not_written(kit: Kit, tmp_path: Path, name: str) -> None:
    scene = kit.make(3, 1, extra={name: np.zeros(3, np.float32)})
    with pytest.raises(BadInputError, match="a column cannot be called"):
        write_scene(tmp_path / "a.ply", scene)
    assert not (tmp_path / "a.ply").exists()


def test_a_scene_without_gaussians_is_not_written(kit: Kit, tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="a scene without Gaussians is not written"):
        write_scene(tmp_path / "a.ply", kit.make(0))


def test_an_unknown_ending_is_refused_with_the_known_ones(kit: Kit, tmp_path: Path) -> None:
    with pytest.raises(FileProblemError, match=r"the ending \.obj is not one that a scene") as caught:
        write_scene(tmp_path / "a.obj", kit.make(2))
    assert ".ply" in str(caught.value.advice)


@settings(deadline=None, max_examples=30)
@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_any_float_survives_as_text(kit: Kit, tmp_path_factory: pytest.TempPathFactory, value: float) -> None:
    scene = kit.make(1, 0)
    scene.means[0, 0] = value
    path = tmp_path_factory.mktemp("text") / "a.ply"
    write_scene(path, scene, "ply-text")
    assert read_scene(path).means[0, 0] == np.float32(value)


def test_cameras_alone_are_recognised_and_not_opened(kit: Kit) -> None:
    for name in (
        "colmap",
        "colmap/sparse/0/cameras.bin",
        "cameras/camera_path.json",
        "cameras/transforms.json",
    ):
        with pytest.raises(FileProblemError, match="holds cameras, and no picture or scene") as caught:
            open_item(kit.vectors / name)
        assert "restora convert" in str(caught.value.advice)
