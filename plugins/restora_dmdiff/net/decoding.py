"""Decoding latents of any size in bounded memory.

Small ones go through the decoder whole. Middle ones go in strips, with the same numbers. Large ones are cut
into blocks whose borders are thrown away: there group norms and attention see a block, not the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from restora.nets.latent_blocks import Blocks
from restora.nets.latent_blocks import in_blocks as joined_blocks
from restora.nets.latent_strips import StripVae
from restora.nets.latent_vae import LatentVae

DIRECT = 96
"""Latents per side up to which the decoder's layers are taken whole: 2.5 GB at 768 pixels."""
BLOCK = 160
"""Latents per side of a block, and of the largest picture decoded in strips: 3.4 GB of main memory."""
MARGIN, FEATHER = 16, 16
"""Of a block's border, in latents: what is thrown away, and over what it fades into its neighbour."""

Decode = Callable[[Tensor], Tensor]


def decoded(vae: LatentVae, latents: Tensor, each: Callable[[], None] = lambda: None) -> Tensor:
    """The decoder's own range, unclamped float32, of N x 4 x h x w; `each` is called between parts."""

    def part(one: Tensor) -> Tensor:
        each()
        if max(one.shape[2:]) <= DIRECT:
            return vae.decode(one).float()
        return StripVae(vae, side=DIRECT * vae.shape.factor, each=each).decode(one).float()

    typed = latents.to(next(vae.parameters()).dtype)
    if max(typed.shape[2:]) <= BLOCK:
        return torch.cat([part(one) for one in torch.split(typed, 1)])
    return torch.cat([in_blocks(one, part, vae.shape.factor) for one in torch.split(typed, 1)])


def in_blocks(latents: Tensor, decode: Decode, factor: int) -> Tensor:
    """`decode` over overlapping blocks of 1 x 4 x h x w, joined in main memory; `factor` pixels a latent."""
    blocks = Blocks(side=BLOCK, margin=MARGIN, feather=FEATHER)

    def part(rows: slice, columns: slice) -> Tensor:
        return decode(latents[:, :, rows, columns])

    height, width = latents.shape[2:]
    return joined_blocks(height, width, part, factor=factor, blocks=blocks)
