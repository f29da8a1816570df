"""Where tokens lie, as rotations of queries and keys: the same place in the picture on every grid."""

from __future__ import annotations

import torch
from torch import Tensor

_EXTENT = 32.0
"""Every grid spans this many steps, whatever its side: a constant of the published model."""
_BASE = 10000.0


def grids(sides: tuple[int, ...]) -> tuple[int, ...]:
    """Of the prefix, of the class token, then of every scale from the second on."""
    return (sides[-1], *sides)


def rotary_table(sides: tuple[int, ...], head_width: int) -> tuple[Tensor, Tensor]:
    """Cosines and sines, tokens x head_width/2: half of them turn with the row, half with the column."""
    frequencies = _BASE ** (-torch.arange(0, head_width, 4).float() / head_width)
    angles = []
    for side in grids(sides):
        place = torch.arange(side).float() / side * _EXTENT
        turned = torch.outer(place, frequencies)  # side x head_width/4
        down = turned[:, None].expand(side, side, -1)
        across = turned[None].expand(side, side, -1)
        angles.append(torch.cat([down, across], dim=-1).flatten(0, 1))
    table = torch.cat(angles)
    return table.cos(), table.sin()


def rotated(x: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """B x heads x n x D float32, neighbouring pairs turned by n x D/2 angles."""
    even, odd = x.unflatten(-1, (-1, 2)).unbind(-1)
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], dim=-1).flatten(-2)


def level_ids(sides: tuple[int, ...]) -> Tensor:
    """The scale that every token of a picture belongs to; the prefix and the class token to the first."""
    counts = [sides[-1] ** 2 + 1, *(side**2 for side in sides[1:])]
    return torch.repeat_interleave(torch.arange(len(sides)), torch.tensor(counts))


def level_mask(sides: tuple[int, ...], views: int = 1) -> Tensor:
    """True where a token (row) may look: at its own scale and coarser ones, of all views."""
    levels = level_ids(sides).repeat(views)
    return levels[:, None] >= levels[None]
