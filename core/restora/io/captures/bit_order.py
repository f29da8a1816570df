"""Looks whether an assumed bit order fits the frames: in the wrong one, bytes do not continue each other."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from restora.data.photon_cube import Origin
from restora.io.captures.contents import Contents
from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.options import BitOrder, Packing
from restora.io.captures.stored_reader import StoredForm, StoredReader

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FRAMES = 64
_CLEARLY = 0.1
"""By how much the last pixel of a byte must be more alike to the next one in the other order."""
_SIGNIFICANT_SD = 6.0


def check_assumed_bit_order(sheet: FactSheet, contents: Contents) -> None:
    """Raise FileProblemError where the bit order was assumed and the frames speak clearly against it."""
    form = contents.form.stored
    if form.packing is Packing.NONE or sheet.origin("bit order") is not Origin.ASSUMED:
        return
    other = BitOrder.LSB if form.bit_order is BitOrder.MSB else BitOrder.MSB
    first, last = _ends_of_bytes(sheet, contents, form)
    assumed, reversed_ = _alike(last[:-1], first[1:]), _alike(first[:-1], last[1:])
    pairs = form.height * form.width * form.channels / 8
    if reversed_ - assumed > max(_CLEARLY, _SIGNIFICANT_SD / math.sqrt(pairs)):
        raise sheet.problem(
            f"looks as if its bit order were {other}: pixels of neighbouring bytes are {reversed_:.2f} alike "
            f"in it, and {assumed:.2f} in the usual order {form.bit_order}",
            state="`bit_order=lsb` or `bit_order=msb`",
        )


def _ends_of_bytes(
    sheet: FactSheet, contents: Contents, form: StoredForm
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The first and the last pixel of each byte, in a sum of some frames.

    In the other order they change places.
    """
    frames = contents.form.frames
    start = max(0, (frames - _FRAMES) // 2)
    is_along_rows = form.packing is Packing.WIDTH
    # With the last byte's padding, so that every byte has both ends.
    if is_along_rows:
        padded = replace(form, width=_whole_bytes(form.width))
    else:
        padded = replace(form, height=_whole_bytes(form.height))
    reader = StoredReader(path=sheet.path, source=contents.source, form=padded)
    total = reader.total(start, min(frames, start + _FRAMES), None)
    lines = total.swapaxes(0, 1) if is_along_rows else total
    return lines[0::8].astype(np.float64), lines[7::8].astype(np.float64)


def _whole_bytes(pixels: int) -> int:
    return -(-pixels // 8) * 8


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 0 else 0.0
