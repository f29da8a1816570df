from __future__ import annotations

import pytest
import torch
from torch.nn import functional

from restora.errors import WeightsFormatError
from restora.nets.lora import fold_lora, lora_pairs

CPU = torch.device("cpu")


def fold(
    base: dict[str, torch.Tensor], lora: dict[str, torch.Tensor], strength: float
) -> dict[str, torch.Tensor]:
    pairs = lora_pairs(lora, source="lora.pth")
    return fold_lora(dict(base), pairs, strength=strength, dtype=torch.float32, device=CPU, source="lora.pth")


def test_a_folded_linear_layer_computes_what_the_layer_and_its_correction_compute() -> None:
    torch.manual_seed(0)
    weight, down, up, x = torch.randn(6, 5), torch.randn(2, 5), torch.randn(6, 2), torch.randn(3, 5)
    lora = {"a.lora_A.default.weight": down, "a.lora_B.default.weight": up}
    folded = fold({"a.weight": weight, "b.weight": weight}, lora, 0.5)
    torch.testing.assert_close(x @ folded["a.weight"].T, x @ weight.T + 0.5 * (x @ down.T @ up.T))
    assert torch.equal(folded["b.weight"], weight)


def test_a_folded_convolution_computes_what_the_layer_and_its_correction_compute() -> None:
    torch.manual_seed(0)
    weight, down, up = torch.randn(6, 5, 3, 3), torch.randn(2, 5, 3, 3), torch.randn(6, 2, 1, 1)
    x = torch.randn(1, 5, 8, 8)
    lora = {"c.lora_A.default.weight": down, "c.lora_B.default.weight": up}
    folded = fold({"c.weight": weight}, lora, 1.0)["c.weight"]
    both = functional.conv2d(x, weight, padding=1) + functional.conv2d(
        functional.conv2d(x, down, padding=1), up
    )
    torch.testing.assert_close(functional.conv2d(x, folded, padding=1), both, atol=1e-4, rtol=1e-4)


def test_folding_empties_the_base_and_leaves_nothing_shared_with_it() -> None:
    base = {"a.weight": torch.ones(2, 2), "b.bias": torch.ones(2)}
    kept = base["b.bias"]
    lora = {"a.lora_A.x.weight": torch.ones(1, 2), "a.lora_B.x.weight": torch.ones(2, 1)}
    pairs = lora_pairs(lora, source="l")
    folded = fold_lora(base, pairs, dtype=torch.bfloat16, device=CPU, source="l")
    assert base == {}
    assert folded["a.weight"].dtype is torch.bfloat16
    assert folded["b.bias"].data_ptr() != kept.data_ptr()


REFUSALS = [
    ({"a.lora_A.x.weight": torch.ones(1, 2)}, "a has only one of its two factors"),
    ({"a.weight": torch.ones(1)}, "it holds no LoRA tensors"),
    (
        {"a.lora_A.x.weight": torch.ones(1, 2), "a.lora_B.x.weight": torch.ones(2, 3)},
        r"the factors of a do not fit together: \(1, 2\) and \(2, 3\)",
    ),
    (
        {"z.lora_A.x.weight": torch.ones(1, 2), "z.lora_B.x.weight": torch.ones(2, 1)},
        r"corrects z\.weight of shape \(2, 2\), but its base has nothing",
    ),
    (
        {"a.lora_A.x.weight": torch.ones(1, 3), "a.lora_B.x.weight": torch.ones(2, 1)},
        r"corrects a\.weight of shape \(2, 3\), but its base has \(2, 2\)",
    ),
]


@pytest.mark.parametrize(("lora", "sentence"), REFUSALS)
def test_corrections_that_do_not_fit_are_refused(lora: dict[str, torch.Tensor], sentence: str) -> None:
    with pytest.raises(WeightsFormatError, match=sentence):
        fold({"a.weight": torch.ones(2, 2)}, lora, 1.0)
