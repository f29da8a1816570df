"""Every array of the conformance vectors, and that the errors which vectors are for would be seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from restora.nets import scale_quantiser
from restora.testing.vector_table import report_text
from restora.testing.vectors import CaseState, find_cases, run_vectors
from restora_gsvar.net import positions, refiner, transformer
from restora_gsvar.vectors.adapter import Vectors

FOLDER = Path(__file__).parents[1] / "vectors" / "gsvar"
LONG = {"tile_pipeline"}
NAMES = tuple(
    pytest.param(case.name, marks=pytest.mark.slow) if case.name in LONG else case.name
    for case in find_cases(FOLDER)
)


@pytest.fixture(scope="module")
def adapter() -> Vectors:
    return Vectors()


def state_of(name: str, adapter: Vectors, folder: Path) -> tuple[CaseState, str]:
    for path in FOLDER.iterdir():
        if path.stem == name or path.name in {"config.json", "manifest_vae.json", "manifest_var.json"}:
            (folder / path.name).symlink_to(path)
    report = run_vectors([adapter], folder)
    [result] = report.cases
    return result.state, report_text(report)


@pytest.mark.parametrize("name", NAMES)
def test_every_array_agrees_within_the_published_tolerance(
    name: str, adapter: Vectors, tmp_path: Path
) -> None:
    state, text = state_of(name, adapter, tmp_path)
    assert state is CaseState.PASSED, text


def test_no_case_is_left_out_and_none_of_another_method_is_taken(adapter: Vectors) -> None:
    cases = find_cases(FOLDER)
    assert len(cases) == 19
    assert all(adapter.plan(case) is not None for case in cases)
    for other in ("dmdiff", "gqir"):
        assert all(adapter.plan(case) is None for case in find_cases(FOLDER.parent / other))


def phi_at_the_last_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    init = scale_quantiser.ScaleQuantiser.__init__

    def refining(self: scale_quantiser.ScaleQuantiser, **named: object) -> None:
        init(self, **{**named, "refines_last": True})  # type: ignore[arg-type]

    monkeypatch.setattr(scale_quantiser.ScaleQuantiser, "__init__", refining)


def sharpness_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("restora_gsvar.net.loading.LARGEST_SCALE", 100.0)


def halves_are_rotated_instead_of_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    def rotated(x: torch.Tensor, cosine: torch.Tensor, sine: torch.Tensor) -> torch.Tensor:
        first, second = x.chunk(2, dim=-1)
        return torch.cat([first * cosine - second * sine, first * sine + second * cosine], dim=-1)

    monkeypatch.setattr(transformer, "rotated", rotated)


def positions_span_the_last_grid(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(positions, "_EXTENT", 6.0)


def residuals_keep_their_training_scale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refiner, "RESIDUAL_SCALE", 1.0)


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("vqvae", phi_at_the_last_scale),
        ("infer_ref", sharpness_is_not_cut),
        ("infer_noref", halves_are_rotated_instead_of_pairs),
        ("infer_noref", positions_span_the_last_grid),
        ("diffusion", residuals_keep_their_training_scale),
    ],
)
def test_a_wrong_network_is_told_from_a_right_one(
    name: str, spoil: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spoil(monkeypatch)
    state, _ = state_of(name, Vectors(), tmp_path)
    assert state is CaseState.FAILED
