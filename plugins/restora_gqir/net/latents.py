"""Pictures to latents and back inside a running job: cancel, progress, and strips where memory is short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from restora.api import Context
from restora.nets.latent_strips import StripVae
from restora.nets.latent_vae import LatentVae
from restora.nets.watching import looking_up, watched
from restora_gqir.net.one_step import as_input, as_picture, decode, encode

Advance = Callable[[float, float], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class LatentWork:
    """An autoencoder at work; the tile chosen by the host decides between whole pictures and strips."""

    vae: LatentVae
    is_signed: bool
    side: int | None
    """Of a tile in the network's pixels; None computes pictures as a whole."""
    context: Context

    def encoded(self, values: Tensor, advance: Advance) -> Tensor:
        """Latents of shares of detections, float32 on the device."""
        if self.side is None:
            with watched(self.vae.encoder, looking_up(self.context.checkpoint, advance)):
                return encode(self.vae, values)
        return self._strips(self.side).encode(as_input(values)).float()

    def decoded(self, latents: Tensor, advance: Advance) -> Tensor:
        """In the decoder's own range, unclamped, float32."""
        if self.side is None:
            with watched(self.vae.decoder, looking_up(self.context.checkpoint, advance)):
                return decode(self.vae, latents)
        return self._strips(self.side).decode(latents).float()

    def picture(self, latents: Tensor, advance: Advance) -> Tensor:
        """sRGB in 0..1, in main memory."""
        return as_picture(self.decoded(latents, advance).cpu(), is_signed=self.is_signed)

    def _strips(self, side: int) -> StripVae:
        return StripVae(self.vae, side=side, each=self.context.checkpoint)
