"""From a whole picture's latent to its pixels, with or without the bridge, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from restora.nets.latent_blocks import Blocks, in_blocks
from restora_gsvar.configuration import FACTOR
from restora_gsvar.net.autoencoder import Autoencoder

DIRECT = 64 * 64
"""Latents up to which everything is decoded at once, as published: 1024 x 1024 pixels."""
BLOCKS = Blocks(side=64, margin=8, feather=8)

Check = Callable[[], None]


def decoded(
    vae: Autoencoder, latent: Tensor, degraded: Tensor | None, *, whole: bool, check: Check
) -> Tensor:
    """1 x 3 x H x W in 0..1 of 1 x channels x h x w.

    Through the bridge where the degraded picture, 1 x 3 x H x W in -1..1, is given; it is encoded here, once.
    Larger ones go block by block unless `whole`.
    """

    def part(rows: slice, columns: slice) -> Tensor:
        check()
        some = latent[:, :, rows, columns]
        if degraded is None:
            return vae.decode(some)
        beside = degraded[:, :, _pixels(rows), _pixels(columns)]
        features = vae.encode(beside, with_features=True).features
        check()
        return vae.decode(some, beside, features)

    height, width = latent.shape[2:]
    if whole or height * width <= DIRECT:
        signed = part(slice(0, height), slice(0, width))
    else:
        signed = in_blocks(height, width, part, factor=FACTOR, blocks=BLOCKS)
    return signed.clamp(-1, 1).add(1).div(2)


def _pixels(latents: slice) -> slice:
    return slice(latents.start * FACTOR, latents.stop * FACTOR)
