"""Low-rank corrections in published files, added into the weights they correct."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from restora.errors import WeightsFormatError

_DOWN, _UP = ".lora_A.", ".lora_B."


@dataclass(frozen=True, slots=True, kw_only=True)
class LoraPair:
    """The two factors of one correction: `up` times `down`."""

    down: Tensor
    """rank x in for linear layers, rank x in x height x width for convolutions."""
    up: Tensor
    """out x rank, or out x rank x 1 x 1."""

    def product(self, device: torch.device) -> Tensor:
        """The correction in the shape of the weight, float32, computed on `device`."""
        left, right = (factor.to(device, torch.float32).flatten(1) for factor in (self.up, self.down))
        return (left @ right).reshape(self.up.shape[0], *self.down.shape[1:])


def lora_pairs(tensors: Mapping[str, Tensor], *, source: object) -> dict[str, LoraPair]:
    """Corrections by the name of the weight they belong to.

    Names look like `layer.lora_A.ADAPTER.weight`. Raises WeightsFormatError, naming `source`, for a factor
    without its partner and for anything else in the file.
    """
    layers = lora_layers(tensors, source=source)
    pairs: dict[str, LoraPair] = {}
    for layer, (down, up) in layers.items():
        pair = LoraPair(down=tensors[down], up=tensors[up])
        if pair.down.shape[0] != pair.up.shape[1] or (pair.up.ndim == 4 and pair.up.shape[2:] != (1, 1)):
            found = f"{tuple(pair.down.shape)} and {tuple(pair.up.shape)}"
            raise WeightsFormatError(source, f"the factors of {layer} do not fit together: {found}")
        pairs[f"{layer}.weight"] = pair
    return pairs


def lora_layers(names: Iterable[str], *, source: object) -> dict[str, tuple[str, str]]:
    """The names of both factors by layer; refuses as `lora_pairs`."""
    downs: dict[str, str] = {}
    ups: dict[str, str] = {}
    for name in names:
        for mark, found in ((_DOWN, downs), (_UP, ups)):
            layer, is_factor, _adapter = name.partition(mark)
            if is_factor:
                found[layer] = name
    alone = sorted(downs.keys() ^ ups.keys())
    if alone or not downs:
        problem = f"{alone[0]} has only one of its two factors" if alone else "it holds no LoRA tensors"
        raise WeightsFormatError(source, problem)
    return {layer: (downs[layer], ups[layer]) for layer in downs}


def fold_lora(
    base: dict[str, Tensor],
    pairs: Mapping[str, LoraPair],
    *,
    strength: float = 1.0,
    dtype: torch.dtype,
    device: torch.device,
    source: object,
    each: Callable[[], None] = lambda: None,
) -> dict[str, Tensor]:
    """All of `base` on `device` in `dtype`, with `strength` times its corrections; computed in float32.

    `base` is emptied on the way, so that memory holds one set only; `each` is called before every weight.
    Raises WeightsFormatError, naming `source`, where a correction has no weight of its shape in `base`; then
    nothing was done.
    """
    for name, pair in pairs.items():
        shape = (pair.up.shape[0], *pair.down.shape[1:])
        found = tuple(base[name].shape) if name in base else "nothing"
        if found != shape:
            raise WeightsFormatError(source, f"corrects {name} of shape {shape}, but its base has {found}")
    folded: dict[str, Tensor] = {}
    for name in list(base):
        each()
        weight = base.pop(name).to(device)
        if name in pairs:
            weight = weight.float() + strength * pairs[name].product(device)
        # A copy: otherwise an uncorrected weight would stay mapped to its file, and keep it there.
        folded[name] = weight.to(dtype, copy=True)
    return folded
