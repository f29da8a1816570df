"""The decoder that may look at the degraded picture: gates mix its features and pixels back in."""

from __future__ import annotations

from collections.abc import Sequence

import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor, nn

from restora.nets.var_autoencoder import Decoder, ResidualBlock


class BridgedDecoder(Decoder):
    """A decoder with gates; without features it is the plain one."""

    def __init__(self, widths: tuple[int, ...], blocks: int, latent: int, *, has_bridge: bool) -> None:
        super().__init__(widths, blocks, latent)
        self.has_bridge = has_bridge
        if not has_bridge:
            return
        incoming = (*widths[1:], widths[-1])
        pairs = list(zip(incoming, widths, strict=True))
        self.cond_layer = nn.ModuleList(ResidualBlock(h + f, h) for h, f in pairs)
        self.weight_cond_layer = nn.ModuleList(ResidualBlock(h + f, h) for h, f in pairs)
        first = widths[0]
        self.pixel_cond_layer = ResidualBlock(2 * first, first)
        self.pixel_weight_cond_layer = ResidualBlock(2 * first, first)
        self.blend_in_cond_layer = nn.Conv2d(9, first, 7, padding=3)
        self.blend_res_cond_layer = ResidualBlock(first, first)
        self.blend_out_cond_layer = nn.Sequential(
            nn.Conv2d(first, first, 3, padding=1), nn.ReLU(), nn.Conv2d(first, 3, 1)
        )

    def bridged(self, latents: Tensor, picture: Tensor, features: Sequence[Tensor]) -> Tensor:
        """B x 3 x H x W, not clamped.

        `features` are the encoder's of `picture` (B x 3 x H x W in -1..1): first convolution, then every
        level. A list is emptied while they are used: they are the largest tensors there are.
        """
        left = list(features)
        if isinstance(features, list):
            features.clear()
        x = self.mid(self.conv_in(latents))
        for level in range(len(self.widths) - 1, -1, -1):
            x = gated(x, left.pop(), self.cond_layer[level], self.weight_cond_layer[level])
            x = self.raised(level, x)
        x = gated(x, left.pop(), self.pixel_cond_layer, self.pixel_weight_cond_layer)
        return self.blended(self.finished(x), picture)

    def blended(self, own: Tensor, picture: Tensor) -> Tensor:
        """Pixels of both, each where it is better."""
        mask = self.mask(own, picture)
        return picture + mask * (own - picture)

    def mask(self, own: Tensor, picture: Tensor) -> Tensor:
        """How much of each pixel is the decoder's own."""
        both = torch.cat([own, picture, (own - picture).abs()], dim=1)
        x = self.blend_res_cond_layer(self.blend_in_cond_layer(both))
        return torch.sigmoid(self.blend_out_cond_layer(x))


def gated(x: Tensor, feature: Tensor, layer: nn.Module, weight: nn.Module) -> Tensor:
    """The stream, replaced by a mixture of both wherever the gate opens."""
    both = torch.cat([x, feature.to(x.dtype)], dim=1)
    gate = torch.sigmoid(weight(both))
    return torch.lerp(x, layer(both), gate)


def clamped(picture: Tensor) -> Tensor:
    """Into -1..1."""
    return F.hardtanh(picture)
