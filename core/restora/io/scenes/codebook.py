"""Few numbers in place of many: 256 codes for a table of floats, and a palette for rows of them."""

from __future__ import annotations

import heapq
import itertools
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

    The part of the rows that is furthest from its own mean is cut in two, at the mean of the column that
    varies most, until there are enough parts; a part's mean stands for it. Few rows stand for themselves.
    """
    if len(rows) <= most:
        return rows, np.arange(len(rows))
    labels = np.empty(len(rows), np.int64)
    palette = []
    for number, part in enumerate(_parts(rows, most)):
        labels[part] = number
        palette.append(rows[part].mean(axis=0, dtype=np.float64))
    return np.array(palette, np.float32), labels


def _parts(rows: Floats, most: int) -> list[NDArray[np.int64]]:
    serial = itertools.count()  # decides between equals, so that arrays are never compared
    everything = np.arange(len(rows))
    waiting = [(*_spread(rows, everything), next(serial), everything)]
    done: list[NDArray[np.int64]] = []
    while waiting and len(waiting) + len(done) < most:
        spread, column, _, part = heapq.heappop(waiting)
        values = rows[part, column]
        is_above = values > values.mean(dtype=np.float64)
        if spread == 0 or not is_above.any():
            done.append(part)  # all its rows are the same
            continue
        for half in (part[~is_above], part[is_above]):
            heapq.heappush(waiting, (*_spread(rows, half), next(serial), half))
    return [*done, *(entry[3] for entry in waiting)]


def _spread(rows: Floats, part: NDArray[np.int64]) -> tuple[float, int]:
    """Minus the squared distances to the mean, for a heap, and the column that varies most."""
    variance = rows[part].var(axis=0)
    return -float(variance.sum()) * len(part), int(np.argmax(variance))


def _padded(codes: NDArray[np.float64], count: int) -> Floats:
    return np.concatenate([codes, np.repeat(codes[-1:], count - len(codes))]).astype(np.float32)
