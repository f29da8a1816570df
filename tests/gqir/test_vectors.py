from __future__ import annotations

from pathlib import Path

import pytest

from restora.testing.vector_table import report_text
from restora.testing.vectors import find_cases, run_vectors
from restora_gqir.vectors.adapter import Vectors

FOLDERS = (
    *("spad", "bayer", "loader", "color", "metrics"),
    *("qvae", "unet", "text", "fusion", "raft", "warp", "tiling"),
    pytest.param("pipeline", marks=pytest.mark.slow),
)


@pytest.fixture(scope="module")
def adapter() -> Vectors:
    return Vectors()


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_array_agrees_within_the_published_tolerance(
    folder: str, adapter: Vectors, vectors_folder: Path
) -> None:
    report = run_vectors([adapter], vectors_folder / folder)
    assert report.passed, report_text(report)


def test_no_case_is_left_out(adapter: Vectors, vectors_folder: Path) -> None:
    cases = find_cases(vectors_folder)
    assert {case.folder.name for case in cases} == {
        *("spad", "bayer", "loader", "color", "metrics", "pipeline"),
        *("qvae", "unet", "text", "fusion", "raft", "warp", "tiling"),
    }
    assert all(adapter.plan(case) is not None for case in cases)
