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
