"""What the axes of an array of frames mean, where it says so, is stated, or can be told from its shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.io.captures.fact_sheet import FactSheet
from restora.io.captures.options import LARGEST_SIDE, BitOrder, Packing
from restora.io.captures.stored_reader import StoredForm

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_PIXELS = 2**26
"""Of one frame; no single-photon sensor comes near."""
_COLOUR_COUNTS = (1, 3)
_PACKED_SHARE = 4
"""A side this much shorter than the other one holds bytes of pixels rather than pixels."""
_WIDEST = 4
_WIDEST_TIME_LAST = 2
_SMALLEST_TIME_LAST = 64
_STATE_BITS = "`bits`, or `bits=1` for binary frames"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ArrayForm:
    """An array of frames, understood: which axis counts them, and what each of them is."""

    time_axis: int | None
    frames: int
    stored: StoredForm


def usual_layout(shape: tuple[int, ...]) -> str:
    """The layout that research code takes an unpacked array of 3 or 4 axes for; b is an axis of one entry.

    Colour is where 3, 1 or 4 entries are, the last axis first, then the one before height. What is
    ambiguous is decided silently here: files are opened through `understand`, which reports and refuses.
    """
    if len(shape) == 5 and shape[0] == 1:
        return "b" + usual_layout(shape[1:])
    if len(shape) == 4:
        if shape[3] in (1, 3, 4):
            return "thwc"
        return "tchw" if shape[1] in (1, 3, 4) else "chwt"
    if len(shape) == 3:
        if shape[2] in (1, 3, 4):
            return "hwc"
        return "chw" if shape[0] in (1, 3, 4) else "thw"
    raise ValueError(f"no layout is usual for shape {shape}")


def arranged(array: NDArray[Any], layout: str) -> NDArray[Any]:
    """An array in any layout as frames x height x width x channels; a fourth channel is left out."""
    if layout.startswith("b"):
        array, layout = array[0], layout[1:]
    ordered = array.transpose([layout.index(axis) for axis in "thwc" if axis in layout])
    if "t" not in layout:
        ordered = ordered[np.newaxis]
    if "c" not in layout:
        ordered = ordered[..., np.newaxis]
    return ordered[..., :3]


def understand(
    sheet: FactSheet, shape: tuple[int, ...], dtype: np.dtype[Any], peek: Callable[[], NDArray[Any]]
) -> ArrayForm:
    """Settle every fact about an array of frames; `peek` gives some of its values, only if they are needed.

    Raises FileProblemError where facts contradict each other, or the array can be read in several ways.
    """
    if dtype.kind not in "bui":
        raise sheet.problem(f"holds {dtype} numbers, but detections are whole numbers or bool")
    look = Look(peek)
    packing = _packing(sheet, shape, dtype, look)
    layout = _layout(sheet, shape, packing)
    if len(layout) != len(shape):
        raise sheet.problem(f"has {len(shape)} axes, but the layout {layout} names {len(layout)}")
    sizes = {axis: shape[layout.index(axis)] if axis in layout else 1 for axis in "thwc"}
    _unpack_side(sheet, sizes, packing)
    for axis, name in (("t", "frames"), ("h", "height"), ("w", "width"), ("c", "channels")):
        sheet.learn_from_file(name, sizes[axis])
    check_sizes(sheet, frames=sizes["t"], height=sizes["h"], width=sizes["w"], channels=sizes["c"])
    bits = 1 if packing is not Packing.NONE else count_bits(sheet, dtype, look)
    if packing is not Packing.NONE:
        sheet.learn_from_file("bits", 1, "because it is packed")
    stored = StoredForm(
        axes=layout.replace("t", ""),
        height=sizes["h"],
        width=sizes["w"],
        channels=sizes["c"],
        bits=bits,
        packing=packing,
        bit_order=bit_order(sheet) if packing is not Packing.NONE else BitOrder.MSB,
    )
    time_axis = layout.index("t") if "t" in layout else None
    return ArrayForm(time_axis=time_axis, frames=sizes["t"], stored=stored)


def check_sizes(sheet: FactSheet, *, frames: int, height: int, width: int, channels: int) -> None:
    """Raise FileProblemError for sizes that no capture has, before anything is allocated for them."""
    if min(frames, height, width) < 1:
        raise sheet.problem(f"has {frames} frames of {width} x {height} pixels, which is no capture")
    if max(height, width) > LARGEST_SIDE or height * width > MOST_PIXELS:
        raise sheet.problem(
            f"has frames of {width} x {height} pixels; at most {MOST_PIXELS} pixels with sides up to "
            f"{LARGEST_SIDE} are read"
        )
    if channels not in _COLOUR_COUNTS:
        raise sheet.problem(f"has {channels} channels, expected 1 or 3", state="the `layout`")


def bit_order(sheet: FactSheet) -> BitOrder:
    """The order of bits in a byte: as known, or the usual one, reported as assumed."""
    known = sheet.get("bit order", BitOrder)
    return known or sheet.assume("bit order", BitOrder.MSB, "the usual order of NumPy and its users")


def count_bits(sheet: FactSheet, dtype: np.dtype[Any], look: Look) -> int:
    """Bits per unpacked frame: as known, or 1 or k where the values found reach exactly 2**k - 1."""
    room = 1 if dtype.kind == "b" else 8 * dtype.itemsize
    if dtype.kind == "b":
        sheet.learn_from_file("bits", 1)
    known = sheet.get("bits", int)
    if known is not None:
        if known > room:
            raise sheet.problem(f"is kept as {dtype}, which cannot hold frames of {known} bits")
        return known
    most = look.most
    bits = most.bit_length()
    if most < 1 or most != 2**bits - 1 or bits > 16:
        raise sheet.problem(
            f"holds counts up to {most} in the frames looked at, from which the most that a frame can hold "
            f"does not follow",
            state=_STATE_BITS,
        )
    return sheet.assume("bits", bits, f"the largest count in the frames looked at is {most}")


class Look:
    """Some of the values, read at most once."""

    def __init__(self, peek: Callable[[], NDArray[Any]]) -> None:
        self._peek = peek
        self._most: int | None = None

    @property
    def most(self) -> int:
        """The largest value found."""
        if self._most is None:
            self._most = int(self._peek().max(initial=0))
        return self._most


def _packing(sheet: FactSheet, shape: tuple[int, ...], dtype: np.dtype[Any], look: Look) -> Packing:
    known = sheet.get("packing", Packing)
    if dtype != np.uint8:
        sheet.learn_from_file("packing", Packing.NONE, f"because the file holds {dtype}")
        return Packing.NONE
    if known is not None:
        return known
    if (sheet.get("bits", int) or 1) > 1:
        return sheet.assume("packing", Packing.NONE, "frames of several bits are not packed")
    if look.most == 1:
        return sheet.assume("packing", Packing.NONE, "only zeros and ones in the frames looked at")
    looks_packed = len(shape) >= 3 and shape[2] * _PACKED_SHARE <= shape[1]
    if look.most == 0:
        raise sheet.problem("holds nothing but zeros in the frames looked at", state="`packing`")
    if looks_packed:
        return sheet.assume("packing", Packing.WIDTH, "bytes of all values, and few of them per row")
    if len(shape) >= 3 and look.most == 255:
        raise sheet.problem(
            f"of shape {shape} holds bytes up to 255, which can be packed pixels or counts", state="`packing`"
        )
    return sheet.assume("packing", Packing.NONE, "rows are too long to be packed")


def _layout(sheet: FactSheet, shape: tuple[int, ...], packing: Packing) -> str:
    known = sheet.get("layout", str)
    if known is not None:
        return known
    if len(shape) == 2:
        sheet.learn_from_file("layout", "hw", "with two axes")
        return "hw"
    if len(shape) == 3:
        return _layout_of_three(sheet, shape, packing)
    if len(shape) == 4 and shape[3] in _COLOUR_COUNTS:
        return sheet.assume("layout", "thwc", f"the last axis has {shape[3]}")
    if len(shape) == 4 and shape[1] in _COLOUR_COUNTS and packing is Packing.NONE:
        return sheet.assume("layout", "tchw", f"the second axis has {shape[1]}")
    raise sheet.problem(f"of shape {shape} has no axes that tell themselves apart", state="the `layout`")


def _layout_of_three(sheet: FactSheet, shape: tuple[int, ...], packing: Packing) -> str:
    first, second, last = shape
    if packing is not Packing.NONE:
        return sheet.assume("layout", "thw", "the usual order of packed frames")
    height, width = sheet.get("height", int), sheet.get("width", int)
    if (height, width) == (second, last):
        return sheet.assume("layout", "thw", "the known height and width")
    if (height, width) == (first, second):
        return sheet.assume("layout", "hwt", "the known height and width")
    time_first = _is_picture(second, last, _WIDEST)
    time_last = (
        min(first, second) >= _SMALLEST_TIME_LAST
        and last > max(first, second)
        and _is_picture(first, second, _WIDEST_TIME_LAST)
    )
    if time_first and time_last:
        raise sheet.problem(
            f"of shape {shape} can be {first} frames of {last} x {second} or {last} frames of "
            f"{second} x {first}",
            state="`layout=thw` or `layout=hwt`",
        )
    narrow = not time_first and last > max(first, second) and _is_picture(first, second, _WIDEST_TIME_LAST)
    if time_last or narrow:
        return sheet.assume("layout", "hwt", "only the first two axes make a picture")
    return sheet.assume("layout", "thw", "the usual order")


def _is_picture(height: int, width: int, widest: int) -> bool:
    return max(height, width) <= widest * min(height, width)


def _unpack_side(sheet: FactSheet, sizes: dict[str, int], packing: Packing) -> None:
    """Replace the packed side's bytes by its pixels, which a sidecar or the user may know exactly."""
    if packing is Packing.NONE:
        return
    axis, name = ("w", "width") if packing is Packing.WIDTH else ("h", "height")
    stored = sizes[axis]
    known = sheet.get(name, int)
    if known is None:
        sizes[axis] = sheet.assume(name, 8 * stored, "no padding in the last byte")
        return
    if math.ceil(known / 8) != stored:
        needed = math.ceil(known / 8)
        raise sheet.problem(
            f"keeps {stored} bytes along its packed {name}, but a {name} of {known} needs {needed}",
            state=f"another `{name}` or `packing`",
        )
    sizes[axis] = known
