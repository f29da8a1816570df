"""Stray light: a pedestal with a tint that lifts the blacks, and shading towards the corners."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError
from restora.optics.blur import gaussian_blur
from restora.optics.psf import radius

TYPICAL_TINT = (0.9, 1.0, 1.15)
_MOST = 0.95
_CORNER = 2**0.5
_BLACK_PERCENTILE = 0.5
_CALM_SIGMA = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Veil:
    """What stray light does to linear light: `shading · ((1 - pedestal)·light + pedestal·tint)`."""

    pedestal: float = 0.0
    """Share of white, 0 to below 1."""
    tint: tuple[float, float, float] = TYPICAL_TINT
    corner: float = 1.0
    """Brightness in the corners of a square picture; falls with the square of the radius."""

    def __post_init__(self) -> None:
        if not 0 <= self.pedestal * max(self.tint) <= _MOST or min(self.tint) < 0:
            raise BadInputError(f"a veil takes up to {_MOST:g} of white, got {self.pedestal:g} x {self.tint}")
        if not 0 < self.corner <= 1:
            raise BadInputError(f"the corners' brightness must be above 0 and at most 1, got {self.corner:g}")

    def add(self, light: ImageArray) -> ImageArray:
        """Linear light, height x width x 1 or 3, with the veil before it."""
        veiled = light * np.float32(1 - self.pedestal) + self._level(light.shape[2])
        return np.asarray(veiled * self._shading(light), np.float32)

    def remove(self, light: ImageArray) -> ImageArray:
        """The inverse of `add`; darker than the veil comes out negative."""
        even = light / self._shading(light) - self._level(light.shape[2])
        return np.asarray(even / np.float32(1 - self.pedestal), np.float32)

    def _level(self, channels: int) -> ImageArray:
        tint = np.array(self.tint if channels == 3 else [np.mean(self.tint)], np.float32)
        return np.asarray(tint * np.float32(self.pedestal))

    def _shading(self, light: ImageArray) -> ImageArray:
        falling = (radius(*light.shape[:2]) / _CORNER) ** 2
        return np.asarray(
            np.maximum(1 - (1 - self.corner) * falling, self.corner / 2)[:, :, None], np.float32
        )


def fitted_veil(blurred: ImageArray, measured: ImageArray, *, corner: float = 1.0) -> Veil:
    """The veil that brings `blurred` light to the mean of the `measured` one in every colour.

    Both are linear and of one shape. Where less was measured than without a veil there is none.
    """
    even = Veil(corner=corner).remove(measured)
    found, bare = (np.nanmean(light.reshape(-1, light.shape[2]), axis=0) for light in (even, blurred))
    room = 1 - float(bare.mean())
    pedestal = float(found.mean() - bare.mean()) / room if room > 0 else 0.0
    if not 0 < pedestal < 1:
        return Veil(pedestal=0.0, corner=corner)
    level = np.clip(found - (1 - pedestal) * bare, 0, _MOST) / pedestal
    tint = np.broadcast_to(level, 3)
    return Veil(pedestal=pedestal, tint=(float(tint[0]), float(tint[1]), float(tint[2])), corner=corner)


def estimate_veil(light: ImageArray) -> Veil:
    """The veil under which the darkest places of every colour would be black.

    A guess: a scene without anything dark loses contrast that was its own. Noise is smoothed away first.
    """
    calm = gaussian_blur(light, _CALM_SIGMA)
    darkest = np.clip(np.percentile(calm.reshape(-1, light.shape[2]), _BLACK_PERCENTILE, axis=0), 0, _MOST)
    pedestal = float(darkest.mean())
    if pedestal <= 0:
        return Veil(pedestal=0.0)
    tint = np.broadcast_to(darkest / pedestal, 3) if light.shape[2] != 3 else darkest / pedestal
    return Veil(pedestal=pedestal, tint=(float(tint[0]), float(tint[1]), float(tint[2])))
