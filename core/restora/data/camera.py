"""A camera of a scene, in the OpenCV convention."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import numpy as np

from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


class Projection(StrEnum):
    """How a camera maps directions to pixels."""

    PINHOLE = "pinhole"
    ORTHOGRAPHIC = "orthographic"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Camera:
    """Looks along +z with y down; pixel centres lie at +0.5.

    `distortion` keeps a file's coefficients by name (k1, p1, …): renderers differ in what they honour.
    """

    name: str
    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    world_to_camera: NDArray[np.float64]
    """4 x 4."""
    projection: Projection = Projection.PINHOLE
    distortion: tuple[tuple[str, float], ...] = ()
    picture: str | None = None
    """The photograph taken from here, as the camera file names it."""

    def __post_init__(self) -> None:
        if self.world_to_camera.shape != (4, 4):
            raise BadInputError(f"{self.name}: the pose must be 4 x 4, got {self.world_to_camera.shape}")
        if self.width < 1 or self.height < 1:
            raise BadInputError(f"{self.name}: a picture needs pixels, got {self.width} x {self.height}")
