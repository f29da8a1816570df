"""From numbers to the 32-bit pixels that Qt draws fastest; runs on any thread."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.kinds import Transfer
from restora_desktop.viewer.colour_maps import ColourMap, colours
from restora_desktop.viewer.levels import TABLE_SIZE, Channel, Levels, Look, byte_table, saturation

if TYPE_CHECKING:
    from numpy.typing import NDArray

Words: TypeAlias = "NDArray[np.uint32]"
"""Height x width, 0xffRRGGBB: QImage.Format_RGB32."""

NAN_COLOUR = np.uint32(0xFFFF00FF)
"""Magenta: no photograph has much of it."""
ABOVE_COLOUR = np.uint32(0xFFFF3030)
BELOW_COLOUR = np.uint32(0xFF3060FF)
_OPAQUE = 0xFF000000
_BAND_ROWS = 32
"""Rows converted at once: the intermediate arrays stay in the processor's cache."""
_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
"""Rec. 709, on the stored numbers."""
_HATCH = 8
"""Period of the marks' stripes in pixels."""
_SQUARE = 8
"""Side of the chequered squares behind transparent pictures."""
_CHEQUERED = (102, 153)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaling:
    """What turns stored numbers into places in the table."""

    factor: np.float32
    offset: np.float32

    @classmethod
    def of(cls, levels: Levels, transfer: Transfer, nominal_white: float) -> Scaling:
        """For numbers whose white is `nominal_white`."""
        steps = (TABLE_SIZE - 1) / saturation(levels, transfer)
        factor = steps / (levels.span * nominal_white)
        # The half makes truncation round.
        return cls(factor=np.float32(factor), offset=np.float32(0.5 - levels.black / levels.span * steps))

    def places(self, numbers: ImageArray) -> NDArray[np.uint16]:
        """Places in the table; NaN goes to black and must be marked by the caller."""
        with np.errstate(invalid="ignore", over="ignore"):  # infinities are legal numbers here
            scaled = numbers * self.factor
            scaled += self.offset
        np.fmax(scaled, np.float32(0), out=scaled)
        np.fmin(scaled, np.float32(TABLE_SIZE - 1), out=scaled)
        return scaled.astype(np.uint16)


def render(pixels: ImageArray, look: Look, transfer: Transfer, nominal_white: float) -> Words:
    """`pixels` (height x width x 1, 3 or 4, any strides) as they look on the screen.

    NaN in any shown channel is magenta. Marks are red stripes where a channel exceeds white, blue ones
    falling the other way where one lies below black.
    """
    words = np.empty(pixels.shape[:2], np.uint32)
    scaling = Scaling.of(look.levels, transfer, nominal_white)
    for start in range(0, len(words), _BAND_ROWS):
        band = slice(start, start + _BAND_ROWS)
        numbers, alpha = _shown(pixels[band], look)
        plain = _plain_levels(numbers, look, transfer, scaling)
        out = words[band]
        np.copyto(out, plain)
        if alpha is not None:
            _lay_over_squares(out, alpha, start)
        _mark(out, numbers, look, nominal_white, start)
    return words


def _shown(pixels: ImageArray, look: Look) -> tuple[ImageArray, ImageArray | None]:
    """The numbers to be shown, with 1 or 3 channels, and the alpha to show them with."""
    channels = pixels.shape[2]
    alpha = pixels[:, :, 3] if channels == 4 else None
    match look.channel:
        case _ if channels == 1:
            return pixels, None
        case Channel.COLOUR if look.colour_map is ColourMap.GREY:
            return pixels[:, :, :3], alpha
        case Channel.COLOUR:
            return pixels[:, :, :3].mean(axis=2, keepdims=True, dtype=np.float32), None
        case Channel.LUMINANCE:
            return (pixels[:, :, :3] @ _LUMINANCE)[:, :, None], None
        case Channel.ALPHA:
            return (np.ones_like(pixels[:, :, :1]) if alpha is None else alpha[:, :, None]), None
        case single:
            index = (Channel.RED, Channel.GREEN, Channel.BLUE).index(single)
            return pixels[:, :, index : index + 1], None


def _plain_levels(numbers: ImageArray, look: Look, transfer: Transfer, scaling: Scaling) -> Words:
    if numbers.shape[2] == 1:
        table = mapped_table(look.levels, transfer, look.colour_map)
        return table.take(scaling.places(numbers[:, :, 0]))
    red, green, blue = _colour_tables(look.levels, transfer)
    places = scaling.places(numbers)
    words = red.take(places[:, :, 0])
    words |= green.take(places[:, :, 1])
    words |= blue.take(places[:, :, 2])
    return words


@lru_cache(maxsize=32)
def mapped_table(levels: Levels, transfer: Transfer, colour_map: ColourMap) -> Words:
    """Words for every place in the table, for pictures of one number per pixel."""
    parts = colours(colour_map)[byte_table(levels, transfer)].astype(np.uint32)
    return np.uint32(_OPAQUE) | parts[:, 0] << np.uint32(16) | parts[:, 1] << np.uint32(8) | parts[:, 2]


@lru_cache(maxsize=16)
def _colour_tables(levels: Levels, transfer: Transfer) -> tuple[Words, Words, Words]:
    table = byte_table(levels, transfer).astype(np.uint32)
    return table << np.uint32(16) | np.uint32(_OPAQUE), table << np.uint32(8), table


def _mark(words: Words, numbers: ImageArray, look: Look, nominal_white: float, top: int) -> None:
    if look.marks:
        black, white = sorted((look.levels.black, look.levels.white))
        stripes = _stripes(words.shape, top)
        with np.errstate(invalid="ignore"):
            above = (numbers > np.float32(white * nominal_white)).any(axis=2)
            below = (numbers < np.float32(black * nominal_white)).any(axis=2)
        words[above & (stripes % _HATCH < _HATCH // 2)] = ABOVE_COLOUR
        words[below & (_stripes(words.shape, top, falling=True) % _HATCH < _HATCH // 2)] = BELOW_COLOUR
    # The minimum is NaN as soon as one number is: cheaper than a mask for the usual picture without any.
    with np.errstate(invalid="ignore"):
        if np.isnan(numbers.min()):
            words[np.isnan(numbers).any(axis=2)] = NAN_COLOUR


def _stripes(shape: tuple[int, ...], top: int, *, falling: bool = False) -> NDArray[np.intp]:
    rows = np.arange(top, top + shape[0])[:, None]
    columns = np.arange(shape[1])[None, :]
    return rows - columns if falling else rows + columns


def _lay_over_squares(words: Words, alpha: ImageArray, top: int) -> None:
    """Show colour with alpha over grey squares, on the bytes."""
    rows = np.arange(top, top + len(words))[:, None] // _SQUARE
    columns = np.arange(words.shape[1])[None, :] // _SQUARE
    behind = np.where((rows + columns) % 2, *_CHEQUERED).astype(np.float32)
    share = np.fmin(np.fmax(alpha, np.float32(0)), np.float32(1))
    mixed = np.full(words.shape, _OPAQUE, np.uint32)
    for shift in (16, 8, 0):
        front = (words >> np.uint32(shift) & np.uint32(255)).astype(np.float32)
        byte = (behind + (front - behind) * share + np.float32(0.5)).astype(np.uint32)
        mixed |= byte << np.uint32(shift)
    np.copyto(words, mixed)
