"""The core's own vectors, run as a person would run them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from restora.plugins.host import PluginHost
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


@pytest.mark.parametrize("name", ["deg0.ply", "deg1.ply", "deg2.ply", "deg3.ply", "permuted_ascii.ply"])
def test_the_vectors_of_files_pass(name: str) -> None:
    report = run_vectors(adapters_for(HOST, "splats"), VECTORS)
    case = next(case for case in report.cases if case.name == f"files/expected/{name}")
    assert case.state is CaseState.PASSED, case
    refused = [case for case in report.cases if case.name.startswith(("files/bad_", "files/point_cloud"))]
    assert len(refused) == 4
    assert all(case.state is CaseState.PASSED for case in refused)


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
