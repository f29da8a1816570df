"""Decoding latents of any size in bounded memory.

Small ones go through the decoder whole. Middle ones go in strips, with the same numbers. Large ones are cut
into blocks whose borders are thrown away: there group norms and attention see a block, not the whole.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from restora.nets.latent_blocks import Blocks
from restora.nets.latent_blocks import in_blocks as joined_blocks
from restora.nets.latent_strips import StripVae
from restora.nets.latent_vae import LatentVae
from restora.nets.watching import Tell, watched

DIRECT = 96
"""Latents per side up to which the decoder's layers are taken whole: 2.5 GB at 768 pixels."""
BLOCK = 160
"""Latents per side of a block, and of the largest picture decoded in strips: 3.4 GB of main memory."""
MARGIN, FEATHER = 16, 16
"""Of a block's border, in latents: what is thrown away, and over what it fades into its neighbour."""
_BLOCKS = Blocks(side=BLOCK, margin=MARGIN, feather=FEATHER)

Decode = Callable[[int, Tensor], Tensor]
"""Of a block's number and its latents."""


def decoded(vae: LatentVae, latents: Tensor, tell: Tell = lambda _done, _total: None) -> Tensor:
    """The decoder's own range, unclamped float32, of N x 4 x h x w; `tell` is called between its layers."""
    typed = latents.to(next(vae.parameters()).dtype)
    pictures = torch.split(typed, 1)
    if max(typed.shape[2:]) <= BLOCK:
        whole = partial(_part, vae, tell, len(pictures))
        return torch.cat([whole(number, each) for number, each in enumerate(pictures)])
    blocks = math.prod(len(_BLOCKS.spans(side)) for side in typed.shape[2:])
    part = partial(_part, vae, tell, blocks * len(pictures))
    return torch.cat(
        [
            in_blocks(each, partial(_numbered, part, number * blocks), vae.shape.factor)
            for number, each in enumerate(pictures)
        ]
    )


def _numbered(part: Decode, first: int, number: int, block: Tensor) -> Tensor:
    return part(first + number, block)


def _part(vae: LatentVae, tell: Tell, parts: int, number: int, latents: Tensor) -> Tensor:
    """One call of the decoder, as number `number` of `parts`."""
    tell(number, parts)
    if max(latents.shape[2:]) <= DIRECT:
        with watched(vae.decoder, lambda done, total: tell(number + done / total, parts)):
            return vae.decode(latents).float()
    strips = StripVae(vae, side=DIRECT * vae.shape.factor, each=lambda: tell(number, parts))
    return strips.decode(latents).float()


def in_blocks(latents: Tensor, decode: Decode, factor: int) -> Tensor:
    """`decode` over overlapping blocks of 1 x 4 x h x w, joined in main memory; `factor` pixels a latent."""
    numbers = itertools.count()

    def part(rows: slice, columns: slice) -> Tensor:
        return decode(next(numbers), latents[:, :, rows, columns])

    height, width = latents.shape[2:]
    return joined_blocks(height, width, part, factor=factor, blocks=_BLOCKS)
