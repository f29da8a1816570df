"""Decoding a latent too large for one call in overlapping blocks whose borders are thrown away.

Group norms and attention then see a block, not the whole: tones may differ slightly from block to block.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

Compute = Callable[[slice, slice], Tensor]
"""The pixels of a block of latents, 1 x C x rows·factor x columns·factor."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """How a latent is cut, in latents."""

    side: int
    margin: int
    """Of a block's border, what is thrown away."""
    feather: int
    """Over what it fades into its neighbour."""

    def spans(self, length: int) -> list[slice]:
        """Blocks along an axis, spread evenly; neighbours share two margins and a fade, or more."""
        side = min(self.side, length)
        steps = -(-(length - side) // (self.side - 2 * self.margin - self.feather))
        starts = [0, *(round(index * (length - side) / steps) for index in range(1, steps + 1))]
        return [slice(start, start + side) for start in starts]

    def fade(self, span: slice, length: int, factor: int) -> Tensor:
        """The weight of each pixel along an axis: 0 in its margins, except at the picture's border."""
        pixels = (span.stop - span.start) * factor
        place = torch.arange(pixels) + 0.5
        weight = torch.ones_like(place)
        for is_inner, distance in ((span.start > 0, place), (span.stop < length, pixels - place)):
            if is_inner:
                weight = weight * ((distance / factor - self.margin) / self.feather).clamp(0, 1)
        return weight


def in_blocks(height: int, width: int, compute: Compute, *, factor: int, blocks: Blocks) -> Tensor:
    """`compute` over blocks of height x width latents, joined in main memory; `factor` pixels a latent."""
    joined: Tensor | None = None
    weight_sum = torch.zeros(height * factor, width * factor)
    for rows in blocks.spans(height):
        for columns in blocks.spans(width):
            piece = compute(rows, columns).cpu()
            if joined is None:
                joined = torch.zeros(1, piece.shape[1], height * factor, width * factor)
            fades = blocks.fade(rows, height, factor), blocks.fade(columns, width, factor)
            weight, place = torch.outer(*fades), (_pixels(rows, factor), _pixels(columns, factor))
            joined[:, :, place[0], place[1]] += weight * piece
            weight_sum[place] += weight
    assert joined is not None  # there is at least one block
    return joined / weight_sum


def _pixels(latents: slice, factor: int) -> slice:
    return slice(latents.start * factor, latents.stop * factor)
