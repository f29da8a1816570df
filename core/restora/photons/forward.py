"""The sensor: from a picture to light, to detection probabilities, to frames of detections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.image import Image
from restora.data.kinds import ColourFilter, Transfer
from restora.errors import BadInputError
from restora.photons.counts import MOST_BITS, frames_for_bits
from restora.photons.mosaic import sampled
from restora.photons.motion import shifted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora.data.arrays import Mask

_TOE_END = 0.04045
_MOST_STEPS = 100_000
"""Detections per pixel up to which a free-running pixel is played through one by one."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sensor:
    """What a clocked single-photon camera does to light."""

    brightness: float = 1.0
    """Mean detections per frame at linear light 1: exposure, optics and efficiency in one factor."""
    dark: float = 0.0
    """Mean dark counts per pixel and frame."""
    bits: int = 1
    """A stored frame is the sum of 2**bits - 1 binary ones."""
    colour_filter: ColourFilter = ColourFilter.MONO
    hot: Mask | None = None
    """Pixels that fire in every frame, height x width."""
    dead: Mask | None = None
    """Pixels that never fire."""

    def __post_init__(self) -> None:
        if not 0 < self.brightness < float("inf"):
            raise BadInputError(f"brightness must be above 0, got {self.brightness:g}")
        if not 0 <= self.dark < float("inf"):
            raise BadInputError(f"dark counts per frame must be at least 0, got {self.dark:g}")
        if not 1 <= self.bits <= MOST_BITS:
            raise BadInputError(f"bits must be 1 to {MOST_BITS}, got {self.bits}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Simulation:
    """A made capture and what it was made from."""

    frames: NDArray[np.uint8] | NDArray[np.uint16]
    """Frames x height x width x channels; one channel behind a colour filter."""
    truth: Image
    """Linear light at the middle frame (index frames // 2)."""
    sensor: Sensor
    displacements: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 2)))
    """Where the scene stood in each frame: columns to the right, rows down; empty where nothing moved."""


def simulate(
    picture: Image,
    *,
    frames: int,
    seed: int,
    sensor: Sensor | None = None,
    displacements: NDArray[np.float64] | None = None,
) -> Simulation:
    """Play `frames` stored frames of a picture through a sensor; the same seed gives the same bits.

    Alpha is left out. A picture of one channel behind a colour filter is taken as neutral.
    The result is held in memory; `simulated_frames` gives long captures frame by frame.
    """
    sensor = sensor or Sensor()
    light = scene_of(picture, sensor.colour_filter)
    rng = np.random.Generator(np.random.PCG64(seed))
    played = simulated_frames(light, sensor, frames=frames, rng=rng, displacements=displacements)
    stack = np.stack(list(played))
    moved = np.zeros((0, 2)) if displacements is None else displacements
    middle = shifted(light, *moved[frames // 2]) if len(moved) else light
    truth = Image(pixels=middle.astype(np.float32), transfer=Transfer.LINEAR)
    return Simulation(frames=stack, truth=truth, sensor=sensor, displacements=moved)


def simulated_frames(
    light: NDArray[np.floating],
    sensor: Sensor,
    *,
    frames: int,
    rng: np.random.Generator,
    displacements: NDArray[np.float64] | None = None,
) -> Iterator[NDArray[Any]]:
    """The frames of `simulate` one by one, from linear light H x W x C; two frames are held at most."""
    _check(light, sensor, frames, displacements)
    probability = detection_probability(light, sensor.brightness, sensor.dark)
    for index in range(frames):
        if displacements is not None:
            moved = shifted(light, *displacements[index])
            probability = detection_probability(moved, sensor.brightness, sensor.dark)
        yield _exposed(probability, sensor, rng)


def scene_of(picture: Image, colour_filter: ColourFilter) -> NDArray[np.float32]:
    """The linear light of a picture without alpha, in three channels where a filter needs them."""
    light = picture.in_transfer(Transfer.LINEAR).pixels
    light = np.maximum(light[:, :, :3] if light.shape[2] == 4 else light, 0)
    if colour_filter is not ColourFilter.MONO and light.shape[2] == 1:
        light = np.repeat(light, 3, axis=2)
    return light


def linear_light(srgb: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Light 0..1 from 8-bit sRGB code values, in double precision."""
    code = np.arange(256) / 255
    table = np.where(code < _TOE_END, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return table[srgb]


def detection_probability(
    light: NDArray[np.floating], brightness: float = 1.0, dark: float = 0.0
) -> NDArray[np.float64]:
    """The probability that a pixel fires in one binary frame: 1 - exp(-(brightness · light + dark))."""
    return -np.expm1(-(brightness * np.asarray(light, np.float64) + dark))


def detections(probability: NDArray[np.floating], uniform: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Binary detections from numbers drawn uniformly from [0, 1): one where the number is below p."""
    return (uniform < probability).astype(np.uint8)


def free_running_counts(
    flux: NDArray[np.floating], *, exposure: float, dead_time: float, rng: np.random.Generator
) -> NDArray[np.uint32]:
    """Counts of free-running pixels that are blind for `dead_time` seconds after each detection.

    `flux` is detected photons per second; every detection is drawn, so that the counts have the narrowed
    variance of such pixels. Raises BadInputError where that would be more than 100 000 per pixel.
    """
    rate = np.asarray(flux, np.float64)
    most = exposure * rate.max(initial=0) / (1 + rate.max(initial=0) * dead_time)
    if not (exposure > 0 and dead_time >= 0 and most < _MOST_STEPS):
        raise BadInputError(
            f"an exposure of {exposure:g} s with a dead time of {dead_time:g} s and {most:g} detections "
            f"per pixel cannot be played through (at most {_MOST_STEPS})"
        )
    mean_wait = np.divide(1, rate, out=np.full(rate.shape, np.inf), where=rate > 0)
    counts = np.zeros(rate.shape, np.uint32)
    clock = rng.exponential(size=rate.shape) * mean_wait
    while (alive := clock < exposure).any():
        counts += alive
        clock += dead_time + rng.exponential(size=rate.shape) * mean_wait
    return counts


def _exposed(probability: NDArray[np.float64], sensor: Sensor, rng: np.random.Generator) -> NDArray[Any]:
    seen = probability
    if sensor.colour_filter is not ColourFilter.MONO:
        seen = sampled(probability, sensor.colour_filter)
    most = frames_for_bits(sensor.bits)
    dtype = np.uint8 if sensor.bits <= 8 else np.uint16
    binary = most == 1
    frame = detections(seen, rng.random(seen.shape)) if binary else rng.binomial(most, seen).astype(dtype)
    if sensor.hot is not None:
        frame[sensor.hot] = most
    if sensor.dead is not None:
        frame[sensor.dead] = 0
    return frame


def _check(
    light: NDArray[np.floating], sensor: Sensor, frames: int, displacements: NDArray[np.float64] | None
) -> None:
    if frames < 1:
        raise BadInputError(f"a capture needs at least one frame, got {frames}")
    if not np.isfinite(light).all():
        raise BadInputError("light must be finite everywhere, but the picture holds NaN or infinity")
    if displacements is not None and displacements.shape != (frames, 2):
        raise BadInputError(f"motion must be {frames} x 2 for {frames} frames, got {displacements.shape}")
    for name, mask in (("hot", sensor.hot), ("dead", sensor.dead)):
        if mask is not None and mask.shape != light.shape[:2]:
            raise BadInputError(f"the {name} pixels must be {light.shape[:2]}, got {mask.shape}")
