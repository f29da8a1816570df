"""What a scene's stored numbers mean: covariances and opacities."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from restora.splats.raster_cpu.compiling import exact_kernel, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ONE = np.float32(1.0)
_TWO = np.float32(2.0)


@exact_kernel
def rotation(w: np.float32, x: np.float32, y: np.float32, z: np.float32) -> tuple[np.float32, ...]:
    """The nine entries, row by row, of the rotation that a quaternion of any length stands for."""
    scale = _TWO / (w * w + x * x + y * y + z * z)
    return (
        _ONE - scale * (y * y + z * z),
        scale * (x * y - w * z),
        scale * (x * z + w * y),
        scale * (x * y + w * z),
        _ONE - scale * (x * x + z * z),
        scale * (y * z - w * x),
        scale * (x * z - w * y),
        scale * (y * z + w * x),
        _ONE - scale * (x * x + y * y),
    )


@kernel
def activate(
    start: int,
    stop: int,
    quats: NDArray[np.float32],
    log_scales: NDArray[np.float32],
    logits: NDArray[np.float32],
    covariances: NDArray[np.float32],
    opacities: NDArray[np.float32],
) -> None:
    """Fill the rows start..stop: the upper triangle of (R diag s)(R diag s)ᵀ, the logistic of the logit."""
    for i in range(start, stop):
        opacities[i] = _ONE / (_ONE + np.float32(math.exp(-logits[i])))
        r = rotation(quats[i, 0], quats[i, 1], quats[i, 2], quats[i, 3])
        sx = np.float32(math.exp(log_scales[i, 0]))
        sy = np.float32(math.exp(log_scales[i, 1]))
        sz = np.float32(math.exp(log_scales[i, 2]))
        ax, ay, az = r[0] * sx, r[1] * sy, r[2] * sz
        bx, by, bz = r[3] * sx, r[4] * sy, r[5] * sz
        cx, cy, cz = r[6] * sx, r[7] * sy, r[8] * sz
        covariances[i, 0] = ax * ax + ay * ay + az * az
        covariances[i, 1] = ax * bx + ay * by + az * bz
        covariances[i, 2] = ax * cx + ay * cy + az * cz
        covariances[i, 3] = bx * bx + by * by + bz * bz
        covariances[i, 4] = bx * cx + by * cy + bz * cz
        covariances[i, 5] = cx * cx + cy * cy + cz * cz
