"""What DMDiff inherited from S3Diff and does not use itself: its estimator and the plan of its tiles.

Checkpoints of both share one container and one loader; these parts are proven by the vectors so that a method
for S3Diff needs no research code either. No method of this plugin calls them.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

_LATENT = 8
"""Pixels per latent and side."""
_LARGEST_STEP = 32
"""Sides of tiles are rounded up to a multiple of this, or of half of it and so on where that is too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DegreeEstimator:
    """Two degrees, of blur and of noise, of a low-resolution picture."""

    tensors: Mapping[str, Tensor]
    """Under the names of `de_net.pth`."""
    widths: Sequence[int] = (64, 64, 64, 128)
    """Channels of each stage."""
    blocks: Sequence[int] = (2, 2, 2, 2)
    """Residual blocks of each stage."""
    downscales: Sequence[int] = (1, 1, 2, 1)
    """The stride behind each stage."""

    def pooled(self, pictures: Tensor, branch: int) -> Tensor:
        """N x width of pictures N x 3 x H x W in 0..1."""
        x = self._conv(pictures, f"conv_first.{branch}")
        place = itertools.count()
        next_widths = [*self.widths[1:], self.widths[-1]]
        for width, wider, blocks, stride in zip(
            self.widths, next_widths, self.blocks, self.downscales, strict=True
        ):
            for _ in range(blocks):
                part = f"body.{branch}.{next(place)}"
                x = x + self._conv(F.relu(self._conv(x, f"{part}.conv1")), f"{part}.conv2")
            if stride > 1 or width != wider:
                x = self._conv(x, f"body.{branch}.{next(place)}", stride=stride)
        return x.mean(dim=(2, 3))

    def degrees(self, pooled: Sequence[Tensor]) -> Tensor:
        """N x 2 in 0..1 of both branches."""
        found = []
        for branch, each in enumerate(pooled):
            hidden = F.relu(self._linear(each, f"fc_degree.{branch}.0"))
            found.append(torch.sigmoid(self._linear(hidden, f"fc_degree.{branch}.2")))
        return torch.cat(found, dim=1)

    def _conv(self, x: Tensor, name: str, *, stride: int = 1) -> Tensor:
        weight, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
        return F.conv2d(x, weight, bias, stride=stride, padding=1)

    def _linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"])


def vae_tile_boxes(
    height: int, width: int, *, side: int, is_decoder: bool
) -> list[tuple[tuple[int, int, int, int], tuple[int, int, int, int]]]:
    """What each tile of the autoencoder reads and writes, as (x1, x2, y1, y2) in its input and output.

    Tiles of one axis share a margin of 11 latents (decoder) or 32 pixels (encoder) on either side.
    """
    margin = 11 if is_decoder else 32
    rows = _spans(height, side, margin, is_decoder=is_decoder)
    columns = _spans(width, side, margin, is_decoder=is_decoder)
    return [
        ((*x_read, *y_read), (*x_write, *y_write)) for y_read, y_write in rows for x_read, x_write in columns
    ]


def _spans(
    length: int, side: int, margin: int, *, is_decoder: bool
) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    inner = length - 2 * margin
    count = max(math.ceil(inner / side), 1)
    step = _rounded_up(math.ceil(inner / count), side)
    spans = []
    for index in range(count):
        start, stop = margin + index * step, min(margin + (index + 1) * step, length - margin)
        own = (0 if index == 0 else start, length if stop >= length - margin else stop)
        read = (max(start - margin, 0), min(stop + margin, length))
        spans.append((read, (_scaled(own[0], is_decoder), _scaled(own[1], is_decoder))))
    return spans


def _rounded_up(length: int, largest: int) -> int:
    step = _LARGEST_STEP
    while step > 1 and math.ceil(length / step) * step > largest:
        step //= 2
    return math.ceil(length / step) * step


def _scaled(place: int, is_decoder: bool) -> int:
    return place * _LATENT if is_decoder else place // _LATENT
