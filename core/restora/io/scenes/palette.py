"""Some rows of numbers in place of many: a palette of harmonics that Gaussians share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Numbers = NDArray[np.int64]

_LOOKED_AT = 262_144
"""Rows that decide how all are parted: four for each entry of the largest palette."""


def palette_of(
    rows: Floats, most: int, told: Callable[[float], None] = lambda _share: None
) -> tuple[Floats, Numbers]:
    """At most `most` rows near to all `rows`, and for each row its number among them.

    The parts of the rows that are furthest from their own means are cut in two, at the mean of the column
    that varies most, until there are enough parts; a part's mean stands for it. Few rows stand for
    themselves, and of very many an even choice decides where the cuts are. `told` hears the share that is
    done.
    """
    if len(rows) <= most:
        return rows, np.arange(len(rows))
    parts = _Parts(rows[:: -(-len(rows) // _LOOKED_AT)], most)
    labels = np.zeros(len(rows), np.int64)
    while (cut := parts.cut()) is not None:
        cut.apply(rows, labels)
        told(float(np.log(parts.count) / np.log(most)))  # each round cuts about half of them in two
    return _means(rows, labels, parts.count), labels


def _means(rows: Floats, labels: Numbers, count: int) -> Floats:
    """Column by column: a sum of all at once would take three times the memory of the scene."""
    sizes = np.bincount(labels, minlength=count)
    columns = [
        np.bincount(labels, rows[:, column], minlength=count) / sizes for column in range(rows.shape[1])
    ]
    return np.stack(columns, axis=1).astype(np.float32)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Cut:
    """How some parts are cut, by the number of the part."""

    is_cut: NDArray[np.bool_]
    columns: Numbers
    borders: NDArray[np.float64]
    fresh: Numbers
    """The number of what lies above the border."""

    def apply(self, rows: NDArray[np.floating], labels: Numbers) -> Numbers:
        """Renumber in place; returns the places whose parts were cut."""
        inside = np.flatnonzero(self.is_cut[labels])
        owners = labels[inside]
        is_above = rows[inside, self.columns[owners]] > self.borders[owners]
        labels[inside[is_above]] = self.fresh[owners[is_above]]
        return inside


class _Parts:
    """Rows in parts, and how far the rows of each part are from their mean."""

    def __init__(self, rows: Floats, most: int) -> None:
        self.count = 1
        self._rows, self._most = rows.astype(np.float64), most
        self._squares = self._rows**2
        self._labels = np.zeros(len(rows), np.int64)
        self._spreads = np.zeros(most)
        """Summed squared distances; 0 where a part is not to be cut."""
        self._columns = np.zeros(most, np.int64)
        self._look(np.arange(len(rows)))

    def cut(self) -> _Cut | None:
        """Cut the worse half of the parts, as far as there is room; None where nothing is left to cut."""
        open_parts = np.flatnonzero(self._spreads[: self.count] > 0)
        room = min(self._most - self.count, -(-len(open_parts) // 2))
        if room < 1:
            return None
        chosen = open_parts[np.argsort(-self._spreads[open_parts], kind="stable")[:room]]
        found = self._planned(chosen)
        self._spreads[chosen[~found.is_cut[chosen]]] = 0
        self._look(found.apply(self._rows, self._labels))
        self.count += int(np.count_nonzero(found.is_cut))
        return found

    def _planned(self, chosen: Numbers) -> _Cut:
        inside = np.flatnonzero(np.isin(self._labels, chosen))
        owners, columns = self._labels[inside], self._columns[: self.count].copy()
        values = self._rows[inside, columns[owners]]
        sizes = np.bincount(owners, minlength=self.count)
        borders = np.bincount(owners, values, minlength=self.count) / np.maximum(sizes, 1)
        above = np.bincount(owners[values > borders[owners]], minlength=self.count)
        # Where rounding puts all rows on one side, they are the same, and the part is done.
        is_cut = (above > 0) & (above < sizes)
        fresh = self.count - 1 + np.cumsum(is_cut)
        return _Cut(is_cut=is_cut, columns=columns, borders=borders, fresh=fresh)

    def _look(self, places: Numbers) -> None:
        """Measure the parts that these rows make up."""
        if not len(places):
            return
        from scipy.sparse import csr_array

        order = places[np.argsort(self._labels[places], kind="stable")]
        starts = np.flatnonzero(np.diff(self._labels[order], prepend=-1))
        sizes = np.diff(starts, append=len(order))
        # A sum of rows is a product with a row of ones; numpy's own sums of segments take five times as long.
        members = csr_array(
            (np.ones(len(order)), order, np.append(starts, len(order))), shape=(len(starts), len(self._rows))
        )
        sums, squares = members @ self._rows, members @ self._squares
        spreads = np.maximum(squares - sums**2 / sizes[:, None], 0)
        parts = self._labels[order[starts]]
        self._columns[parts] = np.argmax(spreads, axis=1)
        self._spreads[parts] = np.where(sizes > 1, spreads.sum(axis=1), 0)
