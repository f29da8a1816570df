"""Low-rank branches whose middle matrix differs from picture to picture, as pure functions of that matrix.

A branch adds s B Q A x to its layer (row vectors: x A^T Q B^T); Q comes from the degradation map. Which Q
counts is stated around a call by `modulated`, in a context variable: threads do not see each other's, and
nothing about a picture stays on the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restora.errors import WeightsFormatError
from restora.nets.lora import LoraPair


@dataclass(frozen=True, slots=True, kw_only=True)
class Modulation:
    """The middle matrices of one call of a network."""

    matrices: Tensor | None
    """N x blocks x r x r for N pictures, or 1 x blocks x r x r for all; None switches the branches off."""
    is_merged: bool = False
    """Whether branches are added into their layer's weight first: fewer operations, for one Q only."""

    def __post_init__(self) -> None:
        if self.is_merged and self.matrices is not None and self.matrices.shape[0] != 1:
            raise ValueError(f"one weight cannot hold the branches of {self.matrices.shape[0]} pictures")

    def row(self, row: int) -> Tensor | None:
        """The matrices of one block, N x r x r."""
        return None if self.matrices is None else self.matrices[:, row]


_CURRENT: ContextVar[Modulation] = ContextVar("restora_dmdiff_modulation")


@contextmanager
def modulated(modulation: Modulation) -> Iterator[None]:
    """Calls inside the block, on this thread, use these matrices."""
    token = _CURRENT.set(modulation)
    try:
        yield
    finally:
        _CURRENT.reset(token)


class Modulated(nn.Module):
    """A linear layer or convolution with its branch; raises LookupError outside of `modulated`."""

    down: Tensor
    """r x in, or r x in x kh x kw."""
    up: Tensor
    """out x r, or out x r x 1 x 1."""

    def __init__(self, base: nn.Linear | nn.Conv2d, pair: LoraPair, *, scale: float, row: int) -> None:
        super().__init__()
        self.base = base
        self.scale = scale
        self.row = row
        self.register_buffer("down", pair.down)
        self.register_buffer("up", pair.up)

    def forward(self, x: Tensor) -> Tensor:
        """What the layer gives, plus its branch."""
        modulation = _CURRENT.get()
        matrices = modulation.row(self.row)
        if matrices is None:
            base: Tensor = self.base(x)
            return base
        if modulation.is_merged:
            return self._plain(x, self.merged_weight(matrices[0]), self.base.bias)
        branch = self._bent(self._narrow(x), matrices.to(x.dtype))
        answer: Tensor = self.base(x) + self.scale * self._wide(branch)
        return answer

    def merged_weight(self, matrix: Tensor) -> Tensor:
        """W + s B Q^T A in the shape of W, for one Q of r x r."""
        weight = self.base.weight
        left = (self.scale * self.up.flatten(1).float() @ matrix.float().T).to(weight.dtype)
        return torch.addmm(weight.flatten(1), left, self.down.flatten(1)).view(weight.shape)

    def _narrow(self, x: Tensor) -> Tensor:
        return self._plain(x, self.down, None)

    def _bent(self, t: Tensor, matrices: Tensor) -> Tensor:
        """t'_j = sum_k t_k Q[k, j] along the axis of the rank."""
        if isinstance(self.base, nn.Linear):
            return t @ matrices
        return (matrices.mT @ t.flatten(2)).view(t.shape)

    def _wide(self, t: Tensor) -> Tensor:
        return F.linear(t, self.up) if isinstance(self.base, nn.Linear) else F.conv2d(t, self.up)

    def _plain(self, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if isinstance(self.base, nn.Linear):
            return F.linear(x, weight, bias)
        return F.conv2d(x, weight, bias, stride=self.base.stride, padding=self.base.padding)


def attach(
    network: nn.Module,
    pairs: Mapping[str, LoraPair],
    rows: Mapping[str, int],
    *,
    scale: float,
    source: object,
) -> None:
    """Put branches on the layers of `network`; `pairs` and `rows` are named by the layer's weight.

    Raises WeightsFormatError, naming `source`, where a branch has no layer of its shape.
    """
    for name, pair in pairs.items():
        layer = name.removesuffix(".weight")
        base = _layer(network, layer)
        shape = (pair.up.shape[0], *pair.down.shape[1:])
        if base is None or tuple(base.weight.shape) != shape:
            found = "nothing" if base is None else tuple(base.weight.shape)
            raise WeightsFormatError(
                source, f"its branch of {layer} fits {shape}, but the base model has {found}"
            )
        placed = LoraPair(down=_as(pair.down, base), up=_as(pair.up, base))
        network.set_submodule(layer, Modulated(base, placed, scale=scale, row=rows[name]))


def _layer(network: nn.Module, name: str) -> nn.Linear | nn.Conv2d | None:
    try:
        layer = network.get_submodule(name)
    except AttributeError:
        return None
    return layer if isinstance(layer, nn.Linear | nn.Conv2d) else None


def _as(factor: Tensor, base: nn.Linear | nn.Conv2d) -> Tensor:
    return factor.to(base.weight.device, base.weight.dtype, copy=True)
