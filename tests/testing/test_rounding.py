"""Tolerances for short floats, derived from a float32 network that is rounded like them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from restora.testing.comparing import ONE_LEVEL, Tolerance, compare
from restora.testing.rounding import derived_tolerances, round_like


def network(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    layers: list[nn.Module] = []
    for _ in range(4):
        layers += [nn.Conv2d(8, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.SiLU()]
    return nn.Sequential(*layers).eval()


def inputs() -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(2).normal(size=(1, 8, 24, 24)).astype(np.float32))


def computed(net: nn.Module, x: torch.Tensor) -> np.ndarray:
    with torch.inference_mode():
        return net(x).float().numpy()


def derived() -> tuple[np.ndarray, Tolerance]:
    expected = computed(network(), inputs())
    emulated = network()
    round_like(emulated, torch.bfloat16)
    found = derived_tolerances({"y": computed(emulated, inputs())}, {"y": expected}, {})
    return expected, found["y"]


def test_a_sound_network_in_bf16_passes_and_is_not_far_from_what_was_derived() -> None:
    expected, tolerance = derived()
    found = computed(network().bfloat16(), inputs().bfloat16())
    assert compare("y", found, expected, tolerance).passed
    rms = float(np.sqrt(np.mean((found - expected) ** 2)))
    assert tolerance.root_mean_square is not None
    assert rms > 0.2 * tolerance.root_mean_square, "the tolerance is no blank cheque"


def test_a_coarser_type_and_a_small_defect_do_not_pass() -> None:
    expected, tolerance = derived()
    coarse = network()
    round_like(coarse, torch.float8_e4m3fn)
    assert not compare("y", computed(coarse, inputs()), expected, tolerance).passed
    shifted = network()
    with torch.no_grad():
        shifted[1].bias += 0.1  # type: ignore[operator]
    assert not compare("y", computed(shifted.bfloat16(), inputs().bfloat16()), expected, tolerance).passed


def test_what_is_not_rounded_keeps_its_usual_tolerance() -> None:
    expected = {"y": np.ones(5, np.float32), "n": np.arange(5), "u8": np.full(5, 9, np.uint8)}
    emulated = {"y": np.ones(5), "n": np.arange(5), "u8": np.array([9, 9, 9, 9, 12])}
    found = derived_tolerances(emulated, expected, {"u8": ONE_LEVEL, "y": Tolerance(limit=0.5)})
    assert found["y"] == Tolerance(limit=0.5)
    assert found["n"].allowed(expected["n"]) == 0
    assert found["u8"].allowed(expected["u8"]) == 10


def test_the_root_mean_square_is_looked_at_beside_the_largest_value() -> None:
    tolerance = Tolerance(limit=1.0, root_mean_square=0.1)
    expected = np.ones(100)
    spike = expected.copy()
    spike[0] = 1.9
    verdict = compare("y", spike, expected, tolerance)
    assert verdict.passed
    assert verdict.note == "rms 0.09 of 0.1"
    assert not compare("y", expected + 0.2, expected, tolerance).passed
