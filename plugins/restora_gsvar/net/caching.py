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
        self.filled = 0

    def add(self, k: Tensor, v: Tensor) -> None:
        """Append B x heads x n x D."""
        stop = self.filled + k.shape[2]
        self.keys[:, :, self.filled : stop] = k
        self.values[:, :, self.filled : stop] = v
        self.filled = stop

    def take(self, other: Line) -> None:
        """Start as a copy of what another one holds."""
        self.filled = 0
        self.add(other.keys[:, :, : other.filled], other.values[:, :, : other.filled])

    def attend(self, q: Tensor) -> Tensor:
        """What queries b x heads x n x D of the first b lines see of everything in them.

        Their sharpness is in the queries already.
        """
        keys, values = (part[: len(q), :, : self.filled] for part in (self.keys, self.values))
        return F.scaled_dot_product_attention(q, keys, values, scale=1.0)


class Store:
    """Lines of one block: joined ones for pairs where it fuses them, single ones for all others."""

    def __init__(self, rows: Rows, like: Tensor, length: int, *, fuses: bool) -> None:
        joined = rows.pairs if fuses else 0
        single = rows.generated - joined if fuses else rows.count
        self.joined = Line(joined, like, 2 * length) if joined else None
        self.single = Line(single, like, length) if single else None

    def take(self, other: Store) -> None:
        """Start as a copy of another one."""
        for mine, theirs in ((self.joined, other.joined), (self.single, other.single)):
            if mine is not None and theirs is not None:
                mine.take(theirs)

    def add(self, k: Tensor, v: Tensor, rows: Rows) -> None:
        """Append a segment of all rows."""
        pairs = 0 if self.joined is None else rows.pairs
        if self.joined is not None:
            for part in (slice(0, pairs), slice(rows.generated, None)):
                self.joined.add(k[part], v[part])
        if self.single is not None:
            part = slice(pairs, rows.generated if pairs else rows.count)
            self.single.add(k[part], v[part])

    def attend(self, q: Tensor, rows: Rows) -> Tensor:
        """For the queries of all rows, or of the generated ones alone."""
        if self.joined is None:
            assert self.single is not None  # a batch has rows
            return self.single.attend(q)
        pairs, length = rows.pairs, q.shape[2]
        queried = [q[:pairs], q[rows.generated :]] if len(q) == rows.count else [q[:pairs]]
        first, *second = self.joined.attend(torch.cat(queried, dim=2)).split(length, dim=2)
        alone = [] if self.single is None else [self.single.attend(q[pairs : rows.generated])]
        return torch.cat([first, *alone, *second])
