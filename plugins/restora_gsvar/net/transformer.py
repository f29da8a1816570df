"""The transformer's parts. Rows are pictures; unlike elsewhere, two rows may attend jointly."""

from __future__ import annotations

import itertools
import math

import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor, nn

from restora_gsvar.net.positions import rotary_table, rotated

EPSILON = 1e-6
LARGEST_SCALE = math.log(100)
"""Learned logarithms of the attention's sharpness are cut here."""
LEAST_NORM = 1e-12


class Condition(nn.Module):
    """The only way by which the picture enters: convolutions to one token per latent."""

    def __init__(self, widths: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.conv_in = nn.Conv2d(3, widths[0], 3, padding=1)
        pairs = itertools.pairwise(widths)
        self.blocks = nn.ModuleList(
            conv
            for before, after in pairs
            for conv in (
                nn.Conv2d(before, before, 3, padding=1),
                nn.Conv2d(before, after, 3, stride=2, padding=1),
            )
        )
        self.conv_out = nn.Conv2d(widths[-1], width, 3, padding=1)

    def forward(self, pictures: Tensor) -> Tensor:
        """B x 3 x H x W in -1..1 to B x width x H/16 x W/16."""
        x = F.silu(self.conv_in(pictures.to(self.conv_in.weight.dtype)), inplace=True)
        for conv in self.blocks:
            x = F.silu(conv(x), inplace=True)
        tokens: Tensor = self.conv_out(x)
        return tokens.float()


class Attention(nn.Module):
    """Cosine attention with a learned sharpness per head and rotated positions."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.scale = nn.Parameter(torch.empty(heads, 1, 1))
        """What queries are multiplied with, exponentiated and cut."""

    def queries(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> Tensor:
        """Of B x n x C: B x heads x n x D."""
        width = x.shape[2]
        q = self._split(F.linear(x, self.qkv.weight[:width], self.qkv.bias[:width]))
        return self._turned(q, rotation, self.scale)

    def keys_and_values(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor]:
        """Of B x n x C: twice B x heads x n x D."""
        width = x.shape[2]
        k, v = F.linear(x, self.qkv.weight[width:], self.qkv.bias[width:]).chunk(2, dim=2)
        return self._turned(self._split(k), rotation), self._split(v)

    def all_three(self, x: Tensor, rotation: tuple[Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values in one multiplication."""
        q, k, v = (self._split(part) for part in self.qkv(x).chunk(3, dim=2))
        return self._turned(q, rotation, self.scale), self._turned(k, rotation), v

    def joined(self, attended: Tensor) -> Tensor:
        """B x heads x n x D to B x n x C."""
        joined: Tensor = self.proj(attended.transpose(1, 2).flatten(2))
        return joined

    def _split(self, x: Tensor) -> Tensor:
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def _turned(self, x: Tensor, rotation: tuple[Tensor, Tensor], scale: Tensor | None = None) -> Tensor:
        """Of length one (or `scale`), rotated; in float32, because rounding blurs positions first."""
        unit = F.normalize(x.float(), dim=-1, eps=LEAST_NORM)
        return rotated(unit if scale is None else unit * scale, *rotation).to(x.dtype)


class Block(nn.Module):
    """Attention and a feed-forward layer, both steered by the class of the picture.

    `modulation` holds gate, gate, scale, scale, shift, shift for both classes: a table instead of the
    published layer, which knows no other input than the class and would be a third of all weights.
    """

    modulation: Tensor

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attn = Attention(width, heads)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.register_buffer("modulation", torch.empty(2, 6, width))

    def steering(self, labels: Tensor) -> tuple[Tensor, ...]:
        """Gates, scales and shifts of every row, each B x 1 x C float32."""
        return self.modulation[labels].unsqueeze(2).unbind(1)

    def before_attention(self, x: Tensor, labels: Tensor) -> Tensor:
        """What attention works on, in the type of the weights."""
        _, _, scale, _, shift, _ = self.steering(labels)
        return self._normed(x, scale, shift)

    def after_attention(self, x: Tensor, attended: Tensor, labels: Tensor) -> Tensor:
        """The stream B x n x C after both parts, given what attention saw; float32."""
        gate1, gate2, _, scale, _, shift = self.steering(labels)
        x = torch.addcmul(x, self.attn.joined(attended).float(), gate1)
        inner = F.gelu(self.fc1(self._normed(x, scale, shift)), approximate="tanh")
        return torch.addcmul(x, self.fc2(inner).float(), gate2)

    def _normed(self, x: Tensor, scale: Tensor, shift: Tensor) -> Tensor:
        """The stream is float32 throughout; only what is multiplied is rounded."""
        normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON)
        return torch.addcmul(shift, normed, 1 + scale).to(self.fc1.weight.dtype)


class Head(nn.Module):
    """Scores of all codes, in float32."""

    modulation: Tensor

    def __init__(self, width: int, codes: int) -> None:
        super().__init__()
        self.scores = nn.Linear(width, codes)
        self.register_buffer("modulation", torch.empty(2, 2, width))

    def forward(self, x: Tensor, labels: Tensor) -> Tensor:
        """B x n x C to B x n x codes."""
        scale, shift = self.modulation[labels].unsqueeze(2).unbind(1)
        normed = F.layer_norm(x, x.shape[-1:], eps=EPSILON)
        scores: Tensor = self.scores(torch.addcmul(shift, normed, 1 + scale))
        return scores


class Transformer(nn.Module):
    """Everything between a picture and the scores of its codes."""

    cosine: Tensor
    sine: Tensor

    def __init__(
        self,
        *,
        sides: tuple[int, ...],
        width: int,
        heads: int,
        depth: int,
        codes: int,
        channels: int,
        condition_widths: tuple[int, ...],
        fused: frozenset[int],
    ) -> None:
        super().__init__()
        self.sides, self.fused = sides, fused
        self.condition = Condition(condition_widths, width)
        self.class_emb = nn.Embedding(2, width)
        self.pos_start = nn.Parameter(torch.empty(1, sides[-1] ** 2 + 1, width))
        self.lvl_embed = nn.Embedding(len(sides), width)
        self.word_embed = nn.Linear(channels, width)
        self.blocks = nn.ModuleList(Block(width, heads) for _ in range(depth))
        self.head = Head(width, codes)
        self._head_width = width // heads

    @property
    def layers(self) -> list[Block]:
        """The blocks, first to last."""
        return [block for block in self.blocks if isinstance(block, Block)]

    def place_tables(self, device: torch.device) -> None:
        """Make the table of rotations; it stands in no file."""
        self.cosine, self.sine = (table.to(device) for table in rotary_table(self.sides, self._head_width))

    def prefix(self, pictures: Tensor, labels: Tensor) -> Tensor:
        """The first segment: a token per latent of the picture, then the class; B x (P² + 1) x C."""
        return self.framed(self.condition(pictures).flatten(2).transpose(1, 2), labels)

    def framed(self, tokens: Tensor, labels: Tensor) -> Tensor:
        """The same from the tokens of the picture, B x P² x C."""
        whole = torch.cat([tokens, self.class_emb(labels)[:, None]], dim=1)
        return whole + self.pos_start + self.lvl_embed.weight[0]

    def segment(self, scale: int, inputs: Tensor) -> Tensor:
        """Tokens of a later scale from what the model may know of it, B x p² x channels."""
        embedded: Tensor = self.word_embed(inputs)
        return embedded + self.lvl_embed.weight[scale]

    def bounds(self, scale: int) -> tuple[int, int]:
        """The first token of a scale's segment, and the one after its last."""
        counts = [self.sides[-1] ** 2 + 1, *(side**2 for side in self.sides[1:])]
        start = sum(counts[:scale])
        return start, start + counts[scale]

    def rotation(self, start: int, stop: int) -> tuple[Tensor, Tensor]:
        """Cosines and sines of some tokens."""
        return self.cosine[start:stop], self.sine[start:stop]
