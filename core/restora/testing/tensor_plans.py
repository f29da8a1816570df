"""Plans of cases for networks: tensors in, arrays out, no gradients, and a look inside."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np

from restora.testing.comparing import Tolerance
from restora.testing.placing import placed
from restora.testing.vectors import Arrays, Plan

if TYPE_CHECKING:
    from torch import Tensor, nn


def tensor(given: Arrays, name: str) -> Tensor:
    """An input, float32, on the device that computes."""
    import torch

    return placed(torch.from_numpy(np.array(given[name])).float())


def whole(given: Arrays, name: str) -> int:
    """An input that is one whole number."""
    return int(np.asarray(given[name], np.int64).reshape(-1)[0])


def number(given: Arrays, name: str) -> float:
    """An input that is one number."""
    return float(np.asarray(given[name], np.float64).reshape(-1)[0])


def tensor_plan(
    run: Callable[[Arrays], Mapping[str, Tensor]],
    *inputs: str,
    tolerance: Tolerance | None = None,
    tolerances: Mapping[str, Tolerance] | None = None,
    arrays: Arrays | None = None,
) -> Plan:
    """A plan whose tensors become arrays and that computes without gradients."""

    def computed(given: Arrays) -> dict[str, object]:
        import torch

        with torch.inference_mode():
            return {name: _array(part) for name, part in run(given).items()}

    return Plan(run=computed, inputs=inputs, tolerance=tolerance, tolerances=tolerances or {}, arrays=arrays)


def _array(part: Tensor) -> object:
    """As it is, or float32 where numpy does not know its type."""
    import torch

    return (part.float() if part.dtype is torch.bfloat16 else part).cpu().numpy()


@contextmanager
def outputs_of(network: nn.Module, **modules: str) -> Iterator[dict[str, Tensor]]:
    """What the named modules put out last, by the names given to them."""
    seen: dict[str, Tensor] = {}

    def keep(name: str, output: object) -> None:
        seen[name] = output[0] if isinstance(output, tuple) else output  # type: ignore[assignment]  # networks give tensors

    hooks = [
        network.get_submodule(module).register_forward_hook(lambda _m, _i, out, name=name: keep(name, out))
        for name, module in modules.items()
    ]
    try:
        yield seen
    finally:
        for hook in hooks:
            hook.remove()
