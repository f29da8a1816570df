from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from restora.data.camera import Camera, Projection

MakeCamera = Callable[..., Camera]


def made_camera(
    width: int = 64,
    height: int = 48,
    *,
    distance: float = 3.0,
    focal: float = 70.0,
    projection: Projection = Projection.PINHOLE,
) -> Camera:
    """Looks at the origin from in front."""
    pose = np.eye(4)
    pose[2, 3] = distance
    return Camera(
        name="front",
        width=width,
        height=height,
        fx=focal,
        fy=focal,
        cx=width / 2,
        cy=height / 2,
        world_to_camera=pose,
        projection=projection,
    )


@pytest.fixture
def make_camera() -> MakeCamera:
    return made_camera


def tiles_touched(centre: tuple[float, float], covariance: np.ndarray, shape: tuple[int, int]) -> np.ndarray:
    """Pixels of the 16 x 16 tiles that a square of three standard deviations, in whole pixels, touches.

    Pixels are sampled at whole numbers here, and the square must reach a tile's second pixel, as the
    rounding of the first paper's code has it.
    """
    reach = np.ceil(3 * np.sqrt(np.linalg.eigvalsh(covariance)[-1]))
    kept = []
    for at, size in zip(centre, reversed(shape), strict=True):
        first = np.arange(size) // 16 * 16
        kept.append((at - 0.5 - reach < first + 16) & (at - 0.5 + reach >= first + 1))
    return np.outer(kept[1], kept[0])


@pytest.fixture
def touched() -> Callable[..., np.ndarray]:
    return tiles_touched
