"""GS-VAR's autoencoder: the encoder, the quantiser and a decoder with or without bridge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from restora.nets.scale_quantiser import ScaleQuantiser
from restora.nets.var_autoencoder import Encoder
from restora_gsvar.configuration import Configuration
from restora_gsvar.net.bridge import BridgedDecoder


@dataclass(frozen=True, slots=True, eq=False)
class Encoded:
    """A picture, encoded once for all that is made from it."""

    latent: Tensor
    """Before quantising, B x C x h x w."""
    features: list[Tensor] = field(default_factory=list)
    """First convolution, then every level; empty where nobody asked."""


class Autoencoder(nn.Module):
    """Pictures to latents and codes, and back."""

    def __init__(self, configuration: Configuration, *, has_bridge: bool) -> None:
        super().__init__()
        widths, channels = configuration.vae_widths, configuration.channels
        blocks = configuration.vae_blocks
        self.encoder = Encoder(widths, blocks, channels)
        self.decoder = BridgedDecoder(widths, blocks + 1, channels, has_bridge=has_bridge)
        self.quantize = ScaleQuantiser(
            codes=configuration.codes, channels=channels, sides=configuration.sides, refines_last=False
        )
        self.quant_conv = nn.Conv2d(channels, channels, 3, padding=1)
        self.post_quant_conv = nn.Conv2d(channels, channels, 3, padding=1)

    def encode(self, pictures: Tensor, *, with_features: bool = False) -> Encoded:
        """B x 3 x H x W in -1..1, sides multiples of 16; float32, because codes are decided by it."""
        features: list[Tensor] = []
        latent = self.quant_conv(self.encoder(pictures, features if with_features else None))
        return Encoded(latent, features)

    def decode(
        self, latents: Tensor, picture: Tensor | None = None, features: Sequence[Tensor] = ()
    ) -> Tensor:
        """B x 3 x H x W float32, not clamped; through the bridge where features are given."""
        dtype = self.post_quant_conv.weight.dtype
        start = self.post_quant_conv(latents.to(dtype))
        if picture is None or not features:
            plain: Tensor = self.decoder(start)
            return plain.float()
        return self.decoder.bridged(start, picture.to(dtype), features).float()

    def halve_decoder(self, dtype: torch.dtype) -> None:
        """Decode in a shorter type; codes are still decided in float32."""
        self.decoder.to(dtype)
        self.post_quant_conv.to(dtype)
