"""MUSIQ, a network that rates pictures without a reference (Ke et al., ICCV 2021), in single precision."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from restora.errors import WeightsFormatError

TOKEN = 32
"""Pixels per token and side."""
LONGER_SIDES = (224, 384)
"""Of the two reduced or enlarged versions of a picture; its native size is the third."""
_POSITIONS = 10
"""Sides of the grid of positions that all sizes are mapped to."""
_GROUPS = 32
_MASKED = -1000.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tokens:
    """Pictures of one size, cut up."""

    pixels: Tensor
    """N x tokens x 3 x 32 x 32, in -1..1."""
    spatial: Tensor
    """Row of the table of positions, per token."""
    scale: Tensor
    """0, 1, 2 per token: which version of the picture it comes from."""
    mask: Tensor
    """1 for a token of the picture, 0 for one that only fills up."""


def cut(pictures: Tensor) -> Tokens:
    """Tokens of pictures N x 3 x H x W in 0..1, in all three sizes."""
    signed = (pictures - 0.5) * 2
    parts = [_cut_one(version, index) for index, version in enumerate(_versions(signed))]
    return Tokens(
        pixels=torch.cat([part.pixels for part in parts], dim=1),
        spatial=torch.cat([part.spatial for part in parts]),
        scale=torch.cat([part.scale for part in parts]),
        mask=torch.cat([part.mask for part in parts]),
    )


def _versions(pictures: Tensor) -> list[Tensor]:
    height, width = pictures.shape[2:]
    reduced = []
    for side in LONGER_SIDES:
        ratio = side / max(height, width)
        size = (round(height * ratio), round(width * ratio))
        reduced.append(F.interpolate(pictures, size=size, mode="bicubic", align_corners=False))
    return [*reduced, pictures]


def _cut_one(pictures: Tensor, index: int) -> Tokens:
    """One version; a fixed size is filled up to the count of a square."""
    padded = _padded(pictures)
    rows, columns = padded.shape[2] // TOKEN, padded.shape[3] // TOKEN
    pixels = padded.unfold(2, TOKEN, TOKEN).unfold(3, TOKEN, TOKEN).permute(0, 2, 3, 1, 4, 5).flatten(1, 2)
    place = torch.arange(rows)[:, None] * _POSITIONS // rows * _POSITIONS
    spatial = (place + torch.arange(columns) * _POSITIONS // columns).flatten()
    mask = torch.ones_like(spatial)
    if index < len(LONGER_SIDES):
        missing = math.ceil(LONGER_SIDES[index] / TOKEN) ** 2 - rows * columns
        pixels = F.pad(pixels, (0, 0, 0, 0, 0, 0, 0, missing))
        spatial, mask = F.pad(spatial, (0, missing)), F.pad(mask, (0, missing))
    return Tokens(pixels=pixels, spatial=spatial, scale=torch.full_like(spatial, index), mask=mask)


def _padded(pictures: Tensor) -> Tensor:
    """Grown by zeros to whole tokens, the smaller half at the left and above."""
    tall, wide = (-side % TOKEN for side in pictures.shape[2:])
    return F.pad(pictures, (wide // 2, wide - wide // 2, tall // 2, tall - tall // 2))


class StandardisedConv(nn.Conv2d):
    """A convolution whose kernels are brought to mean 0 and deviation 1; its borders as in TensorFlow."""

    def forward(self, x: Tensor) -> Tensor:
        """N x C x H x W to N x out x ceil(H / stride) x ceil(W / stride)."""
        mean = self.weight.mean(dim=(1, 2, 3), keepdim=True)
        deviation = self.weight.flatten(1).std(dim=1)[:, None, None, None]
        weight = (self.weight - mean) / (deviation + 1e-5)
        return F.conv2d(_same(x, self.kernel_size[0], self.stride[0]), weight, stride=self.stride)


def _conv(inside: int, outside: int, side: int, stride: int = 1) -> StandardisedConv:
    return StandardisedConv(inside, outside, side, stride=stride, bias=False)


def _same(x: Tensor, kernel: int, stride: int) -> Tensor:
    """Zeros around, so that every `stride`-th position has a kernel; the smaller half first."""
    tall, wide = (max(0, (math.ceil(n / stride) - 1) * stride + kernel - n) for n in x.shape[2:])
    return F.pad(x, (wide // 2, wide - wide // 2, tall // 2, tall - tall // 2))


class Bottleneck(nn.Module):
    """64 channels to 256."""

    def __init__(self, width: int, outside: int) -> None:
        super().__init__()
        self.conv1, self.gn1 = _conv(width, width, 1), nn.GroupNorm(_GROUPS, width, eps=1e-4)
        self.conv2, self.gn2 = _conv(width, width, 3), nn.GroupNorm(_GROUPS, width, eps=1e-4)
        self.conv3, self.gn3 = _conv(width, outside, 1), nn.GroupNorm(_GROUPS, outside, eps=1e-4)
        self.conv_proj, self.gn_proj = _conv(width, outside, 1), nn.GroupNorm(_GROUPS, outside, eps=1e-4)

    def forward(self, x: Tensor) -> Tensor:
        """The block's sum, after ReLU."""
        h = F.relu(self.gn1(self.conv1(x)))
        h = F.relu(self.gn2(self.conv2(h)))
        return F.relu(self.gn3(self.conv3(h)) + self.gn_proj(self.conv_proj(x)))


class Attention(nn.Module):
    """Several heads with biases and a projection."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value = (nn.Linear(width, width) for _ in range(3))
        self.out = nn.Linear(width, width)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """N x L x width; `bias` is added to the logits."""
        q, k, v = (
            each(x).unflatten(2, (self.heads, -1)).transpose(1, 2)
            for each in (self.query, self.key, self.value)
        )
        mixed = F.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        answer: Tensor = self.out(mixed.transpose(1, 2).flatten(2))
        return answer


class Mlp(nn.Module):
    """Two layers."""

    def __init__(self, width: int, inner: int) -> None:
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: Tensor) -> Tensor:
        """N x L x width."""
        answer: Tensor = self.fc2(F.gelu(self.fc1(x)))
        return answer


class EncoderBlock(nn.Module):
    """Attention and MLP, each after its norm."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.norm1, self.norm2 = (nn.LayerNorm(width, eps=1e-6) for _ in range(2))
        self.attention = Attention(width, heads)
        self.mlp = Mlp(width, inner)

    def forward(self, x: Tensor, bias: Tensor | None) -> Tensor:
        """N x L x width."""
        x = x + self.attention(self.norm1(x), bias)
        answer: Tensor = x + self.mlp(self.norm2(x))
        return answer


class _Table(nn.Module):
    """A table under the name that the published file gives it."""

    def __init__(self, name: str, *shape: int) -> None:
        super().__init__()
        setattr(self, name, nn.Parameter(torch.empty(shape)))


class Transformer(nn.Module):
    """From embedded tokens to the class token."""

    def __init__(self, width: int, inner: int, heads: int, layers: int) -> None:
        super().__init__()
        self.cls = nn.Parameter(torch.empty(1, 1, width))
        self.posembed_input = _Table("position_emb", 1, _POSITIONS**2, width)
        self.scaleembed_input = _Table("scale_emb", len(LONGER_SIDES) + 1, width)
        blocks = {f"encoderblock_{i}": EncoderBlock(width, inner, heads) for i in range(layers)}
        self.transformer = nn.ModuleDict(blocks)
        self.encoder_norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, embedded: Tensor, tokens: Tokens) -> Tensor:
        """N x tokens x width to N x width."""
        positions = self.posembed_input.get_parameter("position_emb")[0, tokens.spatial]
        scales = self.scaleembed_input.get_parameter("scale_emb")[tokens.scale]
        x = torch.cat([self.cls.expand(embedded.shape[0], -1, -1), embedded + positions + scales], dim=1)
        bias = _bias(tokens.mask.to(x.device))
        for block in self.transformer.values():
            x = block(x, bias)
        normed: Tensor = self.encoder_norm(x)
        return normed[:, 0]


def _bias(mask: Tensor) -> Tensor | None:
    """What is added to logits, where a token is masked."""
    if bool(mask.all()):
        return None
    seen = F.pad(mask, (1, 0), value=1).bool()
    return torch.where(seen[:, None] & seen[None, :], 0.0, _MASKED)


class Musiq(nn.Module):
    """Rates pictures of one size."""

    def __init__(self, *, width: int, inner: int, heads: int, layers: int, stem: int, features: int) -> None:
        super().__init__()
        self.conv_root, self.gn_root = _conv(3, stem, 7, stride=2), nn.GroupNorm(_GROUPS, stem, eps=1e-6)
        self.block1 = Bottleneck(stem, features)
        self.embedding = nn.Linear(features * (TOKEN // 4) ** 2, width)
        self.transformer_encoder = Transformer(width, inner, heads, layers)
        self.head = nn.Linear(width, 1)

    def root(self, tokens: Tensor) -> Tensor:
        """Tokens x 3 x 32 x 32 to tokens x 64 x 8 x 8."""
        return F.max_pool2d(_same(F.relu(self.gn_root(self.conv_root(tokens))), 3, 2), 3, 2)

    def embed(self, tokens: Tensor) -> Tensor:
        """N x tokens x 3 x 32 x 32 to N x tokens x width, before positions."""
        features = self.block1(self.root(tokens.flatten(0, 1)))
        flat = features.permute(0, 2, 3, 1).flatten(1)
        embedded: Tensor = self.embedding(flat)
        return embedded.view(*tokens.shape[:2], -1)

    def encode(self, tokens: Tokens) -> Tensor:
        """The class token after the last norm, N x width."""
        encoded: Tensor = self.transformer_encoder(self.embed(tokens.pixels), tokens)
        return encoded

    def forward(self, pictures: Tensor) -> Tensor:
        """Scores, N x 1, about 0 to 100, of pictures N x 3 x H x W in 0..1."""
        scores: Tensor = self.head(self.encode(cut(pictures)))
        return scores


def build_musiq(tensors: Mapping[str, Tensor], *, heads: int, source: object) -> Musiq:
    """The network with its weights, in evaluation mode; sizes follow from the tensors.

    Raises WeightsFormatError, naming `source`, where they do not fit together.
    """
    blocks = {name.split(".")[2] for name in tensors if ".encoderblock_" in name}
    try:
        with torch.device("meta"):
            network = Musiq(
                width=tensors["embedding.weight"].shape[0],
                inner=tensors["transformer_encoder.transformer.encoderblock_0.mlp.fc1.weight"].shape[0],
                heads=heads,
                layers=len(blocks),
                stem=tensors["conv_root.weight"].shape[0],
                features=tensors["block1.conv3.weight"].shape[0],
            )
        network.load_state_dict(dict(tensors), assign=True)
    except (KeyError, RuntimeError) as error:
        raise WeightsFormatError(source, f"its tensors are not those of MUSIQ ({error})") from error
    return network.eval().requires_grad_(requires_grad=False)
