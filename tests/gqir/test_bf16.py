"""The networks also in bfloat16, within what rounding to it costs a float32 network on the same inputs."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from restora.testing.comparing import compare
from restora.testing.vector_table import report_text
from restora.testing.vectors import Case, run_vectors
from restora_gqir.net.one_step import Generator, published_alpha
from restora_gqir.vectors import networks
from restora_gqir.vectors.adapter import Vectors


@pytest.fixture(scope="module")
def adapter() -> Vectors:
    return Vectors("bf16")


FOLDERS = ("unet", "text", *(pytest.param(name, marks=pytest.mark.slow) for name in ("qvae", "pipeline")))


@pytest.mark.parametrize("folder", FOLDERS)
def test_every_array_agrees_within_the_derived_tolerance(
    folder: str, adapter: Vectors, vectors_folder: Path
) -> None:
    report = run_vectors([adapter], vectors_folder / folder)
    assert report.passed, report_text(report)
    notes = [each.note for case in report.cases for each in case.comparisons]
    assert any(note.startswith("rms") for note in notes), "something was computed in bfloat16"


@pytest.mark.parametrize("defect", ["lora", "alpha"])
def test_the_derived_tolerance_is_too_narrow_for_a_defect(
    defect: str, adapter: Vectors, vectors_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = Case(root=vectors_folder, path=vectors_folder / "unet" / "one_step.npz")
    plan = adapter.plan(case)
    assert plan is not None
    assert plan.derive is not None
    arrays = case.arrays() if plan.arrays is None else dict(plan.arrays)
    inputs = {name: arrays.pop(name) for name in ("z_lq", "text_embed")}
    tolerances = plan.derive(inputs, arrays)
    plain = networks.one_step_generator

    def broken(*given: object, strength: float) -> Generator:
        made = plain(*given, strength=0.7 if defect == "lora" else strength)  # type: ignore[arg-type]
        if defect == "alpha":
            made = replace(made, alpha=published_alpha(300))
        return made

    monkeypatch.setattr(networks, "one_step_generator", broken)
    found = plan.run(inputs)["z_out"]
    assert not compare("z_out", found, arrays["z_out"], tolerances["z_out"]).passed
