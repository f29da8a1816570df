"""LPIPS: how differently a network of vision sees two pictures (Zhang et al., CVPR 2018, version 0.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor, nn

from restora.errors import WeightsFormatError

Backbone = Literal["alex", "vgg"]

SMALLEST = 32
"""Pixels a side below which AlexNet's last layer sees nothing."""
_SHIFT, _SPREAD = (-0.030, -0.088, -0.188), (0.458, 0.448, 0.450)
"""What the networks' inputs, -1..1, were normalised by."""
_EPS = 1e-10
_FEATURES = "features."


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layer:
    """A convolution of the published network, and the pooling in front of it."""

    name: str
    stride: int = 1
    padding: int = 1
    pooled: tuple[int, int] | None = None
    """Window and stride."""
    is_seen: bool = False
    """Whether LPIPS compares what comes out of it."""


_ALEX = (
    _Layer(name="0", stride=4, padding=2, is_seen=True),
    _Layer(name="3", padding=2, pooled=(3, 2), is_seen=True),
    _Layer(name="6", pooled=(3, 2), is_seen=True),
    _Layer(name="8", is_seen=True),
    _Layer(name="10", is_seen=True),
)
_HALVED = (2, 2)
_VGG = (
    _Layer(name="0"),
    _Layer(name="2", is_seen=True),
    _Layer(name="5", pooled=_HALVED),
    _Layer(name="7", is_seen=True),
    _Layer(name="10", pooled=_HALVED),
    _Layer(name="12"),
    _Layer(name="14", is_seen=True),
    _Layer(name="17", pooled=_HALVED),
    _Layer(name="19"),
    _Layer(name="21", is_seen=True),
    _Layer(name="24", pooled=_HALVED),
    _Layer(name="26"),
    _Layer(name="28", is_seen=True),
)
_LAYERS: Mapping[Backbone, tuple[_Layer, ...]] = MappingProxyType({"alex": _ALEX, "vgg": _VGG})


class Lpips(nn.Module):
    """Distances of pictures N x 3 x H x W in 0..1 (sRGB), one per pair: 0 for equal ones."""

    shift: Tensor
    spread: Tensor

    def __init__(
        self,
        layers: Sequence[_Layer],
        weights: Sequence[tuple[Tensor, Tensor]],
        importance: Sequence[Tensor],
    ) -> None:
        super().__init__()
        self._layers = tuple(layers)
        self._weights = tuple(weights)
        self._importance = tuple(importance)
        self.register_buffer("shift", torch.tensor(_SHIFT)[:, None, None], persistent=False)
        self.register_buffer("spread", torch.tensor(_SPREAD)[:, None, None], persistent=False)

    def forward(self, pictures: Tensor, references: Tensor) -> Tensor:
        """N distances; raises no error for small pictures, see `SMALLEST`."""
        first, second = self._normed(pictures), self._normed(references)
        distance = torch.zeros(len(pictures), device=pictures.device)
        importance = iter(self._importance)
        for layer, (weight, bias) in zip(self._layers, self._weights, strict=True):
            first, second = (self._through(layer, weight, bias, x) for x in (first, second))
            if layer.is_seen:
                difference = (_unit(first) - _unit(second)) ** 2
                distance = distance + F.conv2d(difference, next(importance)).mean(dim=(1, 2, 3))
        return distance

    def _normed(self, pictures: Tensor) -> Tensor:
        return (2 * pictures - 1 - self.shift) / self.spread

    def _through(self, layer: _Layer, weight: Tensor, bias: Tensor, x: Tensor) -> Tensor:
        if layer.pooled is not None:
            x = F.max_pool2d(x, *layer.pooled)
        return F.relu(F.conv2d(x, weight, bias, stride=layer.stride, padding=layer.padding))


def build_lpips(
    backbone: Backbone, features: Mapping[str, Tensor], importance: Mapping[str, Tensor], *, source: object
) -> Lpips:
    """The metric from torchvision's `features.N` and the authors' `linN.model.1.weight`.

    Raises WeightsFormatError, naming `source`, where the two do not belong together.
    """
    layers = _LAYERS[backbone]
    try:
        weights = [
            (features[f"{_FEATURES}{layer.name}.weight"], features[f"{_FEATURES}{layer.name}.bias"])
            for layer in layers
        ]
        lins = [importance[f"lin{index}.model.1.weight"] for index in range(len(importance))]
    except KeyError as error:
        raise WeightsFormatError(source, f"has no {error}, which LPIPS ({backbone}) needs") from error
    seen = [weight.shape[0] for layer, (weight, _) in zip(layers, weights, strict=True) if layer.is_seen]
    found = [lin.shape[1] for lin in lins]
    if seen != found:
        raise WeightsFormatError(source, f"weighs layers of {found} channels, but {backbone} has {seen}")
    return Lpips(layers, weights, lins).eval()


def _unit(features: Tensor) -> Tensor:
    """Each place's features, N x C x H x W, scaled to length 1."""
    return features / (features.square().sum(dim=1, keepdim=True).sqrt() + _EPS)
