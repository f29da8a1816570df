"""What computing with short floats must cost: a float32 network whose weights and layers are rounded to them.

From it follow the tolerances for networks that run in such a type. The emulation rounds every weight once
and every layer's output once, as the type itself does; sums inside a layer stay in float32. What it leaves
out are the additions and products between layers and what a processor's kernels do inside them, so a network
that is right lies within a small multiple of the emulated error, and one that computes a constant, a time
step or a normalisation in the short type where it must not lies far beyond.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from restora.testing.comparing import Tolerance, Unit, default_tolerance

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

ALLOWED_MULTIPLE = 2.0
"""Of the emulated root mean square: what is not emulated may cost as much again."""
_LARGEST_MULTIPLE = 3.0
"""Of the emulated largest error: extremes of a sample scatter more than its mean."""


def round_like(network: torch.nn.Module, dtype: torch.dtype) -> None:
    """Make a float32 network behave as if every weight and every layer's output were kept in `dtype`."""
    import torch

    with torch.no_grad():
        for weight in (*network.parameters(), *network.buffers()):
            if weight.dtype is torch.float32:
                weight.copy_(weight.to(dtype))
    for layer in network.modules():
        if next(layer.children(), None) is None:
            layer.register_forward_hook(lambda _layer, _given, out: _rounded(out, dtype))


def _rounded(output: object, dtype: torch.dtype) -> object:
    import torch

    if not isinstance(output, torch.Tensor) or output.dtype is not torch.float32:
        return output
    return output.to(dtype).float()


def derived_tolerances(
    emulated: Mapping[str, object],
    expected: Mapping[str, NDArray[np.generic]],
    stated: Mapping[str, Tolerance],
) -> dict[str, Tolerance]:
    """Per output twice what the emulation is off as root mean square, and three times its largest error.

    Where that is no more than what is `stated` for float32 the latter holds. 8-bit pictures may be off by one
    level more, as a rounding may fall either way.
    """
    found = {}
    for name, array in expected.items():
        if name not in emulated:
            continue
        wanted = array.astype(np.float64)
        error = np.asarray(emulated[name], np.float64).reshape(array.shape) - wanted
        usual = stated.get(name) or default_tolerance(array)
        largest = float(np.abs(error).max(initial=0.0))
        if largest <= usual.allowed(array):
            found[name] = usual
            continue
        level = 0.0 if array.dtype.kind == "f" else 1.0
        found[name] = Tolerance(
            limit=_LARGEST_MULTIPLE * largest + level,
            unit=Unit.ABSOLUTE,
            root_mean_square=ALLOWED_MULTIPLE * float(np.sqrt(np.mean(np.square(error)))) + level,
        )
    return found
