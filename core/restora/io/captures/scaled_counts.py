"""Counts in pictures: kept as they are, or scaled to the full range so that they can be looked at."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.errors import FileProblemError
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.layouts import Look, count_bits
from restora.io.captures.sources import FrameSource

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOOKED_AT = 8
_MOST_SCALED_BITS = 4
_NO_LEVEL = 255


def counts_of(
    stored: NDArray[Any], levels: NDArray[np.uint8] | None, place: Callable[[int], Path]
) -> NDArray[Any]:
    """Counts of stored frames, N x height x width x channels; `levels` as `bits_and_levels` gave them.

    Raises FileProblemError, naming the file of the frame, where a value is none of the levels.
    """
    if levels is None:
        return stored
    counts: NDArray[np.uint8] = levels[stored]
    if (counts == _NO_LEVEL).any():
        wrong = int(np.argwhere(counts == _NO_LEVEL)[0, 0])
        raise FileProblemError(
            place(wrong),
            "holds values between the levels of scaled counts",
            advice="State the right `bits`.",
        )
    return counts


def bits_and_levels(
    sheet: FactSheet, source: FrameSource, dtype: np.dtype[Any], frames: int
) -> tuple[int, NDArray[np.uint8] | None]:
    """Bits per frame, and the levels where pictures hold counts scaled to their full range."""
    if dtype == np.bool_:
        return count_bits(sheet, dtype, Look(lambda: np.ones(1, np.uint8))), None
    places = np.unique(np.linspace(0, frames - 1, _LOOKED_AT).astype(int)).tolist()
    values = np.unique(np.concatenate([np.unique(source.read(at, at + 1)) for at in places]))
    known = sheet.get("bits", int)
    if known is not None and int(values[-1]) > 2**known - 1:
        return known, _stated_levels(sheet, values, known, dtype)
    if known is None and int(values[-1]) == np.iinfo(dtype).max:
        for bits in range(1, _MOST_SCALED_BITS + 1):
            if np.isin(values, _levels(bits, dtype)).all():
                sheet.assume(
                    "bits", bits, f"only the {2**bits} levels of scaled counts in the frames looked at"
                )
                return bits, _table(bits, dtype)
    return count_bits(sheet, dtype, Look(lambda: values)), None


def _stated_levels(
    sheet: FactSheet, values: NDArray[Any], bits: int, dtype: np.dtype[Any]
) -> NDArray[np.uint8]:
    if bits > _MOST_SCALED_BITS or not np.isin(values, _levels(bits, dtype)).all():
        raise sheet.problem(
            f"holds values up to {int(values[-1])}, neither counts of {bits} bit(s) nor such counts scaled "
            f"to white",
            state="the right `bits`",
        )
    return _table(bits, dtype)


def _levels(bits: int, dtype: np.dtype[Any]) -> NDArray[np.int64]:
    most = 2**bits - 1
    scaled: NDArray[np.float64] = np.rint(np.arange(most + 1) * (np.iinfo(dtype).max / most))
    return scaled.astype(np.int64)


def _table(bits: int, dtype: np.dtype[Any]) -> NDArray[np.uint8]:
    table = np.full(int(np.iinfo(dtype).max) + 1, _NO_LEVEL, np.uint8)
    table[_levels(bits, dtype)] = np.arange(2**bits)
    return table
