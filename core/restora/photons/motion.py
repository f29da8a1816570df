"""How a scene moves before the sensor while frames are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def steady_pan(frames: int, columns: float, rows: float) -> NDArray[np.float64]:
    """Displacements, frames x 2, of an even motion by so much in all; the middle frame stands at zero."""
    progress = np.arange(frames) - frames // 2
    share: NDArray[np.float64] = progress[:, np.newaxis] / max(frames - 1, 1)
    return share * np.array([columns, rows], np.float64)


def hand_jitter(frames: int, sd: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Displacements of a random walk whose steps have standard deviation `sd` pixels; zero in the middle."""
    walk = np.cumsum(rng.normal(0, sd, (frames, 2)), axis=0)
    centred: NDArray[np.float64] = walk - walk[frames // 2]
    return centred


def shifted(light: NDArray[np.floating], columns: float, rows: float) -> NDArray[np.float32]:
    """H x W x C moved right and down by fractions of a pixel, bilinear; edges are repeated."""
    moved = _along(np.asarray(light, np.float32), float(rows), axis=0)
    return _along(moved, float(columns), axis=1)


def _along(light: NDArray[np.float32], shift: float, *, axis: int) -> NDArray[np.float32]:
    if shift == 0:
        return light
    whole = int(np.floor(shift))
    rest = np.float32(shift - whole)
    length = light.shape[axis]
    place = np.clip(np.arange(length) - whole, 0, length - 1)
    before = np.clip(np.arange(length) - whole - 1, 0, length - 1)
    near, far = np.take(light, place, axis=axis), np.take(light, before, axis=axis)
    return near + rest * (far - near)
