"""Making captures out of pictures: for samples, for tests, and to see what a method can do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.image import Image, Metadata
from restora.data.kinds import Transfer
from restora.errors import BadInputError
from restora.io.captures.writing import write_packed
from restora.io.writing import write_image
from restora.photons.forward import Sensor, scene_of, simulated_frames
from restora.photons.motion import shifted, steady_pan

if TYPE_CHECKING:
    from numpy.typing import NDArray

TRUTH_FILE = "truth.tif"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CaptureWish:
    """A capture of binary frames that is to be made."""

    frames: int
    seed: int
    sensor: Sensor = field(default_factory=Sensor)
    pan: tuple[float, float] = (0.0, 0.0)
    """How far the scene moves over all frames: pixels to the right, pixels down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MetalensWish:
    """A metalens photograph that is to be made."""

    seed: int
    drawn: bool = True
    """Whether the camera is drawn from the stated ranges; otherwise it is their middle."""


def simulate_capture(
    picture: Image, folder: Path, wish: CaptureWish, *, progress: Callable[[int, int], None]
) -> tuple[Path, Path]:
    """Play a picture through a single-photon camera; writes the capture and its truth into `folder`.

    The truth is linear light at the middle frame. `progress` is told (frames done, frames in all) and may
    raise to stop. Frames are made one by one. Returns the two files.
    """
    if wish.sensor.bits != 1:
        raise BadInputError(f"a simulated capture has 1 bit per frame, got {wish.sensor.bits}")
    light = scene_of(picture, wish.sensor.colour_filter)
    displacements = steady_pan(wish.frames, *wish.pan) if any(wish.pan) else None
    played = simulated_frames(
        light,
        wish.sensor,
        frames=wish.frames,
        rng=np.random.Generator(np.random.PCG64(wish.seed)),
        displacements=displacements,
    )
    folder.mkdir(parents=True, exist_ok=True)
    capture = write_packed(
        folder,
        _watched(played, wish.frames, progress),
        count=wish.frames,
        colour_filter=wish.sensor.colour_filter,
        brightness=wish.sensor.brightness,
    )
    middle = light if displacements is None else shifted(light, *displacements[wish.frames // 2])
    truth = folder / TRUTH_FILE
    write_image(truth, Image(pixels=middle.astype(np.float32), transfer=Transfer.LINEAR))
    return capture, truth


def _watched(
    frames: Iterator[NDArray[Any]], count: int, progress: Callable[[int, int], None]
) -> Iterator[NDArray[Any]]:
    for number, frame in enumerate(frames, start=1):
        yield frame
        progress(number, count)


def simulate_metalens(picture: Image, wish: MetalensWish) -> Image:
    """The photograph that a metalens camera would take of `picture`, in 8-bit steps; alpha is left out."""
    from restora.optics.degrade import MetalensCamera

    rng = np.random.Generator(np.random.PCG64(wish.seed))
    camera = MetalensCamera.drawn(rng) if wish.drawn else MetalensCamera()
    seen = camera.photograph(_without_alpha(picture), wish.seed)
    return replace(seen, metadata=Metadata(source_bits=8))


def simulate_lowres(picture: Image, *, scale: int, seed: int, plain: bool) -> tuple[Image, tuple[str, ...]]:
    """`picture` at 1/`scale` of its size, and what was done to it on the way.

    `plain` only shrinks; otherwise blur, noise and compression are drawn from the stated ranges.
    """
    from restora.optics.lowres import degrade, shrink

    shown = _without_alpha(picture).in_transfer(Transfer.SRGB)
    if plain:
        return Image(pixels=shrink(shown.pixels, scale)), (f"shrunk to 1/{scale}, bicubic",)
    made = degrade(shown.pixels, scale=scale, rng=np.random.Generator(np.random.PCG64(seed)))
    return Image(pixels=made.pixels, metadata=Metadata(source_bits=8)), made.steps


def _without_alpha(picture: Image) -> Image:
    return picture if picture.channels < 4 else replace(picture, pixels=picture.pixels[:, :, :3].copy())
