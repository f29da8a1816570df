"""Residual quantising of a latent over growing grids, from one code to one per position, as VAR does it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import torch
import torch.nn.functional as F  # noqa: N812  # torch's own customary name
from torch import Tensor, nn

_AT_ONCE = 4096
"""Positions whose distances to all codes are held at a time."""


def phi_indices(scales: int, phis: int = 4) -> tuple[int, ...]:
    """Which of the shared convolutions each scale uses: the one whose tick is nearest.

    Ticks lie in the middle of equal parts, stretched as published. The published code leaves ties to rounding
    in double precision; for its lists that takes the larger.
    """
    first = Fraction(1, 3 * phis)
    ticks = [first + Fraction(i, max(phis - 1, 1)) * (1 - 2 * first) for i in range(phis)]
    places = [Fraction(k, max(scales - 1, 1)) for k in range(scales)]
    return tuple(min(range(phis), key=lambda i: (abs(ticks[i] - place), -i)) for place in places)


class BlendedConv(nn.Conv2d):
    """Half of the input, half of its convolution."""

    def forward(self, x: Tensor) -> Tensor:
        """B x C x h x w."""
        return x.mul(0.5) + super().forward(x).mul_(0.5)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Codes:
    """A latent as codes."""

    indices: tuple[Tensor, ...]
    """By scale, B x p² in raster order."""
    sums: tuple[Tensor, ...]
    """By scale, what all codes up to it add up to: B x C x P x P."""
    rest: Tensor
    """What was left before the last scale, B x C x P x P."""


class ScaleQuantiser(nn.Module):
    """`sides` of the grids, ascending; the last is the latent's own.

    VAR refines the last scale with a convolution like the others; its descendants for restoration do not.
    """

    def __init__(
        self, *, codes: int, channels: int, sides: tuple[int, ...], phis: int = 4, refines_last: bool
    ) -> None:
        super().__init__()
        self.sides = sides
        self.embedding = nn.Embedding(codes, channels)
        self.quant_resi = nn.Module()
        convs = [BlendedConv(channels, channels, 3, padding=1) for _ in range(phis)]
        self.quant_resi.add_module("qresi_ls", nn.ModuleList(convs))
        self._phis = phi_indices(len(sides), phis)
        self._refines_last = refines_last

    def encode(self, latent: Tensor) -> Codes:
        """B x C x P x P float32 to its codes; of equally near ones the first."""
        rest, total = latent, torch.zeros_like(latent)
        indices, sums = [], []
        for scale, side in enumerate(self.sides):
            if scale < len(self.sides) - 1:
                small = F.interpolate(rest, size=(side, side), mode="area")
            else:
                small = before_last = rest
            index = self.nearest(small.flatten(2).transpose(1, 2))
            step = self.step(scale, index)
            rest, total = rest - step, total + step
            indices.append(index)
            sums.append(total)
        return Codes(indices=tuple(indices), sums=tuple(sums), rest=before_last)

    def nearest(self, values: Tensor) -> Tensor:
        """The code of every vector of ... x C."""
        table = self.embedding.weight
        squares = table.square().sum(dim=1)
        flat = values.reshape(-1, table.shape[1])
        parts = (flat[start : start + _AT_ONCE] for start in range(0, len(flat), _AT_ONCE))
        found = [(squares - 2 * part @ table.mT).argmin(dim=1) for part in parts]
        return torch.cat(found).reshape(values.shape[:-1])

    def step(self, scale: int, index: Tensor) -> Tensor:
        """What the codes B x p² of a scale add to the latent: B x C x P x P."""
        side, full = self.sides[scale], self.sides[-1]
        small = self.embedding(index).transpose(1, 2).unflatten(2, (side, side))
        if scale == len(self.sides) - 1:
            return self._refined(scale, small) if self._refines_last else small
        return self._refined(scale, F.interpolate(small, size=(full, full), mode="bicubic"))

    def inputs(self, scale: int, total: Tensor) -> Tensor:
        """What a model sees of the sum so far before it predicts `scale`: B x p² x C in raster order."""
        side = self.sides[scale]
        small = total if side == self.sides[-1] else F.interpolate(total, size=(side, side), mode="area")
        return small.flatten(2).transpose(1, 2)

    def _refined(self, scale: int, codes: Tensor) -> Tensor:
        convs = self.quant_resi.get_submodule("qresi_ls")
        refined: Tensor = convs.get_submodule(str(self._phis[scale]))(codes)
        return refined
