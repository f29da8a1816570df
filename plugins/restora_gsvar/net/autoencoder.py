"""GS-VAR's autoencoder: the encoder, the quantiser and a decoder with or without bridge."""

from __future__ import annotations

import copy
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from restora.nets.scale_quantiser import ScaleQuantiser
from restora.nets.tf32 import tf32_convolutions
from restora.nets.var_autoencoder import Encoder
from restora_gsvar.configuration import Configuration
from restora_gsvar.net.bridge import BridgedDecoder


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
        self._looking: Encoder | None = None

    def encode(self, pictures: Tensor) -> Tensor:
        """Latents of B x 3 x H x W in -1..1, sides multiples of 16; float32, as codes are decided by it."""
        with tf32_convolutions(when=self.post_quant_conv.weight.dtype is not torch.float32):
            latent: Tensor = self.quant_conv(self.encoder(pictures))
        return latent

    def features(self, pictures: Tensor) -> list[Tensor]:
        """What the bridge looks at, without what only codes need: first convolution, then every level."""
        features: list[Tensor] = []
        dtype = self.looking.conv_in.weight.dtype
        self.looking.narrowed(pictures.to(dtype), features)
        return features

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

    @property
    def looking(self) -> Encoder:
        """What features come from: the encoder, or its copy in the type of the decoder."""
        return self.encoder if self._looking is None else self._looking

    def halve_decoder(self, dtype: torch.dtype) -> None:
        """Decode, and look at the degraded picture, in a shorter type; codes are still decided in float32."""
        if dtype is torch.float32:
            return
        halve(self.decoder, dtype)
        halve(self.post_quant_conv, dtype)
        if self.decoder.has_bridge:
            self._looking = copy.deepcopy(self.encoder)
            halve(self._looking, dtype)


def halve(network: nn.Module, dtype: torch.dtype) -> None:
    """Bring a network to a shorter type, for whose convolutions graphics cards want channels last."""
    network.to(dtype)
    lay_channels_last(network)


def lay_channels_last(network: nn.Module) -> None:
    """Lay convolutions out as libraries compute them, who would turn every picture there and back."""
    for layer in network.modules():
        if isinstance(layer, nn.Conv2d):
            layer.weight.data = layer.weight.data.contiguous(memory_format=torch.channels_last)
