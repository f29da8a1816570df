"""Stages 1 and 2: counts to a latent, one call of the generator, and back to a picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from restora.nets.latent_tiles import blended
from restora.nets.latent_unet import predict
from restora.nets.latent_vae import LatentVae
from restora.nets.schedule import clean_from_velocity, scaled_linear_alphas


@dataclass(frozen=True, slots=True, kw_only=True)
class Generator:
    """Stage 2: the clean latent behind a noisy one, in a single call; nothing is drawn at random."""

    unet: nn.Module
    text: Tensor
    """1 x 77 x width."""
    alpha: float
    """The noise schedule's cumulative product where the coefficients are taken."""
    step: int = 200
    latent_scale: float = 0.18215

    def velocity(self, z_in: Tensor) -> Tensor:
        """The network's v-prediction for scaled latents."""
        dtype = next(self.unet.parameters()).dtype
        return predict(self.unet, z_in.to(dtype), self.step, self.text.to(dtype)).to(z_in.dtype)

    def __call__(
        self,
        z: Tensor,
        *,
        side: int | None = None,
        each: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> Tensor:
        """B x z x h x w to the same shape; with `side`, in windows of so many latents that share a half."""
        z_in = self.latent_scale * z
        if side is None:
            velocity = self.velocity(z_in)
        else:
            velocity = blended(z_in, self.velocity, side=side, stride=side // 2, each=each)
        return clean_from_velocity(z_in, velocity, self.alpha) / self.latent_scale


def published_alpha(step: int) -> float:
    """The cumulative product at a step of the base model's schedule (zero terminal SNR)."""
    return float(scaled_linear_alphas(to_zero_snr=True)[step])


def as_input(values: Tensor) -> Tensor:
    """Shares of detections 0..1, B x 3 x H x W, as the encoder was trained on them."""
    return 2 * values - 1


def encode(vae: LatentVae, values: Tensor) -> Tensor:
    """Stage 1's first half: latents of shares of detections, float32."""
    dtype = next(vae.parameters()).dtype
    # Turned arrays must not pass as "channels last": group norm loses two digits in that layout on CPUs.
    return vae.encode(as_input(values).to(dtype).contiguous()).float()


def decode(vae: LatentVae, latents: Tensor) -> Tensor:
    """Stage 1's second half: the decoder's own range, unclamped, float32."""
    dtype = next(vae.parameters()).dtype
    return vae.decode(latents.to(dtype)).float()


def as_picture(decoded: Tensor, *, is_signed: bool) -> Tensor:
    """sRGB in 0..1 from a decoder that was trained for -1..1 (`is_signed`) or for 0..1."""
    return ((decoded + 1) / 2 if is_signed else decoded).clamp(0, 1)


def as_bytes(picture: Tensor) -> Tensor:
    """8 bit as published: cut off, not rounded."""
    return (255 * picture).clamp(0, 255).to(torch.uint8)
