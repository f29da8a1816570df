"""Which row of a batch is what: renders that are generated, and photographs whose tokens are known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

RENDER, REFERENCE = 0, 1
"""Classes in GS-VAR's weights."""
GOOD, BAD = 0, 1
"""The same two classes in VARSR's."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference:
    """All that a photograph ever gives to the transformer: made once, used for every picture beside it."""

    prefix: Tensor
    """1 x (P² + 1) x C."""
    inputs: tuple[Tensor, ...]
    """By scale from the second on, 1 x p² x channels: what its own codes add up to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Generated rows first, those with a reference leading; then the references in the same order.

    In VARSR's mode the generated rows come twice, as good and as bad pictures.
    """

    pairs: int
    generated: int
    is_doubled: bool = False

    @property
    def count(self) -> int:
        """Of all rows."""
        return self.generated + self.pairs

    @property
    def is_reference(self) -> Tensor:
        """The view mask: rows whose tokens are given, never predicted."""
        mask = torch.zeros(self.count, dtype=torch.bool)
        mask[self.generated :] = True
        return mask

    def labels(self, device: torch.device) -> Tensor:
        """The class of every row."""
        if not self.is_doubled:
            return self.is_reference.long().to(device)
        half = self.generated // 2
        return torch.tensor([GOOD] * half + [BAD] * half, device=device)


def ordered(references: Sequence[Reference | None]) -> list[int]:
    """Items with a reference first, each sort in its own order."""
    return sorted(range(len(references)), key=lambda item: references[item] is None)
