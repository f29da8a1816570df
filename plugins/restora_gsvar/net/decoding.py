"""From a whole picture's latent to its pixels, with or without the bridge, in bounded memory."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor

from restora.nets.latent_blocks import Blocks, in_blocks
from restora.nets.watching import watched
from restora_gsvar.configuration import FACTOR
from restora_gsvar.net.autoencoder import Autoencoder

DIRECT = 48 * 48
"""Latents up to which all is decoded at once, as published: 768 x 768 pixels, 4.5 GB with the bridge."""
BLOCKS = Blocks(side=48, margin=6, feather=6)

Advance = Callable[[float], None]
"""Takes the share of the decoding that is done, before every layer; may raise to stop."""


def decoded(
    vae: Autoencoder, latent: Tensor, degraded: Tensor | None, *, whole: bool, advance: Advance
) -> Tensor:
    """1 x 3 x H x W in 0..1 of 1 x channels x h x w.

    Through the bridge where the degraded picture, 1 x 3 x H x W in -1..1, is given; it is encoded here, once.
    Larger ones go block by block unless `whole`.
    """
    height, width = latent.shape[2:]
    at_once = whole or height * width <= DIRECT
    blocks = 1 if at_once else len(BLOCKS.spans(height)) * len(BLOCKS.spans(width))
    done = 0

    def part(rows: slice, columns: slice) -> Tensor:
        nonlocal done
        with watched(vae, lambda layer, layers: advance((done + layer / layers) / blocks)):
            found = _part(vae, latent, degraded, rows, columns)
        done += 1
        return found

    if at_once:
        signed = part(slice(0, height), slice(0, width))
    else:
        signed = in_blocks(height, width, part, factor=FACTOR, blocks=BLOCKS)
    return signed.clamp(-1, 1).add(1).div(2)


def _part(vae: Autoencoder, latent: Tensor, degraded: Tensor | None, rows: slice, columns: slice) -> Tensor:
    some = latent[:, :, rows, columns]
    if degraded is None:
        return vae.decode(some)
    beside = degraded[:, :, _pixels(rows), _pixels(columns)]
    return vae.decode(some, beside, vae.features(beside))


def _pixels(latents: slice) -> slice:
    return slice(latents.start * FACTOR, latents.stop * FACTOR)
