"""Every array of the conformance vectors, and that the errors which vectors are for would be seen."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from restora.nets.lora import LoraPair
from restora.testing.vector_table import report_text
from restora.testing.vectors import CaseState, find_cases, run_vectors
from restora_dmdiff.net import loading, low_rank
from restora_dmdiff.vectors.adapter import Vectors

LONG = {"musiq_image", "end_to_end"}
"""Fields of full size, which take more than ten seconds on one core."""
FOLDER = Path(__file__).parents[1] / "vectors" / "dmdiff"
NAMES = tuple(
    pytest.param(name, marks=pytest.mark.slow) if name in LONG else name
    for name in sorted(path.stem for path in FOLDER.glob("*.npz"))
)


@pytest.fixture(scope="module")
def adapter() -> Vectors:
    return Vectors()


def state_of(name: str, adapter: Vectors, tmp_path: Path) -> tuple[CaseState, str]:
    """How one case of the folder ends."""
    for path in FOLDER.iterdir():
        if path.suffix == ".json" or path.stem == name or (name == "end_to_end" and path.suffix == ".npz"):
            (tmp_path / path.name).symlink_to(path)
    report = run_vectors([adapter], tmp_path)
    [result] = [each for each in report.cases if each.name == name]
    return result.state, report_text(report)


@pytest.mark.parametrize("name", NAMES)
def test_every_array_agrees_within_the_published_tolerance(
    name: str, adapter: Vectors, tmp_path: Path
) -> None:
    state, text = state_of(name, adapter, tmp_path)
    assert state is CaseState.PASSED, text


def test_no_case_is_left_out_and_none_of_another_method_is_taken(adapter: Vectors) -> None:
    cases = find_cases(FOLDER)
    assert len(cases) == 21
    assert all(adapter.plan(case) is not None for case in cases)
    other = FOLDER.parent / "gqir"
    assert all(adapter.plan(case) is None for case in find_cases(other))


def q_transposed(monkeypatch: pytest.MonkeyPatch) -> None:
    row = low_rank.Modulation.row
    monkeypatch.setattr(low_rank.Modulation, "row", lambda self, index: row(self, index).mT)


def scale_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    attach = low_rank.attach

    def unscaled(*args: object, scale: float, **named: object) -> None:
        del scale
        attach(*args, scale=1.0, **named)

    monkeypatch.setattr(loading, "attach", unscaled)


def encoder_rows_swapped(monkeypatch: pytest.MonkeyPatch) -> None:
    rows_of = loading.encoder_rows
    swapped = {4: 5, 5: 4}
    monkeypatch.setattr(
        loading,
        "encoder_rows",
        lambda names, levels: {name: swapped.get(row, row) for name, row in rows_of(names, levels).items()},
    )


def first_convolution_of_the_base(monkeypatch: pytest.MonkeyPatch) -> None:
    build = loading.build_unet
    seen: dict[str, torch.Tensor] = {}
    placed = loading.Loader._placed

    def remembered(self: loading.Loader, part: str, dtype: torch.dtype) -> dict[str, torch.Tensor]:
        tensors = placed(self, part, dtype)
        if part == "unet":
            seen.update({name: tensors[name] for name in ("conv_in.weight", "conv_in.bias")})
        return tensors

    monkeypatch.setattr(loading.Loader, "_placed", remembered)
    monkeypatch.setattr(
        loading,
        "build_unet",
        lambda tensors, config, source: build({**tensors, **seen}, config, source=source),
    )


@pytest.mark.parametrize(
    ("name", "spoil"),
    [
        ("unet", q_transposed),
        ("vae_encode", q_transposed),
        ("unet", scale_of_one),
        ("vae_encode", encoder_rows_swapped),
        ("unet", first_convolution_of_the_base),
        ("unet_no_lora", first_convolution_of_the_base),
    ],
)
def test_a_wrong_network_is_told_from_a_right_one(
    name: str, spoil: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    spoil(monkeypatch)  # type: ignore[operator]  # one of the functions above
    state, _ = state_of(name, Vectors(), tmp_path)
    assert state is CaseState.FAILED


def test_a_merged_weight_gives_what_the_branch_gives(adapter: Vectors) -> None:
    generator = torch.Generator().manual_seed(3)
    base = torch.nn.Conv2d(6, 9, 3, stride=2, padding=1)
    pair = LoraPair(
        down=torch.randn(4, 6, 3, 3, generator=generator), up=torch.randn(9, 4, 1, 1, generator=generator)
    )
    layer = low_rank.Modulated(base, pair, scale=0.25, row=1)
    q, x = torch.randn(1, 2, 4, 4, generator=generator), torch.randn(3, 6, 8, 7, generator=generator)
    with low_rank.modulated(low_rank.Modulation(matrices=q)):
        apart = layer(x)
    with low_rank.modulated(low_rank.Modulation(matrices=q, is_merged=True)):
        merged = layer(x)
    torch.testing.assert_close(merged, apart, rtol=0, atol=1e-5)


def test_branches_of_several_pictures_cannot_be_merged() -> None:
    with pytest.raises(ValueError, match="2 pictures"):
        low_rank.Modulation(matrices=torch.zeros(2, 1, 4, 4), is_merged=True)


def test_a_layer_called_without_stated_matrices_fails_instead_of_leaving_its_branch_out() -> None:
    pair = LoraPair(down=torch.zeros(2, 3), up=torch.zeros(4, 2))
    layer = low_rank.Modulated(torch.nn.Linear(3, 4), pair, scale=1.0, row=0)
    with pytest.raises(LookupError):
        layer(torch.zeros(1, 1, 3))
