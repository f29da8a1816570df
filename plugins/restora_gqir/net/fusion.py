"""FusionViT: a correction to the middle latent of a window, from all of its aligned latents."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restora.errors import BadInputError, WeightsFormatError

PATCH = (2, 4)
"""Rows and columns of latents in one token."""
WINDOW = 8
"""Side of the square of latents within which the spatial blocks look around; sizes are multiples of it."""
_HEAD = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionShape:
    """The hyper-parameters, as the shapes of the tensors show them."""

    latent: int
    width: int
    heads: int
    hidden: int
    gate: int
    temporal: int
    spatial: int


def fusion_shape(shapes: Mapping[str, tuple[int, ...]], *, source: object) -> FusionShape:
    """The hyper-parameters behind named shapes; WeightsFormatError, naming `source`, for another network."""
    try:
        return FusionShape(
            latent=shapes["smooth.weight"][0],
            width=shapes["patch_proj.weight"][0],
            heads=shapes["temporal_blocks.0.attn.fn.to_qkv.weight"][0] // (3 * _HEAD),
            hidden=shapes["temporal_blocks.0.ff.fn.net.0.weight"][0],
            gate=shapes["gate.0.weight"][0],
            temporal=_count(shapes, "temporal_blocks"),
            spatial=_count(shapes, "spatial_blocks"),
        )
    except (KeyError, IndexError) as error:
        raise WeightsFormatError(source, f"not a FusionViT: {error}") from error


def build_fusion(tensors: Mapping[str, Tensor], *, source: object) -> FusionViT:
    """The network with its weights, in evaluation mode; refuses tensors that do not fit, naming `source`."""
    shape = fusion_shape({name: tuple(tensor.shape) for name, tensor in tensors.items()}, source=source)
    with torch.device("meta"):
        fusion = FusionViT(shape)
    try:
        fusion.load_state_dict(dict(tensors), assign=True)
    except RuntimeError as error:
        raise WeightsFormatError(source, f"its tensors do not fit together ({error})") from error
    return fusion.eval().requires_grad_(requires_grad=False)


class Normed(nn.Module):
    """A layer norm before a part; names as in the published file."""

    def __init__(self, width: int, fn: nn.Module) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width, eps=1e-5)
        self.fn = fn

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.fn(self.norm(x))
        return out


class Attention(nn.Module):
    """Every token looks at all tokens of its group, N x n x width."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.to_qkv = nn.Linear(width, 3 * heads * _HEAD, bias=False)
        self.to_out = nn.Sequential(nn.Linear(heads * _HEAD, width), nn.Dropout(0.0))

    def forward(self, x: Tensor) -> Tensor:
        groups, tokens, _ = x.shape
        qkv = self.to_qkv(x).reshape(groups, tokens, 3, self.heads, _HEAD)
        q, k, v = qkv.permute(2, 0, 3, 1, 4)  # each N x heads x n x 64
        seen = F.scaled_dot_product_attention(q, k, v)
        out: Tensor = self.to_out(seen.transpose(1, 2).reshape(groups, tokens, self.heads * _HEAD))
        return out


class FeedForward(nn.Module):
    """Two linear layers; the places of the published file's dropout layers stay empty."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        parts = (
            nn.Linear(width, hidden),
            nn.GELU(),
            nn.Dropout(0.0),
            nn.Linear(hidden, width),
            nn.Dropout(0.0),
        )
        self.net = nn.Sequential(*parts)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.net(x)
        return out


class Block(nn.Module):
    """Attention, then a feed-forward part, each added to what it saw."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        self.attn = Normed(shape.width, Attention(shape.width, shape.heads))
        self.ff = Normed(shape.width, FeedForward(shape.width, shape.hidden))

    def forward(self, x: Tensor) -> Tensor:
        x = x + self.attn(x)
        fed: Tensor = x + self.ff(x)
        return fed


class FusionViT(nn.Module):
    """Z (B, T, z, h, w) of aligned latents to the corrected middle one (B, z, h, w)."""

    def __init__(self, shape: FusionShape) -> None:
        super().__init__()
        patch = shape.latent * math.prod(PATCH)
        self.final_scale = nn.Parameter(torch.tensor(0.05))
        self.temp_param = nn.Parameter(torch.tensor(0.1))
        self.sigma_param = nn.Parameter(torch.tensor(2.0))
        self.patch_proj = nn.Linear(patch, shape.width)
        self.patch_unproj = nn.Linear(shape.width, patch)
        self.temporal_blocks = nn.ModuleList(Block(shape) for _ in range(shape.temporal))
        self.spatial_blocks = nn.ModuleList(Block(shape) for _ in range(shape.spatial))
        self.gate = nn.Sequential(
            nn.Linear(shape.width, shape.gate), nn.GELU(), nn.Linear(shape.gate, 1), nn.Sigmoid()
        )
        self.norm = nn.GroupNorm(shape.latent, shape.latent, eps=1e-5, affine=False)
        self.smooth = nn.Conv2d(shape.latent, shape.latent, 3, padding=1, bias=False)

    @property
    def is_identity(self) -> bool:
        """Whether the weights add nothing to the middle latent, whatever the others hold."""
        unprojected = (self.patch_unproj.weight, self.patch_unproj.bias)
        return not bool(self.smooth.weight.any()) or not any(bool(part.any()) for part in unprojected)

    def forward(self, Z: Tensor, confidence: Tensor | None = None) -> Tensor:
        """`confidence` (B, T, 1, h, w) raises the tokens it is high at; published runs give none.

        Raises BadInputError where h or w is no multiple of 8.
        """
        _batch, frames, _, height, width = Z.shape
        if height % WINDOW or width % WINDOW:
            raise BadInputError(f"fusion needs latents in multiples of {WINDOW}, got {height} x {width}")
        tokens = self.patch_proj(patches(Z))  # B, T, N, D
        if confidence is not None:
            tokens = tokens * (1 + patches(confidence).mean(dim=-1, keepdim=True))
        tokens = self._over_time(tokens)
        tokens = tokens * self.gate(tokens)
        tokens = self._within_windows(tokens, height, width)
        merged = self.patch_unproj(self._merged(tokens))  # B, N, z·8
        correction = self.smooth(self.norm(unpatched(merged, height, width)))
        middle = Z[:, frames // 2]
        fused: Tensor = middle + self.final_scale * correction
        return fused

    def _over_time(self, tokens: Tensor) -> Tensor:
        batch, frames, places, width = tokens.shape
        x = tokens.transpose(1, 2).reshape(batch * places, frames, width)
        for block in self.temporal_blocks:
            x = block(x)
        return x.reshape(batch, places, frames, width).transpose(1, 2)

    def _within_windows(self, tokens: Tensor, height: int, width: int) -> Tensor:
        batch, frames, _, channels = tokens.shape
        tall, wide = WINDOW // PATCH[0], WINDOW // PATCH[1]
        down, across = height // WINDOW, width // WINDOW
        x = tokens.reshape(batch * frames, down, tall, across, wide, channels).transpose(2, 3)
        x = x.reshape(-1, tall * wide, channels)
        for block in self.spatial_blocks:
            x = block(x)
        x = x.reshape(batch * frames, down, across, tall, wide, channels).transpose(2, 3)
        return x.reshape(tokens.shape)

    def _merged(self, tokens: Tensor) -> Tensor:
        """The weighted mean over time, B x N x D: strong tokens near the middle count most."""
        frames = tokens.shape[1]
        strength = tokens.abs().mean(dim=-1, keepdim=True)  # B, T, N, 1
        weights = torch.softmax(strength / self.temp_param.abs().clamp(1e-3, 5), dim=1)
        sigma = self.sigma_param.abs().clamp(0.5, 10)
        distance = torch.arange(frames, device=tokens.device, dtype=tokens.dtype) - frames // 2
        prior = torch.exp(-(distance**2) / (2 * sigma**2))
        weights = weights * (prior / prior.sum())[:, None, None]
        weights = weights / (weights.sum(dim=1, keepdim=True) + 1e-8)
        return (weights * tokens).sum(dim=1)


def patches(latents: Tensor) -> Tensor:
    """(B, T, c, h, w) to (B, T, N, c·8), ordered channel, row, column within a patch."""
    batch, frames, channels, height, width = latents.shape
    rows, columns = height // PATCH[0], width // PATCH[1]
    x = latents.reshape(batch, frames, channels, rows, PATCH[0], columns, PATCH[1])
    x = x.permute(0, 1, 3, 5, 2, 4, 6)
    return x.reshape(batch, frames, rows * columns, channels * math.prod(PATCH))


def unpatched(tokens: Tensor, height: int, width: int) -> Tensor:
    """(B, N, c·8) back to (B, c, h, w)."""
    batch, _, values = tokens.shape
    channels = values // math.prod(PATCH)
    x = tokens.reshape(batch, height // PATCH[0], width // PATCH[1], channels, *PATCH)
    return x.permute(0, 3, 1, 4, 2, 5).reshape(batch, channels, height, width)


def _count(shapes: Mapping[str, tuple[int, ...]], part: str) -> int:
    found = (re.match(rf"{part}\.(\d+)\.", name) for name in shapes)
    return len({match.group(1) for match in found if match})
