"""A scene of 3D Gaussians, before any activation function."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from restora.data.camera import CameraSet
from restora.errors import BadInputError

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_COEFFICIENTS = {1: 0, 4: 1, 9: 2, 16: 3}
"""Spherical harmonics per colour channel, and the degree they mean."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GaussianScene:
    """N Gaussians: arrays as the reference files keep them (quaternions w x y z, logits, logarithms)."""

    means: NDArray[np.float32]
    """N x 3, scene units."""
    quats: NDArray[np.float32]
    """N x 4, not necessarily normalised."""
    log_scales: NDArray[np.float32]
    """N x 3."""
    logit_opacities: NDArray[np.float32]
    """N."""
    sh: NDArray[np.float32]
    """N x (degree + 1)² x 3."""
    extra: Mapping[str, NDArray[np.float32]] = field(default_factory=lambda: MappingProxyType({}))
    """Columns that the file had and we do not use; written back on export."""
    is_antialiased: bool = False
    """Whether it was trained with the antialiased rasteriser, and must be drawn with it."""
    dropped: int = 0
    """Rows of the file that were left out because their numbers were not finite."""
    cameras: CameraSet = field(default_factory=CameraSet)
    """Where its photographs were taken from, if anybody said so."""

    def __post_init__(self) -> None:
        count = len(self.means)
        expected = {
            "means": (count, 3),
            "quats": (count, 4),
            "log_scales": (count, 3),
            "logit_opacities": (count,),
        }
        for name, shape in expected.items():
            found = getattr(self, name).shape
            if found != shape:
                raise BadInputError(
                    f"a scene of {count} Gaussians needs {name} of shape {shape}, got {found}"
                )
        if (
            self.sh.ndim != 3
            or self.sh.shape[0] != count
            or self.sh.shape[2] != 3
            or self.sh.shape[1] not in _COEFFICIENTS
        ):
            raise BadInputError(f"sh must be {count} x 1, 4, 9 or 16 x 3, got {self.sh.shape}")

    @property
    def count(self) -> int:
        """How many Gaussians."""
        return len(self.means)

    @property
    def degree(self) -> int:
        """Degree of the spherical harmonics, 0 to 3."""
        return _COEFFICIENTS[int(self.sh.shape[1])]
