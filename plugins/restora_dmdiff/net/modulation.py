"""From a degradation map to the middle matrix of every low-rank branch (the paper's SVDA)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK = re.compile(r"(?:^|\.)(down_blocks|mid_block|up_blocks)(?:\.(\d+))?\.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Affine:
    """A linear layer."""

    weight: Tensor
    bias: Tensor

    def __call__(self, x: Tensor) -> Tensor:
        """W x + b along the last axis."""
        return F.linear(x, self.weight, self.bias)


@dataclass(frozen=True, slots=True, kw_only=True)
class NetModulator:
    """What turns a projected map into the matrices of one network."""

    de_mlp: Affine
    block_mlp: Affine
    fuse: Affine
    table: Tensor
    """One row per block."""

    @property
    def rank(self) -> int:
        """r: sides of a matrix."""
        return math.isqrt(self.fuse.weight.shape[0])

    def degradation(self, projected: Tensor) -> Tensor:
        """N x 256."""
        return F.relu(self.de_mlp(projected))

    def blocks(self) -> Tensor:
        """blocks x 64."""
        return F.relu(self.block_mlp(self.table))

    def flat(self, projected: Tensor) -> Tensor:
        """The matrices as rows of numbers, N x blocks x r*r."""
        degradation, blocks = self.degradation(projected), self.blocks()
        count, rows = degradation.shape[0], blocks.shape[0]
        wide = degradation[:, None].expand(count, rows, -1)
        return self.fuse(torch.cat([wide, blocks.expand(count, -1, -1)], dim=2))

    def matrices(self, projected: Tensor) -> Tensor:
        """N x blocks x r x r."""
        flat = self.flat(projected)
        return flat.view(*flat.shape[:2], self.rank, self.rank)


@dataclass(frozen=True, slots=True, kw_only=True)
class Modulator:
    """Both networks' matrices behind a map."""

    unet: NetModulator
    vae: NetModulator
    map_projection: Affine | None = None
    """DMDiff: from the 49 numbers of a map."""
    frequencies: Tensor | None = None
    """S3Diff: from two degrees; exactly one of the two is there."""

    def project(self, degradation: Tensor) -> Tensor:
        """N x 256 of maps N x 7 x 7 (DMDiff) or of degrees N x 2 (S3Diff)."""
        if self.map_projection is not None:
            return self.map_projection(degradation.flatten(1))
        assert self.frequencies is not None  # one of the two is there
        return fourier(degradation, self.frequencies)


def fourier(degrees: Tensor, frequencies: Tensor) -> Tensor:
    """[sin p1, cos p1, sin p2, cos p2] of degrees N x 2, with p = 2 pi degree w."""
    phase = 2 * math.pi * degrees[:, :, None] * frequencies
    return torch.cat([torch.sin(phase), torch.cos(phase)], dim=2).flatten(1)


def modulator_from(tensors: Mapping[str, Tensor]) -> Modulator:
    """The modulator out of a checkpoint's tensors, under their flattened names."""

    def affine(place: str) -> Affine:
        return Affine(weight=tensors[f"{place}weight"], bias=tensors[f"{place}bias"])

    def of(net: str) -> NetModulator:
        return NetModulator(
            de_mlp=affine(f"state_dict_{net}_de_mlp/0."),
            block_mlp=affine(f"state_dict_{net}_block_mlp/0."),
            fuse=affine(f"state_dict_{net}_fuse_mlp/"),
            table=tensors[f"state_embeddings/state_dict_{net}_block/weight"],
        )

    frequencies = tensors.get("w")
    projection = None if frequencies is not None else affine("state_dict_unet_fuse_W/")
    return Modulator(unet=of("unet"), vae=of("vae"), map_projection=projection, frequencies=frequencies)


def unet_rows(names: Iterable[str], levels: int) -> dict[str, int]:
    """The row of the table for each weight of a UNet with that many levels.

    Down blocks, the middle, up blocks, then everything else.
    """
    starts = {"down_blocks": 0, "mid_block": levels, "up_blocks": levels + 1}
    return {name: _row(name, starts, 2 * levels + 1) for name in names}


def encoder_rows(names: Iterable[str], levels: int) -> dict[str, int]:
    """The same for an autoencoder's encoder: down blocks, the middle, then its first and last convolution."""
    starts = {"down_blocks": 0, "mid_block": levels}
    return {name: _row(name, starts, levels + 1) for name in names}


def _row(name: str, starts: Mapping[str, int], otherwise: int) -> int:
    match = _BLOCK.search(name)
    if match is None:
        return otherwise
    return starts[match.group(1)] + int(match.group(2) or 0)
