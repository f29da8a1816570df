"""The core's own vectors, run as a person would run them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from restora.plugins.host import PluginHost
from restora.testing.splats.cameras import CameraFiles
from restora.testing.splats.files import SceneFiles
from restora.testing.vectors import CaseState, adapters_for, run_vectors

VECTORS = Path(__file__).parent.parent / "vectors" / "splats"
HOST = PluginHost(folders=(), only=frozenset())


def test_files_that_differ_from_their_expectation_fail(tmp_path: Path) -> None:
    shutil.copytree(VECTORS / "files", tmp_path / "files")
    shutil.copy(VECTORS / "files" / "deg1.ply", tmp_path / "files" / "bad_but_sound.ply")
    shutil.copy(VECTORS / "files" / "deg1.ply", tmp_path / "files" / "deg0.ply")
    report = run_vectors(adapters_for(HOST, "splats"), tmp_path)
    failed = {case.name for case in report.cases if case.state is CaseState.FAILED}
    assert {"files/bad_but_sound", "files/expected/deg0.ply"} <= failed
    assert not report.passed


def test_all_files_and_cameras_agree_with_their_expectation() -> None:
    report = run_vectors([SceneFiles(), CameraFiles()], VECTORS)
    ran = {
        case.name: case for case in report.cases if case.name.startswith(("files/", "cameras/", "colmap/"))
    }
    assert len(ran) == 14 + 4 + 4 + 2  # decoded, refused, JSON, COLMAP
    assert [str(case) for case in ran.values() if case.state is not CaseState.PASSED] == []


RENDERS = [
    "deg0_background",
    "deg1_antialiased",
    "deg2_tall_clip",
    "deg3_orbit",
    "deg3_used1",
    "opaque_stop",
    "opaque_stop_cap099",
    "ortho_deg1",
]


@pytest.mark.parametrize("name", RENDERS)
def test_the_vectors_of_pictures_pass(name: str, tmp_path: Path) -> None:
    shutil.copy(VECTORS / "cases.json", tmp_path)
    shutil.copy(VECTORS / f"{name}.npz", tmp_path)
    (case,) = run_vectors(adapters_for(HOST, "splats"), tmp_path).cases
    assert case.state is CaseState.PASSED, case
    compared = {each.output for each in case.comparisons}
    assert {"rgb stable", "alpha mostly", "depth anywhere", "cam0_conics"} <= compared


def test_a_picture_of_another_cap_fails(tmp_path: Path) -> None:
    shutil.copy(VECTORS / "cases.json", tmp_path)
    shutil.copy(VECTORS / "opaque_stop_cap099.npz", tmp_path / "opaque_stop.npz")
    (case,) = run_vectors(adapters_for(HOST, "splats"), tmp_path).cases
    assert case.state is CaseState.FAILED
    assert any(each.output == "rgb stable" and not each.passed for each in case.comparisons)


def test_the_vectors_of_gradients_pass(tmp_path: Path) -> None:
    shutil.copy(VECTORS / "cases.json", tmp_path)
    shutil.copy(VECTORS / "gradients_deg2.npz", tmp_path)
    (case,) = run_vectors(adapters_for(HOST, "splats"), tmp_path).cases
    assert case.state is CaseState.PASSED, case
    assert len(case.comparisons) == 6
