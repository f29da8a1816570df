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
    assumed = _continuity(sheet, contents, form)
    reversed_ = _continuity(sheet, contents, replace(form, bit_order=other))
    pairs = form.height * form.width * form.channels / 8
    if reversed_ - assumed > max(_CLEARLY, _SIGNIFICANT_SD / math.sqrt(pairs)):
        raise sheet.problem(
            f"looks as if its bit order were {other}: pixels of neighbouring bytes are {reversed_:.2f} alike "
            f"in it, and {assumed:.2f} in the usual order {form.bit_order}",
            state="`bit_order=lsb` or `bit_order=msb`",
        )


def _continuity(sheet: FactSheet, contents: Contents, form: StoredForm) -> float:
    """How alike the last pixel of each byte and the first of the next one are, in a sum of some frames."""
    frames = contents.form.frames
    start = max(0, (frames - _FRAMES) // 2)
    reader = StoredReader(path=sheet.path, source=contents.source, form=form)
    total = reader.total(start, min(frames, start + _FRAMES), None).astype(np.float64)
    lines = np.moveaxis(total, 1 if form.packing is Packing.WIDTH else 0, 0)
    first = lines[8::8]
    return _alike(lines[7::8][: len(first)], first)


def _alike(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    spread = one.std() * other.std()
    return float(((one - one.mean()) * (other - other.mean())).mean() / spread) if spread > 0 else 0.0
