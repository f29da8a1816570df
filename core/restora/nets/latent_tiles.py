"""Windows over latents too large for one call of a network, blended under bell-shaped weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

SIDE, STRIDE = 64, 32
"""Of a window, in latents, as published: half of each window is shared with the next."""
_VARIANCE = 0.01
"""Of the bell, in squared window sides."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a latent picture."""

    top: int
    bottom: int
    left: int
    right: int


def windows(height: int, width: int, *, side: int = SIDE, stride: int = STRIDE) -> list[Window]:
    """Windows that cover the picture, row by row; the last ones end at the border."""
    tall, wide = min(side, height), min(side, width)
    return [
        Window(top, top + tall, left, left + wide)
        for top in _starts(height, tall, stride)
        for left in _starts(width, wide, stride)
    ]


def bell(height: int, width: int) -> Tensor:
    """The weight of every latent of a window, float64.

    As published, the columns' bell stands on (n - 1)/2 and the rows' on n/2.
    """
    return torch.outer(_bell(height, height / 2), _bell(width, (width - 1) / 2))


def blended(
    latents: Tensor,
    compute: Callable[[Tensor], Tensor],
    *,
    side: int = SIDE,
    stride: int = STRIDE,
    each: Callable[[int, int], None] = lambda _done, _total: None,
) -> Tensor:
    """`compute` over windows of B x z x h x w, joined; a picture that fits one window is computed as it is.

    Sums are float32 whatever the type of the latents. `each` is called with the number of windows done and
    their count.
    """
    height, width = latents.shape[2:]
    plan = windows(height, width, side=side, stride=stride)
    if len(plan) == 1:
        return compute(latents)
    total = torch.zeros(latents.shape, dtype=torch.float32, device=latents.device)
    weight_sum = torch.zeros((height, width), dtype=torch.float32, device=latents.device)
    weights = bell(plan[0].bottom - plan[0].top, plan[0].right - plan[0].left)
    weights = weights.to(latents.device, torch.float32)
    for done, window in enumerate(plan):
        each(done, len(plan))
        rows, columns = slice(window.top, window.bottom), slice(window.left, window.right)
        total[:, :, rows, columns] += weights * compute(latents[:, :, rows, columns]).float()
        weight_sum[rows, columns] += weights
    return (total / weight_sum).to(latents.dtype)


def _starts(length: int, side: int, stride: int) -> Iterator[int]:
    yield from range(0, length - side, stride)
    yield length - side


def _bell(length: int, centre: float) -> Tensor:
    place = torch.arange(length, dtype=torch.float64)
    spread = torch.exp(-((place - centre) ** 2) / (length**2 * 2 * _VARIANCE))
    return spread / math.sqrt(2 * math.pi * _VARIANCE)
