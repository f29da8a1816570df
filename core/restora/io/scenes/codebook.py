"""Few numbers in place of many: 256 codes for a table of floats, and a palette for rows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

_ROUNDS = 8


def codes_for(values: Floats, count: int) -> Floats:
    """At most `count` numbers, ascending and repeated at the end if fewer are enough, near to all `values`.

    Lloyd's algorithm from quantiles; one dimension can be sorted, so that a round costs no more than a sum.
    """
    ordered = np.sort(values, axis=None).astype(np.float64)
    unique = np.unique(ordered)
    if len(unique) <= count:
        return _padded(unique, count)
    sums = np.concatenate([[0.0], np.cumsum(ordered)])
    codes = np.unique(np.quantile(unique, (np.arange(count) + 0.5) / count))
    for _ in range(_ROUNDS):
        borders = np.searchsorted(ordered, (codes[:-1] + codes[1:]) / 2)
        ends = np.concatenate([[0], borders, [len(ordered)]])
        lengths = np.diff(ends)
        used = lengths > 0
        codes = np.where(used, np.diff(sums[ends]) / np.maximum(lengths, 1), codes)
        codes.sort()
    return _padded(codes, count)


def nearest_codes(values: Floats, codes: Floats) -> NDArray[np.uint8]:
    """The number of the nearest code for each value; there are at most 256."""
    wide = codes.astype(np.float64)
    found: NDArray[np.uint8] = np.searchsorted((wide[:-1] + wide[1:]) / 2, values).astype(np.uint8)
    return found


def palette_of(rows: Floats, most: int) -> tuple[Floats, NDArray[np.int64]]:
    """At most `most` rows near to all `rows`, and for each row its number among them.

    The parts of the rows that are furthest from their own means are cut in two, at the mean of the column
    that varies most, until there are enough parts; a part's mean stands for it. Few rows stand for
    themselves.
    """
    if len(rows) <= most:
        return rows, np.arange(len(rows))
    parts = _Parts(rows, most)
    while parts.cut():
        pass
    return parts.means(), parts.labels


class _Parts:
    """Rows in parts, and how far the rows of each part are from their mean."""

    def __init__(self, rows: Floats, most: int) -> None:
        self._rows, self._most = rows, most
        self.labels = np.zeros(len(rows), np.int64)
        self._count = 1
        self._spreads = np.zeros(most)
        """Summed squared distances; 0 where a part is not to be cut."""
        self._columns = np.zeros(most, np.int64)
        self._look(np.arange(len(rows)))

    def cut(self) -> bool:
        """Cut the worse half of the parts, as far as there is room; False where nothing was cut."""
        open_parts = np.flatnonzero(self._spreads[: self._count] > 0)
        room = min(self._most - self._count, -(-len(open_parts) // 2))
        if room < 1:
            return False
        chosen = open_parts[np.argsort(-self._spreads[open_parts], kind="stable")[:room]]
        inside = np.flatnonzero(np.isin(self.labels, chosen))
        owners = self.labels[inside]
        values = self._rows[inside, self._columns[owners]].astype(np.float64)
        sizes = np.bincount(owners, minlength=self._count)
        means = np.bincount(owners, values, minlength=self._count) / np.maximum(sizes, 1)
        is_above = values > means[owners]
        above = np.bincount(owners[is_above], minlength=self._count)
        # Where rounding puts all rows on one side, they are the same, and the part is done.
        is_cut = (above > 0) & (above < sizes)
        self._spreads[chosen[~is_cut[chosen]]] = 0
        self._renumber(inside[is_above & is_cut[owners]], chosen[is_cut[chosen]])
        self._look(inside[is_cut[owners]])
        return True

    def _renumber(self, moved: NDArray[np.int64], cut: NDArray[np.int64]) -> None:
        fresh = np.zeros(self._count, np.int64)
        fresh[cut] = self._count + np.arange(len(cut))
        self.labels[moved] = fresh[self.labels[moved]]
        self._count += len(cut)

    def _look(self, places: NDArray[np.int64]) -> None:
        """Measure the parts that these rows make up."""
        if not len(places):
            return
        order, starts, sizes = self._grouped(places)
        rows = self._rows[order].astype(np.float64)
        sums, squares = np.add.reduceat(rows, starts, axis=0), np.add.reduceat(rows**2, starts, axis=0)
        spreads = np.maximum(squares - sums**2 / sizes[:, None], 0)
        parts = self.labels[order[starts]]
        self._columns[parts] = np.argmax(spreads, axis=1)
        self._spreads[parts] = np.where(sizes > 1, spreads.sum(axis=1), 0)

    def _grouped(
        self, places: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        """The places ordered by part, where each part starts among them, and its size."""
        order = places[np.argsort(self.labels[places], kind="stable")]
        starts = np.flatnonzero(np.diff(self.labels[order], prepend=-1))
        return order, starts, np.diff(starts, append=len(order))

    def means(self) -> Floats:
        """What stands for each part."""
        order, starts, sizes = self._grouped(np.arange(len(self._rows)))
        sums = np.add.reduceat(self._rows[order].astype(np.float64), starts, axis=0)
        return (sums / sizes[:, None]).astype(np.float32)


def _padded(codes: NDArray[np.float64], count: int) -> Floats:
    return np.concatenate([codes, np.repeat(codes[-1:], count - len(codes))]).astype(np.float32)
