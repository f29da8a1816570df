"""The formats that round: what they lose is bounded, and said before anybody exports."""

from __future__ import annotations

import gzip
import shutil
import struct
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from restora.errors import BadInputError, FileProblemError, ParameterError
from restora.io.opening import OpenOptions, open_item
from restora.io.scenes import losses_of, read_scene, write_scene
from restora.io.scenes.activations import colour_of, logit, opacity_of, unit
from restora.io.scenes.codebook import codes_for, nearest_codes
from restora.io.scenes.compressed_columns import morton_order
from restora.io.scenes.palette import palette_of
from restora.io.scenes.soundness import LARGEST_LOGIT
from restora.io.stated import open_options

Kit = Any  # the fixture of conftest.py
SCENES = {"count": st.integers(1, 700), "degree": st.integers(0, 3), "seed": st.integers(0, 99)}


def turns(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Angles between rotations in radians; a quaternion and its negative are one."""
    cosine = np.abs((unit(a).astype(np.float64) * unit(b)).sum(axis=1))
    return 2 * np.arccos(np.clip(cosine, 0, 1))


@settings(max_examples=25, deadline=None)
@given(**SCENES)
def test_splat_keeps_places_and_sizes_exactly_and_rounds_the_rest(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory, count: int, degree: int, seed: int
) -> None:
    scene = kit.make(count, degree, seed)
    path = tmp_path_factory.mktemp("splat") / "a.splat"
    write_scene(path, scene)
    again = read_scene(path)
    a, b = np.lexsort(scene.means.T), np.lexsort(again.means.T)
    assert np.array_equal(scene.means[a], again.means[b])
    np.testing.assert_allclose(scene.log_scales[a], again.log_scales[b], atol=2e-6)
    seen = opacity_of(scene.logit_opacities[a]), opacity_of(again.logit_opacities[b])
    np.testing.assert_allclose(*seen, atol=0.5 / 255 + 1e-6)
    clipped = np.clip(colour_of(scene.sh[a, 0]), 0, 1)
    np.testing.assert_allclose(clipped, colour_of(again.sh[b, 0]), atol=0.5 / 255 + 1e-6)
    assert turns(scene.quats[a], again.quats[b]).max() < 0.03
    assert again.degree == 0


def test_splat_files_begin_with_what_matters(kit: Kit, tmp_path: Path) -> None:
    scene = kit.make(300, 0)
    write_scene(tmp_path / "a.splat", scene)
    again = read_scene(tmp_path / "a.splat")
    importance = again.log_scales.sum(axis=1) + np.log(opacity_of(again.logit_opacities) + 1e-9)
    assert importance[:100].min() > np.median(importance)
    assert (np.diff(importance) < 0.1).mean() > 0.95  # opacities were rounded after sorting


@settings(max_examples=25, deadline=None)
@given(**SCENES)
def test_compressed_ply_rounds_within_its_chunks(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory, count: int, degree: int, seed: int
) -> None:
    scene = kit.make(count, degree, seed)
    path = tmp_path_factory.mktemp("compressed") / "a.compressed.ply"
    write_scene(path, scene)
    again = read_scene(path)
    order = morton_order(scene.means)
    np.testing.assert_allclose(scene.means[order], again.means, atol=6 / 1023 / 2 + 1e-5)
    np.testing.assert_allclose(scene.log_scales[order], again.log_scales, atol=5 / 1023 / 2 + 1e-5)
    seen = opacity_of(scene.logit_opacities[order]), opacity_of(again.logit_opacities)
    np.testing.assert_allclose(*seen, atol=0.5 / 255 + 1e-6)
    colours = colour_of(scene.sh[order, 0]), colour_of(again.sh[:, 0])
    np.testing.assert_allclose(*colours, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(scene.sh[order, 1:], again.sh[:, 1:], atol=4 / 255 + 1e-3)
    assert turns(scene.quats[order], again.quats).max() < 0.006
    assert again.degree == degree


@pytest.mark.parametrize("format", ["spz", "spz4"])
@settings(max_examples=20, deadline=None)
@given(**SCENES)
def test_spz_keeps_the_order_and_rounds(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory, format: str, count: int, degree: int, seed: int
) -> None:
    scene = kit.make(count, degree, seed, is_antialiased=bool(seed % 2))
    path = tmp_path_factory.mktemp("spz") / "a.spz"
    write_scene(path, scene, format)
    again = read_scene(path)
    np.testing.assert_allclose(scene.means, again.means, atol=0.5 / 4096 + 1e-6)
    np.testing.assert_allclose(scene.log_scales, again.log_scales, atol=0.5 / 16 + 1e-6)
    seen = opacity_of(scene.logit_opacities), opacity_of(again.logit_opacities)
    np.testing.assert_allclose(*seen, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(scene.sh[:, 0], again.sh[:, 0], atol=0.5 / 255 / 0.15 + 1e-6)
    np.testing.assert_allclose(scene.sh[:, 1:], again.sh[:, 1:], atol=0.5 / 128 + 1e-6)
    assert turns(scene.quats, again.quats).max() < 0.006
    assert again.is_antialiased is scene.is_antialiased


@settings(max_examples=15, deadline=None)
@given(**SCENES)
def test_sog_rounds_to_its_codebooks(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory, count: int, degree: int, seed: int
) -> None:
    scene = kit.make(count, degree, seed, is_antialiased=bool(seed % 2))
    path = tmp_path_factory.mktemp("sog") / "a.sog"
    write_scene(path, scene)
    again = read_scene(path)
    order = morton_order(scene.means)
    # 16 bits of a logarithm that is at most 2 * ln 4 wide, times the slope 1 + |x|.
    np.testing.assert_allclose(scene.means[order], again.means, atol=2.8 / 65535 / 2 * 4 + 1e-6)
    np.testing.assert_allclose(scene.log_scales[order], again.log_scales, atol=5 / 256 * 2)
    seen = opacity_of(scene.logit_opacities[order]), opacity_of(again.logit_opacities)
    np.testing.assert_allclose(*seen, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(scene.sh[order], again.sh, atol=1.6 / 256 * 2)
    assert turns(scene.quats[order], again.quats).max() < 0.025
    assert (again.is_antialiased, again.degree) == (scene.is_antialiased, degree)


def test_sog_is_read_back_bit_by_bit_once_it_was_rounded(kit: Kit, tmp_path: Path) -> None:
    """Few values fit into the codebooks, so a second round loses nothing but places and turns."""
    write_scene(tmp_path / "a.sog", kit.make(500, 2))
    first = read_scene(tmp_path / "a.sog")
    write_scene(tmp_path / "b.sog", first)
    second = read_scene(tmp_path / "b.sog")
    assert np.array_equal(np.sort(first.log_scales, axis=0), np.sort(second.log_scales, axis=0))
    assert np.array_equal(np.sort(first.sh, axis=0), np.sort(second.sh, axis=0))


def test_the_same_scene_gives_the_same_bundle(kit: Kit, tmp_path: Path) -> None:
    for name in ("a.sog", "b.sog"):
        write_scene(tmp_path / name, kit.make(300, 3))
    assert (tmp_path / "a.sog").read_bytes() == (tmp_path / "b.sog").read_bytes()


def test_many_rows_share_a_palette_near_to_them() -> None:
    rng = np.random.default_rng(0)
    centres = rng.standard_normal((32, 9)).astype(np.float32)
    rows = centres[rng.integers(0, 32, 5000)] + rng.normal(0, 0.01, (5000, 9)).astype(np.float32)
    palette, labels = palette_of(rows, 256)
    assert len(palette) <= 256
    assert np.abs(palette[labels] - rows).mean() < 0.03
    assert len(np.unique(labels)) == len(palette)
    np.testing.assert_allclose(palette[7], rows[labels == 7].mean(axis=0), atol=1e-5)
    same, _ = palette_of(np.ones((999, 9), np.float32), 16)
    assert same.tolist() == [[1.0] * 9]
    exact, numbers = palette_of(rows, 5000)
    assert np.array_equal(exact[numbers], rows)


def test_very_many_rows_are_parted_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = np.random.default_rng(1).standard_normal((4000, 4)).astype(np.float32)
    whole, parts = palette_of(rows, 64)
    monkeypatch.setattr("restora.io.scenes.palette._LOOKED_AT", 500)
    some, labels = palette_of(rows, 64)
    assert len(some) == 64
    errors = [np.abs(p[n] - rows).mean() for p, n in ((whole, parts), (some, labels))]
    assert errors[1] < 1.1 * errors[0]


@settings(deadline=None)
@given(st.integers(1, 2000), st.integers(1, 256), st.integers(0, 9))
def test_codes_are_near_and_sorted(count: int, most: int, seed: int) -> None:
    values = np.random.default_rng(seed).normal(0, 1, count).astype(np.float32)
    codes = codes_for(values, most)
    assert len(codes) == most
    assert (np.diff(codes) >= 0).all()
    chosen = codes[nearest_codes(values, codes)]
    assert (np.abs(chosen - values) <= np.abs(values[:, None] - codes).min(axis=1) + 1e-6).all()
    if count <= most:
        assert np.array_equal(chosen, values)


@pytest.mark.parametrize("name", ["a.splat", "a.compressed.ply", "a.spz", "a.ply", "a.sog"])
def test_edges_of_opacity_scale_and_place_survive(kit: Kit, tmp_path: Path, name: str) -> None:
    """One place for all, opacities of 0 and 1, scales of nothing: no division by zero, no NaN."""
    base = kit.make(300, 1)
    base.means[:] = base.means[0]
    base.logit_opacities[:150] = LARGEST_LOGIT
    base.logit_opacities[150:] = -LARGEST_LOGIT
    base.log_scales[:] = -20
    base.quats[:] = [0, 0, 0, -7]
    write_scene(tmp_path / name, base)
    again = read_scene(tmp_path / name)
    assert (again.count, again.dropped) == (300, 0)
    np.testing.assert_allclose(again.means, base.means, atol=1e-3)
    assert np.isfinite(again.log_scales).all()
    assert np.isfinite(again.logit_opacities).all()
    assert np.count_nonzero(again.logit_opacities > 5) == 150
    assert turns(again.quats, base.quats).max() < 0.02


def test_large_scenes_lose_places_in_spz_and_too_large_ones_are_refused(kit: Kit, tmp_path: Path) -> None:
    scene = kit.make(20, 0)
    scene.means[0] = 40_000
    assert "rounds positions to 1/128 of a unit" in losses_of(Path("a.spz"), scene)
    write_scene(tmp_path / "a.spz", scene)
    np.testing.assert_allclose(read_scene(tmp_path / "a.spz").means, scene.means, atol=0.5 / 128 + 0.01)
    scene.means[:] *= 1e6
    with pytest.raises(BadInputError, match="more than SPZ can hold"):
        write_scene(tmp_path / "b.spz", scene)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.spz"]


def test_what_each_format_loses_is_said(kit: Kit) -> None:
    scene = kit.make(30, 2, is_antialiased=True, extra={"label": np.zeros(30, np.float32)})
    scene.sh[0, 0] = 9
    splat = losses_of(Path("a.splat"), scene)
    assert splat[0] == "keeps no harmonics: colours no longer change with the side (the scene has degree 2)"
    assert "does not keep that the scene is antialiased" in splat
    assert "does not keep the columns label" in splat
    assert any(said.startswith("clips the colours of") for said in splat)
    compressed = losses_of(Path("a.compressed.ply"), scene)
    assert "keeps harmonics in 8 bits from -4 to 4" in compressed
    spz = losses_of(Path("a.spz"), scene)
    assert "does not keep that the scene is antialiased" not in spz
    assert any("clips very small or large scales" in said for said in spz)
    assert losses_of(Path("a.ply"), scene, "splat") == splat


def test_a_zero_rotation_in_a_splat_file_is_dropped(kit: Kit, tmp_path: Path) -> None:
    write_scene(tmp_path / "a.splat", kit.make(4, 0))
    content = bytearray((tmp_path / "a.splat").read_bytes())
    content[28:32] = bytes([128] * 4)
    (tmp_path / "a.splat").write_bytes(content)
    assert (read_scene(tmp_path / "a.splat").count, read_scene(tmp_path / "a.splat").dropped) == (3, 1)


def _old_spz(version: int, degree: int = 1) -> bytes:
    """Versions 1 and 2, and degree 4, made by hand: two Gaussians."""
    head = struct.pack("<4sIIBBBB", b"NGSP", version, 2, degree, 12, 0, 0)
    places = np.array([[1, -2, 3], [0.5, 0.25, -8]])
    if version == 1:
        first = places.astype("<f2").tobytes()
    else:
        fixed = (places * 4096).astype(np.int64) & 0xFFFFFF
        first = b"".join(int(each).to_bytes(3, "little") for each in fixed.flat)
    turn = bytes([128, 128, 255] * 2) if version < 3 else struct.pack("<II", 3 << 30, 3 << 30)
    bands = 3 * ((degree + 1) ** 2 - 1)
    rest = bytes([*range(100, 100 + bands)] * 2)
    return gzip.compress(head + first + bytes([255, 128]) + bytes([128] * 6) + bytes([160] * 6) + turn + rest)


@pytest.mark.parametrize("version", [1, 2, 3])
def test_old_versions_of_spz_are_read(tmp_path: Path, version: int) -> None:
    (tmp_path / "a.spz").write_bytes(_old_spz(version))
    item = open_item(tmp_path / "a.spz")
    assert item.probe.format == f"SPZ, version {version}"
    scene = item.scene()
    np.testing.assert_allclose(scene.means, [[1, 2, -3], [0.5, -0.25, 8]])
    assert scene.logit_opacities[0] == np.float32(LARGEST_LOGIT)
    np.testing.assert_allclose(scene.log_scales, 0)
    # Coefficient by coefficient, channel inside; y and z change their sign.
    np.testing.assert_allclose(scene.sh[0, 1:, 0] * 128, [-(100 - 128), -(103 - 128), 106 - 128])
    expected = [0, 0, 0, -1] if version < 3 else [1, 0, 0, 0]
    assert turns(scene.quats[:1], np.float32([expected]))[0] < 0.02


def test_harmonics_of_degree_four_are_cut_with_a_warning(tmp_path: Path) -> None:
    (tmp_path / "a.spz").write_bytes(_old_spz(3, 4))
    item = open_item(tmp_path / "a.spz")
    assert item.probe.degree == 3
    assert item.probe.warnings == ("its harmonics of degree 4 are cut to 3",)
    assert item.scene().sh.shape == (2, 16, 3)
    assert item.scene().sh[0, 15, 2] * 128 == pytest.approx(100 + 44 - 128)


def test_a_sog_folder_is_read_like_its_bundle(kit: Kit, tmp_path: Path) -> None:
    bundle = kit.vectors / "files" / "deg3.sog"
    with zipfile.ZipFile(bundle) as archive:
        archive.extractall(tmp_path / "unpacked")
    item = open_item(tmp_path / "unpacked")
    assert item.probe.format == "SOG, folder"
    assert kit.same(item.scene(), read_scene(bundle))


def test_checkpoints_of_several_ranks_are_put_together(kit: Kit, tmp_path: Path) -> None:
    import torch

    source = kit.vectors / "files" / "checkpoint_deg2.pt"
    for rank in range(3):
        shutil.copy(source, tmp_path / f"ckpt_29999_rank{rank}.pt")
    shutil.copy(source, tmp_path / "ckpt_6999_rank0.pt")
    item = open_item(tmp_path / "ckpt_29999_rank1.pt")
    assert item.probe.gaussians == 300
    assert "is read together with 2 files of other ranks" in item.probe.warnings
    assert item.scene().count == 300
    assert open_item(tmp_path / "ckpt_6999_rank0.pt").probe.gaussians == 100
    (tmp_path / "ckpt_29999_rank1.pt").unlink()
    with pytest.raises(FileProblemError, match="the files of rank 1 are not beside it"):
        open_item(tmp_path / "ckpt_29999_rank2.pt")
    assert torch.is_grad_enabled()


def test_opacities_come_back_from_logits() -> None:
    opacity = np.linspace(0, 1, 256).astype(np.float32)
    np.testing.assert_allclose(opacity_of(logit(opacity)), opacity, atol=2e-6)
    assert logit(np.float32([0, 1])).tolist() == [-np.float32(LARGEST_LOGIT), np.float32(LARGEST_LOGIT)]


@pytest.mark.parametrize(
    "file",
    [
        "deg3.ply",
        "permuted_ascii.ply",
        "deg3.compressed.ply",
        "deg3_v3.spz",
        "deg3_v4.spz",
        "deg3.sog",
        "deg2_level0.ksplat",
        "deg2_level2.ksplat",
        "checkpoint_deg2.pt",
        "deg3.splat",
    ],
)
@pytest.mark.parametrize("degree", [0, 1, 3])
def test_harmonics_can_be_left_out_while_reading(kit: Kit, file: str, degree: int) -> None:
    path = kit.vectors / "files" / file
    whole, item = read_scene(path), open_item(path, OpenOptions(degree=degree))
    expected = min(degree, whole.degree)
    assert (item.probe.degree, item.scene().degree) == (expected, expected)
    assert np.array_equal(item.scene().sh, whole.sh[:, : (expected + 1) ** 2])
    told = any("are left out, the file has degree" in warning for warning in item.probe.warnings)
    assert told is (expected < whole.degree)


def test_fewer_harmonics_need_less_memory(kit: Kit, tmp_path: Path) -> None:
    write_scene(tmp_path / "a.ply", kit.make(1000, 3))
    limit = 1000 * 4 * 30  # enough for 14 numbers each, not for 59
    with pytest.raises(FileProblemError, match="of degree 3, which take 0 MiB") as caught:
        read_scene(tmp_path / "a.ply", max_bytes=limit)
    assert "--as degree=0" in str(caught.value.advice)
    assert read_scene(tmp_path / "a.ply", degree=0, max_bytes=limit).count == 1000
    with pytest.raises(ParameterError, match="degree must be 0 to 3, got 4"):
        open_options({"degree": "4"})


def test_our_writers_agree_with_those_of_others(kit: Kit, tmp_path: Path) -> None:
    """What splat-transform wrote is written again as it was, but for the sign of a component of zero."""
    source = kit.vectors / "files" / "deg3_v3.spz"
    write_scene(tmp_path / "a.spz", read_scene(source))
    theirs, ours = (
        np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8) for path in (source, tmp_path / "a.spz")
    )
    assert np.count_nonzero(theirs != ours) <= 1
    packed = read_scene(kit.vectors / "files" / "deg3.compressed.ply")
    write_scene(tmp_path / "a.compressed.ply", packed)
    again = read_scene(tmp_path / "a.compressed.ply")
    # SuperSplat sorts as we do, so even the chunks are the same.
    assert np.array_equal(packed.means, again.means)
    assert np.array_equal(packed.sh, again.sh)
    assert np.array_equal(packed.log_scales, again.log_scales)


def test_compressed_ply_without_ranges_of_colours_keeps_plain_ones(kit: Kit, tmp_path: Path) -> None:
    whole = (kit.vectors / "files" / "deg3.compressed.ply").read_bytes()
    start = whole.index(b"end_header\n") + 11
    head = whole[:start]
    for channel in b"rgb":
        for end in (b"min", b"max"):
            head = head.replace(b"property float %s_%c\n" % (end, channel), b"")
    ranges = np.frombuffer(whole[start : start + 2 * 72], "<f4").reshape(2, 18)
    (tmp_path / "a.ply").write_bytes(head + ranges[:, :12].tobytes() + whole[start + 144 :])
    found, usual = read_scene(tmp_path / "a.ply"), read_scene(kit.vectors / "files" / "deg3.compressed.ply")
    assert np.array_equal(found.means, usual.means)
    low, high = (np.repeat(part, 256, axis=0)[:300] for part in (ranges[:, 12:15], ranges[:, 15:]))
    lifted = low + (high - low) * colour_of(found.sh[:, 0])
    np.testing.assert_allclose(lifted, colour_of(usual.sh[:, 0]), atol=1e-6)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_the_sections_of_a_ksplat_file_follow_each_other(kit: Kit, tmp_path: Path, level: int) -> None:
    source = kit.vectors / "files" / f"deg2_level{level}.ksplat"
    whole = source.read_bytes()
    head, section, data = bytearray(whole[:4096]), whole[4096:5120], whole[5120:]
    struct.pack_into("<II", head, 4, 4, 4)
    empty = bytearray(section)
    struct.pack_into("<I", empty, 0, 0)  # room for a hundred Gaussians that holds none
    struct.pack_into("<I", head, 16, 200)
    (tmp_path / "a.ksplat").write_bytes(bytes(head) + section + empty + section + bytes(1024) + data * 3)
    found, once = read_scene(tmp_path / "a.ksplat"), read_scene(source)
    assert found.count == 200
    for name in ("means", "quats", "log_scales", "logit_opacities", "sh"):
        twice = np.concatenate([getattr(once, name)] * 2)
        assert np.array_equal(getattr(found, name), twice)


def test_extensions_behind_the_streams_of_spz_are_ignored(kit: Kit, tmp_path: Path) -> None:
    source = kit.vectors / "files" / "deg3_v3.spz"
    content = bytearray(gzip.decompress(source.read_bytes()))
    content[14] |= 2
    (tmp_path / "a.spz").write_bytes(gzip.compress(bytes(content) + b"something that is new" * 99))
    assert kit.same(read_scene(tmp_path / "a.spz"), read_scene(source))
