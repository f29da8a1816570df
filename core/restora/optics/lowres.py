"""What happens to a picture on its way to becoming small: blur, resizing, noise and compression, twice over.

A random chain after the idea of X. Wang et al., "Real-ESRGAN: Training real-world blind super-resolution with
pure synthetic data" (2021), written anew; the ranges are our own and stand in `LowresRanges`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.arrays import ImageArray
from restora.errors import BadInputError
from restora.optics.compression import jpeg
from restora.optics.kernels import anisotropic_kernel, correlate, sinc_kernel
from restora.optics.resample import Filter, output_side, resample

if TYPE_CHECKING:
    from numpy.typing import NDArray

_FILTERS = (Filter.BILINEAR, Filter.BICUBIC, Filter.LANCZOS)


@dataclass(frozen=True, slots=True, kw_only=True)
class LowresRanges:
    """Everything is drawn evenly between the two numbers of a pair."""

    blur_sigma: tuple[float, float] = (0.2, 2.5)
    """Pixels, per axis of an ellipse."""
    blur_shape: tuple[float, float] = (0.7, 2.0)
    """Exponent over 2 of the blur's fall: 1 is a Gaussian, less has longer tails, more a flat top."""
    resize: tuple[float, float] = (0.4, 1.3)
    """Of the first stage; the second one arrives at the final size."""
    gaussian_noise: tuple[float, float] = (0.0, 0.08)
    """Standard deviation, white is 1."""
    poisson_electrons: tuple[float, float] = (150.0, 4000.0)
    """At white."""
    grey_noise: float = 0.4
    """How often the noise is the same in all colours."""
    jpeg_quality: tuple[int, int] = (35, 95)
    sinc_cutoff: tuple[float, float] = (1.0, 3.1)
    """Radians per pixel; applied to the result in half of the cases."""
    second_stage: float = 0.6
    """How strong blur, noise and resizing of the second stage are against the first."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Degraded:
    """A small picture and what was done to it, step by step."""

    pixels: ImageArray
    steps: tuple[str, ...]


def shrink(pixels: ImageArray, scale: int) -> ImageArray:
    """The plain model: bicubic (a = -0.5) with antialiasing, pixel centres at +0.5, on the values given."""
    size = _small_size(pixels, scale)
    return resample(pixels, *size, filter=Filter.BICUBIC)


def degrade(
    pixels: ImageArray, *, scale: int, rng: np.random.Generator, ranges: LowresRanges | None = None
) -> Degraded:
    """A picture of sRGB values 0..1 (height x width x 1 or 3), `scale` times as small and spoilt on the way.

    The same generator state gives the same picture. Raises BadInputError for other channels, for values that
    are not finite and for a scale outside 1..8.
    """
    size = _small_size(pixels, scale)
    if pixels.shape[2] == 4 or not np.isfinite(pixels).all():
        raise BadInputError("a picture to degrade needs 1 or 3 channels of finite values")
    chain = _Chain(np.clip(pixels, 0, 1), ranges or LowresRanges(), rng)
    chain.blur(1.0)
    middle = chain.rng.uniform(*chain.ranges.resize)
    least = [max(side, output_side(full, middle)) for side, full in zip(size, pixels.shape, strict=False)]
    chain.resize(least)
    chain.noise(1.0)
    chain.compress()
    chain.blur(chain.ranges.second_stage)
    chain.resize(size)
    chain.noise(chain.ranges.second_stage)
    chain.ring()
    chain.compress()
    return Degraded(pixels=chain.pixels, steps=tuple(chain.steps))


class _Chain:
    """The picture on its way, with the list of what happened."""

    def __init__(self, pixels: ImageArray, ranges: LowresRanges, rng: np.random.Generator) -> None:
        self.pixels = pixels
        self.ranges = ranges
        self.rng = rng
        self.steps: list[str] = []

    def blur(self, strength: float) -> None:
        """An ellipse at any angle."""
        major, minor = strength * self.rng.uniform(*self.ranges.blur_sigma, size=2)
        angle = self.rng.uniform(0, np.pi)
        shape = self.rng.uniform(*self.ranges.blur_shape)
        self.pixels = correlate(self.pixels, anisotropic_kernel(major, minor, angle, shape))
        self.steps.append(f"blur {major:.2f} x {minor:.2f} px, shape {shape:.2f}")

    def resize(self, size: Sequence[int]) -> None:
        """To a size, with one of three filters."""
        chosen = _FILTERS[self.rng.integers(len(_FILTERS))]
        self.pixels = resample(self.pixels, size[0], size[1], filter=chosen)
        self.steps.append(f"{chosen} to {size[1]} x {size[0]}")

    def noise(self, strength: float) -> None:
        """Gaussian or Poisson noise, in colour or grey."""
        grey = self.rng.random() < self.ranges.grey_noise
        shape = (*self.pixels.shape[:2], 1) if grey else self.pixels.shape
        if self.rng.random() < 0.5:
            sigma = strength * self.rng.uniform(*self.ranges.gaussian_noise)
            added: NDArray[Any] = sigma * self.rng.standard_normal(shape)
            self.steps.append(f"gaussian noise {sigma:.3f}{' grey' if grey else ''}")
        else:
            electrons = self.rng.uniform(*self.ranges.poisson_electrons) / strength
            light = np.maximum(self.pixels.mean(axis=2, keepdims=True) if grey else self.pixels, 0)
            added = self.rng.poisson(light * electrons) / electrons - light
            self.steps.append(f"poisson noise of {electrons:.0f} electrons{' grey' if grey else ''}")
        self.pixels = np.asarray(self.pixels + added, np.float32)

    def ring(self) -> None:
        """The ringing of a sharp low-pass filter, in half of the cases."""
        cutoff = self.rng.uniform(*self.ranges.sinc_cutoff)
        if self.rng.random() < 0.5:
            self.pixels = correlate(self.pixels, sinc_kernel(cutoff))
            self.steps.append(f"sinc {cutoff:.2f} rad/px")

    def compress(self) -> None:
        """JPEG and back."""
        low, high = self.ranges.jpeg_quality
        quality = int(self.rng.integers(low, high + 1))
        self.pixels = jpeg(self.pixels, quality)
        self.steps.append(f"jpeg {quality}")


def _small_size(pixels: ImageArray, scale: int) -> tuple[int, int]:
    if not 1 <= scale <= 8:
        raise BadInputError(f"the scale must be 1 to 8, got {scale}")
    return output_side(pixels.shape[0], 1 / scale), output_side(pixels.shape[1], 1 / scale)
