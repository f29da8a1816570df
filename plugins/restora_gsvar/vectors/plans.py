"""What the cases' plans share: tensors in, arrays out, no gradients, and a look inside networks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor, nn

from restora.data.arrays import ImageArray
from restora.testing.comparing import Tolerance, Unit
from restora.testing.placing import placed
from restora.testing.vectors import Arrays, Plan

FLOAT32 = Tolerance(limit=1e-4, unit=Unit.LARGEST)
"""As the vectors' README states it."""
WHOLE = Tolerance(limit=1e-3, unit=Unit.LARGEST)
"""The same, for what comes after the refiner."""
SUMS = Tolerance(limit=1e-4, unit=Unit.LARGEST)
"""For sums in double precision over what was computed in single precision."""
FIGURE = Tolerance(limit=1e-4)
"""For single figures in double precision that follow from single precision."""


def tensor(given: Arrays, name: str) -> Tensor:
    """An input, float32, on the device that computes."""
    return placed(torch.from_numpy(np.array(given[name])).float())


def pictures(given: Arrays, name: str) -> Tensor:
    """B x H x W x 3 bytes as the networks take them: B x 3 x H x W in -1..1."""
    return tensor(given, name).permute(0, 3, 1, 2) / 255 * 2 - 1


def unit(picture: np.ndarray) -> ImageArray:
    """Bytes as 0..1."""
    return np.asarray(picture, np.float32) / np.float32(255)


def bytes_cut(picture: np.ndarray) -> Tensor:
    """H x W x 3 in 0..1 as 1 x H x W x 3 bytes, cut off instead of rounded, as published."""
    return torch.from_numpy((255 * picture).clip(0, 255).astype(np.uint8))[None]


def number(given: Arrays, name: str) -> float:
    """An input that is one number."""
    return float(np.asarray(given[name], np.float64).reshape(-1)[0])


def plan(
    run: Callable[[Arrays], Mapping[str, Tensor]],
    *inputs: str,
    tolerance: Tolerance = FLOAT32,
    tolerances: Mapping[str, Tolerance] | None = None,
    arrays: Arrays | None = None,
) -> Plan:
    """A plan whose tensors become arrays and that computes without gradients."""

    def computed(given: Arrays) -> dict[str, object]:
        with torch.inference_mode():
            return {name: part.cpu().numpy() for name, part in run(given).items()}

    return Plan(run=computed, inputs=inputs, tolerance=tolerance, tolerances=tolerances or {}, arrays=arrays)


@contextmanager
def outputs_of(network: nn.Module, **modules: str) -> Iterator[dict[str, Tensor]]:
    """What the named modules put out last, by the names given to them."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        first = output[0] if isinstance(output, tuple) else output
        assert isinstance(first, Tensor), f"{name} gives {type(first).__name__}"
        seen[name] = first

    hooks = [
        network.get_submodule(module).register_forward_hook(lambda _m, _i, out, name=name: keep(name, out))
        for name, module in modules.items()
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
