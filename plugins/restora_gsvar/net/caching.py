"""Keys and values of what was generated so far, laid out before the first token."""

from __future__ import annotations

import torch
import torch.nn.functional as F  # torch's own customary name
from torch import Tensor

from restora_gsvar.net.rows import Rows


class Line:
    """Keys and values of some rows, or of pairs of rows that see each other: B x heads x length x D each."""

    def __init__(self, lines: int, like: Tensor, length: int) -> None:
        _, heads, _, width = like.shape
        shape = (lines, heads, length, width)
        self.keys, self.values = like.new_empty(shape), like.new_empty(shape)

    def put(self, k: Tensor, v: Tensor, start: int) -> None:
        """Write B x heads x n x D from the place `start` on."""
        stop = start + k.shape[2]
        self.keys[:, :, start:stop] = k
        self.values[:, :, start:stop] = v

    def take(self, other: Line, length: int) -> None:
        """Start as another one does."""
        self.put(other.keys[:, :, :length], other.values[:, :, :length], 0)

    def attend(self, q: Tensor, length: int) -> Tensor:
        """What queries b x heads x n x D of the first b lines see of the first so many places.

        Their sharpness is in the queries already.
        """
        keys, values = (part[: len(q), :, :length] for part in (self.keys, self.values))
        return F.scaled_dot_product_attention(q, keys, values, scale=1.0)


class Store:
    """Lines of one block: joined ones for pairs where it fuses them, single ones for all others.

    It does not know how far it is filled: whoever goes through the scales says so. Thus it can be filled
    again and again, by recorded kernels too.
    """

    def __init__(self, rows: Rows, like: Tensor, length: int, *, fuses: bool) -> None:
        joined = rows.pairs if fuses else 0
        single = rows.generated - joined if fuses else rows.count
        self.rows = rows
        self.joined = Line(joined, like, 2 * length) if joined else None
        self.single = Line(single, like, length) if single else None

    def take(self, other: Store, length: int) -> None:
        """Start as another one does, with so many tokens of every row."""
        if self.joined is not None and other.joined is not None:
            self.joined.take(other.joined, 2 * length)
        if self.single is not None and other.single is not None:
            self.single.take(other.single, length)

    def put(self, k: Tensor, v: Tensor, start: int) -> None:
        """Write a segment of all rows, whose first token is the row's token `start`."""
        rows, length = self.rows, k.shape[2]
        pairs = 0 if self.joined is None else rows.pairs
        if self.joined is not None:
            self.joined.put(k[:pairs], v[:pairs], 2 * start)
            self.joined.put(k[rows.generated :], v[rows.generated :], 2 * start + length)
        if self.single is not None:
            part = slice(pairs, rows.generated if pairs else rows.count)
            self.single.put(k[part], v[part], start)

    def attend(self, q: Tensor, length: int) -> Tensor:
        """For the queries of all rows, or of the generated ones alone, to so many tokens of every row."""
        if self.joined is None:
            assert self.single is not None  # a batch has rows
            return self.single.attend(q, length)
        rows, pairs, count = self.rows, self.rows.pairs, q.shape[2]
        queried = [q[:pairs], q[rows.generated :]] if len(q) == rows.count else [q[:pairs]]
        first, *second = self.joined.attend(torch.cat(queried, dim=2), 2 * length).split(count, dim=2)
        alone = [] if self.single is None else [self.single.attend(q[pairs : rows.generated], length)]
        return torch.cat([first, *alone, *second])
