"""The base model with its branches: pictures to latents, latents to noise, latents to pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restora.nets.latent_unet import predict
from restora.nets.latent_vae import LatentVae
from restora.nets.watching import Tell
from restora_dmdiff.net.decoding import decoded
from restora_dmdiff.net.low_rank import Modulation, modulated
from restora_dmdiff.net.modulation import Modulator
from restora_dmdiff.net.one_step import Step, as_picture, sampled_latent


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """One loaded model; every method is a pure function of its arguments, and may run on several threads."""

    unet: nn.Module
    vae: LatentVae
    modulator: Modulator
    step: Step
    last_step: int
    latent_scale: float

    def encode(self, pictures: Tensor, maps: Tensor, draw: Tensor | None) -> Tensor:
        """Latents of pictures N x 3 x H x W in -1..1, each with its map, N x 7 x 7; `draw` or the mean."""
        matrices = self.modulator.vae.matrices(self.modulator.project(maps))
        dtype = next(self.vae.parameters()).dtype
        with modulated(Modulation(matrices=matrices, is_merged=len(matrices) == 1)):
            # Turned arrays must not pass as "channels last": group norm loses digits in that layout on CPUs.
            moments = self.vae.moments(pictures.to(dtype).contiguous())
        return sampled_latent(moments, draw, self.latent_scale)

    def noises(self, latents: Tensor, maps: Tensor, texts: Sequence[Tensor]) -> list[Tensor]:
        """The noise predicted under each text (77 x width), float32; one call of the UNet for all of them."""
        matrices = self.modulator.unet.matrices(self.modulator.project(maps))
        is_merged, count = len(matrices) == 1, len(texts)
        dtype = next(self.unet.parameters()).dtype
        context = torch.stack(list(texts)).to(dtype).repeat_interleave(len(latents), dim=0)
        spread = matrices if is_merged else matrices.repeat(count, 1, 1, 1)
        with modulated(Modulation(matrices=spread, is_merged=is_merged)):
            noise = predict(self.unet, latents.to(dtype).repeat(count, 1, 1, 1), self.last_step, context)
        return list(noise.float().chunk(count))

    def decode(self, clean: Tensor, tell: Tell = lambda _done, _total: None) -> Tensor:
        """Pictures N x 3 x H x W in 0..1 of clean latents; `tell` is called between layers and parts."""
        return as_picture(self.decoded(clean / self.latent_scale, tell))

    def decoded(self, latents: Tensor, tell: Tell = lambda _done, _total: None) -> Tensor:
        """The decoder's own range, unclamped, of unscaled latents."""
        return decoded(self.vae, latents, tell)
