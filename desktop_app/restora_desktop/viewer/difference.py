"""What two pictures of one scene differ by, at every pixel; runs on any thread."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.data.kinds import Transfer
from restora.data.transfer import convert
from restora.errors import BadInputError
from restora.optics.resample import Filter, resample
from restora_desktop.viewer.colour_maps import ColourMap
from restora_desktop.viewer.layers import Layer, SceneRect
from restora_desktop.viewer.levels import Levels, Look, Tone

RELATIVE_FLOOR = 0.01
"""Added to |A| before dividing by it, in units of nominal white: black must not divide by zero."""


_SAMPLES = 1_000_000
"""Numbers looked at for the fitting gain."""
_HIGH_PERCENT = 99.5
_LEAST_HIGH = 1e-6


class DifferenceKind(StrEnum):
    """Which difference."""

    ABSOLUTE = "absolute"
    SIGNED = "signed"
    RELATIVE = "relative"
    SQUARED = "squared"


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceSettings:
    """Which difference is shown, and how strongly."""

    kind: DifferenceKind = DifferenceKind.ABSOLUTE
    gain: float | None = None
    """A difference of 1 / gain (white being 1) has the brightest colour; None: whatever fits the data."""
    colour_map: ColourMap = ColourMap.HEAT
    """GREY keeps the channels apart; any other map shows their mean."""

    def look(self, fitting: float) -> Look:
        """How the difference is drawn; levels and exposure of the pictures do not touch it."""
        most = 1 / (self.gain or fitting)
        black = -most if self.kind is DifferenceKind.SIGNED else 0.0
        levels = Levels(black=black, white=most, tone=Tone.PLAIN)
        return Look(levels=levels, colour_map=self.colour_map)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Difference:
    """A difference with the figures that sum it up."""

    layer: Layer
    mean: float
    """Over all finite pixels and channels; absolute, except where the difference is signed."""
    most: float
    """The largest magnitude."""
    fitting_gain: float
    """1, 2, 5, 10, …: brings all but the largest half per cent of the magnitudes below white."""

    def note(self, gain: float | None) -> str:
        """For people, beside its name."""
        return f"\u00d7 {gain or self.fitting_gain:g}   mean {self.mean:.4g}, max {self.most:.4g}"


def difference(first: Layer, second: Layer, kind: DifferenceKind) -> Difference:
    """`second` against `first`, on the coarser of both grids, in the transfer of `first`, white being 1.

    The finer picture is shrunk with an antialiasing triangle filter. Alpha is left out; a grey picture counts
    in every channel. Raises BadInputError where the two have no part of the scene in common.
    """
    common = first.scene.intersected(second.scene)
    if common is None:
        raise BadInputError(f"{first.name} and {second.name} have no part of the scene in common")
    one, other = _numbers(first, common, first.image.transfer), _numbers(second, common, first.image.transfer)
    height, width = min(one.shape[0], other.shape[0]), min(one.shape[1], other.shape[1])
    one, other = (_resized(pixels, height, width) for pixels in (one, other))
    with np.errstate(invalid="ignore", over="ignore"):  # NaN and infinities are legal and stay visible
        pixels = np.ascontiguousarray(_FORMULA[kind](one, other), dtype=np.float32)
    numbers = pixels.reshape(-1)
    # Only a picture with broken numbers is copied: large ones without any are the usual case.
    finite = numbers if np.isfinite([numbers.min(), numbers.max()]).all() else numbers[np.isfinite(numbers)]
    layer = Layer(key="difference", name=_NAMES[kind], image=Image(pixels=pixels), scene=common)
    if finite.size == 0:
        return Difference(layer=layer, mean=math.nan, most=math.nan, fitting_gain=1.0)
    sample = np.abs(finite[:: 1 + finite.size // _SAMPLES])
    high = float(np.percentile(sample, _HIGH_PERCENT))
    return Difference(
        layer=layer,
        mean=float(finite.mean(dtype=np.float64)),
        most=float(max(finite.max(), -finite.min())),
        fitting_gain=fitting_gain(high),
    )


def fitting_gain(high: float) -> float:
    """The largest of …, 0.5, 1, 2, 5, 10, … that keeps `high` times it at 1 or below."""
    if not _LEAST_HIGH < high < 1 / _LEAST_HIGH:
        return 1.0
    power: float = 10.0 ** math.floor(-math.log10(high))
    return max(power * factor for factor in (1, 2, 5) if factor == 1 or power * factor * high <= 1)


def _numbers(layer: Layer, common: SceneRect, transfer: Transfer) -> ImageArray:
    across, down = layer.image.width / layer.scene.width, layer.image.height / layer.scene.height
    left, top = round((common.x - layer.scene.x) * across), round((common.y - layer.scene.y) * down)
    right, bottom = round(left + common.width * across), round(top + common.height * down)
    pixels = layer.image.pixels[top : max(bottom, top + 1), left : max(right, left + 1), :3]
    if layer.image.nominal_white != 1:
        pixels = pixels / np.float32(layer.image.nominal_white)
    return convert(pixels, have=layer.image.transfer, want=transfer)


def _resized(pixels: ImageArray, height: int, width: int) -> ImageArray:
    if pixels.shape[:2] == (height, width):
        return pixels
    return resample(pixels, height, width, filter=Filter.BILINEAR)


_FORMULA: dict[DifferenceKind, Callable[[ImageArray, ImageArray], ImageArray]] = {
    DifferenceKind.ABSOLUTE: lambda one, other: np.abs(other - one),
    DifferenceKind.SIGNED: lambda one, other: other - one,
    DifferenceKind.RELATIVE: lambda one, other: (
        np.abs(other - one) / (np.abs(one) + np.float32(RELATIVE_FLOOR))
    ),
    DifferenceKind.SQUARED: lambda one, other: (other - one) ** 2,
}
_NAMES = {
    DifferenceKind.ABSOLUTE: "|B \u2212 A|",
    DifferenceKind.SIGNED: "B \u2212 A",
    DifferenceKind.RELATIVE: "|B \u2212 A| / |A|",
    DifferenceKind.SQUARED: "(B \u2212 A)²",
}
