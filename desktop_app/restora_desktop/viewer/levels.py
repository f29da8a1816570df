"""How numbers become brightness on the screen, as values that panes share."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from restora.data.kinds import Transfer
from restora.data.transfer import to_linear, to_srgb
from restora_desktop.viewer.colour_maps import ColourMap

if TYPE_CHECKING:
    from numpy.typing import NDArray

TABLE_SIZE = 65536
"""Entries of the table from numbers to bytes: 257 per code of an 8-bit file, which stay exact."""
_LEAST_SPAN = 1e-12


class Tone(StrEnum):
    """What happens to light on its way to the screen."""

    SRGB = "sRGB"
    """As screens expect it; a picture that is already encoded is shown as it is."""
    GAMMA = "gamma"
    """Light to the power 1 / gamma."""
    PLAIN = "plain"
    """The stored numbers, whatever they mean."""


class Channel(StrEnum):
    """Which part of a picture is shown."""

    COLOUR = "colour"
    RED = "red"
    GREEN = "green"
    BLUE = "blue"
    ALPHA = "alpha"
    LUMINANCE = "luminance"

    def available(self, channels: int) -> bool:
        """Whether a picture of so many channels has it."""
        if self is Channel.COLOUR:
            return True
        return channels == 4 if self is Channel.ALPHA else channels >= 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Levels:
    """Which numbers are black and white, in units of a picture's nominal white, and the brightness between.

    In these units the same levels fit a picture of 0..1 and a sum of a thousand binary frames.
    """

    black: float = 0.0
    white: float = 1.0
    """Below `black` it shows the negative."""
    exposure: float = 0.0
    """Stops of light: +1 is twice as bright."""
    tone: Tone = Tone.SRGB
    gamma: float = 2.2
    """Only for Tone.GAMMA."""

    @property
    def gain(self) -> float:
        """What light is multiplied by."""
        gain: float = 2.0**self.exposure
        return gain

    @property
    def span(self) -> float:
        """White minus black, never zero."""
        span = self.white - self.black
        return math.copysign(max(abs(span), _LEAST_SPAN), span)


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Everything that decides the bytes on the screen; equal looks give equal bytes."""

    levels: Levels = field(default_factory=Levels)
    channel: Channel = Channel.COLOUR
    colour_map: ColourMap = ColourMap.GREY
    """For pictures of one number per pixel; colour pictures are first averaged where it is not grey."""
    marks: bool = False
    """Whether numbers below black and above white are hatched."""


def saturation(levels: Levels, transfer: Transfer) -> float:
    """The number, as a share of the way from black to white, from which on the screen shows full white."""
    light = 1 / levels.gain
    if transfer is Transfer.SRGB and levels.tone is not Tone.PLAIN:
        return float(to_srgb(np.array([light], np.float32)).item())
    return light


@lru_cache(maxsize=64)
def byte_table(levels: Levels, transfer: Transfer) -> NDArray[np.uint8]:
    """Bytes for TABLE_SIZE equal steps from black (0) to `saturation`."""
    share = np.linspace(0, saturation(levels, transfer), TABLE_SIZE, dtype=np.float64)
    values = share * levels.gain if transfer is Transfer.LINEAR else _brightened(share, levels)
    if levels.tone is Tone.GAMMA:
        light = values if transfer is Transfer.LINEAR else to_linear(values.astype(np.float32))
        values = np.asarray(light, np.float64) ** (1 / levels.gamma)
    elif levels.tone is Tone.SRGB and transfer is Transfer.LINEAR:
        values = to_srgb(values.astype(np.float32)).astype(np.float64)
    table = np.floor(np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)
    table.flags.writeable = False
    return table


def _brightened(share: NDArray[np.float64], levels: Levels) -> NDArray[np.float64]:
    """Encoded numbers after a change of exposure, which acts on light."""
    if levels.exposure == 0:
        return share
    if levels.tone is Tone.PLAIN:
        return share * levels.gain
    light = to_linear(share.astype(np.float32)) * np.float32(levels.gain)
    encoded: NDArray[np.float64] = to_srgb(light).astype(np.float64)
    return encoded
