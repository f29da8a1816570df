"""Decoding latents of any size in bounded memory.

Small ones go through the decoder whole. Middle ones go in strips, with the same numbers. Large ones are cut
into blocks whose borders are thrown away: there group norms and attention see a block, not the whole.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

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
    height, width = latents.shape[2:]
    joined: Tensor | None = None
    weight_sum = torch.zeros(height * factor, width * factor)
    for top, bottom in _spans(height):
        for left, right in _spans(width):
            piece = decode(latents[:, :, top:bottom, left:right]).cpu()
            if joined is None:
                joined = torch.zeros(1, piece.shape[1], height * factor, width * factor)
            weight = torch.outer(_fade(top, bottom, height, factor), _fade(left, right, width, factor))
            rows, columns = slice(top * factor, bottom * factor), slice(left * factor, right * factor)
            joined[:, :, rows, columns] += weight * piece
            weight_sum[rows, columns] += weight
    assert joined is not None  # there is at least one block
    return joined / weight_sum


def _spans(length: int) -> list[tuple[int, int]]:
    """Blocks along an axis, spread evenly; neighbours share two margins and a fade, or more."""
    side = min(BLOCK, length)
    steps = -(-(length - side) // (BLOCK - 2 * MARGIN - FEATHER))
    starts = [0, *(round(index * (length - side) / steps) for index in range(1, steps + 1))]
    return [(start, start + side) for start in starts]


def _fade(start: int, stop: int, length: int, factor: int) -> Tensor:
    """The weight of each pixel of a block along an axis: 0 in its margins, except at the picture's border."""
    place = torch.arange((stop - start) * factor) + 0.5
    weight = torch.ones_like(place)
    ends = ((start > 0, place), (stop < length, (stop - start) * factor - place))
    for is_inner, distance in ends:
        if is_inner:
            weight = weight * ((distance / factor - MARGIN) / FEATHER).clamp(0, 1)
    return weight
