"""Spherical harmonics in the order and with the signs of the files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.splats.raster_cpu.compiling import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

_K0 = np.float32(0.28209479177387814)
_K1 = np.float32(0.4886025119029199)
_K4 = np.float32(1.0925484305920792)
_K6 = np.float32(0.9461746957575601)
_K6_SHIFT = np.float32(0.31539156525252005)
_K8 = np.float32(0.5462742152960396)
_K9 = np.float32(0.5900435899266435)
_K10 = np.float32(2.890611442640554)
_K11 = np.float32(2.2852289973223288)
_K11_SHIFT = np.float32(0.4570457994644658)
_K12 = np.float32(1.865881662950577)
_K12_SHIFT = np.float32(1.1195289977703462)
_K14 = np.float32(1.445305721320277)
_TWO = np.float32(2.0)
_THREE = np.float32(3.0)
_SIX = np.float32(6.0)


@kernel
def basis(degree: int, x: np.float32, y: np.float32, z: np.float32, out: NDArray[np.float32]) -> None:
    """Fill out[: (degree + 1)²] for the unit direction (x, y, z)."""
    out[0] = _K0
    if degree > 0:
        out[1] = -_K1 * y
        out[2] = _K1 * z
        out[3] = -_K1 * x
    if degree > 1:
        out[4] = _K4 * x * y
        out[5] = -_K4 * y * z
        out[6] = _K6 * z * z - _K6_SHIFT
        out[7] = -_K4 * x * z
        out[8] = _K8 * (x * x - y * y)
    if degree > 2:
        out[9] = -_K9 * y * (_THREE * x * x - y * y)
        out[10] = _K10 * x * y * z
        out[11] = y * (_K11_SHIFT - _K11 * z * z)
        out[12] = z * (_K12 * z * z - _K12_SHIFT)
        out[13] = x * (_K11_SHIFT - _K11 * z * z)
        out[14] = _K14 * z * (x * x - y * y)
        out[15] = -_K9 * x * (x * x - _THREE * y * y)


@kernel
def basis_slopes(
    degree: int,
    x: np.float32,
    y: np.float32,
    z: np.float32,
    by_x: NDArray[np.float32],
    by_y: NDArray[np.float32],
    by_z: NDArray[np.float32],
) -> None:
    """Fill the derivatives of `basis` by the direction's three numbers, where they are not always zero."""
    if degree > 0:
        by_y[1], by_z[2], by_x[3] = -_K1, _K1, -_K1
    if degree > 1:
        by_x[4], by_y[4] = _K4 * y, _K4 * x
        by_y[5], by_z[5] = -_K4 * z, -_K4 * y
        by_z[6] = _TWO * _K6 * z
        by_x[7], by_z[7] = -_K4 * z, -_K4 * x
        by_x[8], by_y[8] = _TWO * _K8 * x, -_TWO * _K8 * y
    if degree > 2:
        xx, yy, zz = x * x, y * y, z * z
        by_x[9], by_y[9] = -_SIX * _K9 * x * y, -_THREE * _K9 * (xx - yy)
        by_x[10], by_y[10], by_z[10] = _K10 * y * z, _K10 * x * z, _K10 * x * y
        by_y[11], by_z[11] = _K11_SHIFT - _K11 * zz, -_TWO * _K11 * y * z
        by_z[12] = _THREE * _K12 * zz - _K12_SHIFT
        by_x[13], by_z[13] = _K11_SHIFT - _K11 * zz, -_TWO * _K11 * x * z
        by_x[14], by_y[14], by_z[14] = _TWO * _K14 * x * z, -_TWO * _K14 * y * z, _K14 * (xx - yy)
        by_x[15], by_y[15] = -_THREE * _K9 * (xx - yy), _SIX * _K9 * x * y
