"""From gradients of ellipses to gradients of what a scene stores.

Names: d_x is the gradient of the loss by x. Functions are as long as their formulas.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from restora.splats.raster_cpu.activation import rotation
from restora.splats.raster_cpu.compiling import exact_kernel
from restora.splats.raster_cpu.harmonics import basis, basis_slopes
from restora.splats.raster_cpu.projection import View, in_camera, jacobian, screen_covariance

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ZERO = np.float32(0.0)
_ONE = np.float32(1.0)
_TWO = np.float32(2.0)
_HALF = np.float32(0.5)


class Stored(NamedTuple):
    """The arrays of a scene, or the gradients by them."""

    means: NDArray[np.float32]
    quats: NDArray[np.float32]
    log_scales: NDArray[np.float32]
    logit_opacities: NDArray[np.float32]
    sh: NDArray[np.float32]


@exact_kernel
def _gather(moments: NDArray[np.float32], record: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Add up a Gaussian's places; `out` is then by u, v, the conic, the opacity, the colour and the depth."""
    out[:] = _ZERO
    for i in range(len(moments)):
        for k in range(10):
            out[k] += moments[i, k]
    s0, sx, sy, sxx, sxy, syy = out[0], out[1], out[2], out[3], out[4], out[5]
    out[0] = -(record[2] * sx + record[3] * sy)
    out[1] = -(record[3] * sx + record[4] * sy)
    out[2], out[3], out[4] = -_HALF * sxx, -sxy, -_HALF * syy
    out[5] = s0 / record[5]


@exact_kernel
def _by_screen_covariance(
    record: NDArray[np.float32],
    d: NDArray[np.float32],
    s: tuple[np.float32, np.float32, np.float32],
    opacity: np.float32,
    view: View,
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """By the entries 00, 01, 11 of the covariance on the picture, and by the opacity before antialiasing."""
    a, b, c = record[2], record[3], record[4]
    d00 = -(a * a * d[2] + a * b * d[3] + b * b * d[4])
    d11 = -(b * b * d[2] + b * c * d[3] + c * c * d[4])
    d01 = -(_TWO * a * b * d[2] + (a * c + b * b) * d[3] + _TWO * b * c * d[4])
    if not view.is_antialiased:
        return d00, d01, d11, d[5]
    s00, s01, s11 = s
    det0 = s00 * s11 - s01 * s01
    det = (s00 + view.eps2d) * (s11 + view.eps2d) - s01 * s01
    if not det0 > _ZERO:
        return d00, d01, d11, _ZERO
    kept = np.float32(math.sqrt(det0 / det))
    d_ratio = d[5] * opacity / (_TWO * kept)
    ratio = det0 / det
    d00 += d_ratio * (s11 - ratio * (s11 + view.eps2d)) / det
    d11 += d_ratio * (s00 - ratio * (s00 + view.eps2d)) / det
    d01 -= d_ratio * _TWO * s01 * (_ONE - ratio) / det
    return d00, d01, d11, d[5] * kept


@exact_kernel
def _by_point(
    view: View,
    x: np.float32,
    y: np.float32,
    z: np.float32,
    d: NDArray[np.float32],
    dj: tuple[np.float32, np.float32, np.float32, np.float32],
) -> tuple[np.float32, np.float32, np.float32]:
    """By the point in the camera's frame, through its pixel, its depth and the Jacobian there."""
    if view.is_orthographic:
        return d[0] * view.fx, d[1] * view.fy, d[9]
    per = _ONE / z
    dx, dy = d[0] * view.fx * per, d[1] * view.fy * per
    dz = d[9] - (dx * x + dy * y) * per
    _, j02, _, j12 = jacobian(view, x, y, z)
    dz -= (dj[0] * view.fx * per + dj[1] * j02 + dj[2] * view.fy * per + dj[3] * j12) * per
    if view.low_x <= x * per <= view.high_x:
        d_slope = -dj[1] * view.fx * per
        dx += d_slope * per
        dz -= d_slope * x * per * per
    if view.low_y <= y * per <= view.high_y:
        d_slope = -dj[3] * view.fy * per
        dy += d_slope * per
        dz -= d_slope * y * per * per
    return dx, dy, dz


@exact_kernel
def _by_direction(
    degree: int,
    position: NDArray[np.float32],
    centre: NDArray[np.float32],
    sh: NDArray[np.float32],
    record: NDArray[np.float32],
    d: NDArray[np.float32],
    room: NDArray[np.float32],
    d_sh: NDArray[np.float32],
) -> tuple[np.float32, np.float32, np.float32]:
    """Fill the gradient by the harmonics; return the one by the position, from which colours are seen."""
    x, y, z = position[0] - centre[0], position[1] - centre[1], position[2] - centre[2]
    length = np.float32(math.sqrt(x * x + y * y + z * z))
    x, y, z = x / length, y / length, z / length
    # light that was cut off at zero does not answer
    red = d[6] if record[6] > _ZERO else _ZERO
    green = d[7] if record[7] > _ZERO else _ZERO
    blue = d[8] if record[8] > _ZERO else _ZERO
    basis(degree, x, y, z, room[0])
    basis_slopes(degree, x, y, z, room[1], room[2], room[3])
    nx = ny = nz = _ZERO
    for k in range((degree + 1) * (degree + 1)):
        d_sh[k, 0], d_sh[k, 1], d_sh[k, 2] = room[0, k] * red, room[0, k] * green, room[0, k] * blue
        by_weight = sh[k, 0] * red + sh[k, 1] * green + sh[k, 2] * blue
        nx += room[1, k] * by_weight
        ny += room[2, k] * by_weight
        nz += room[3, k] * by_weight
    along = nx * x + ny * y + nz * z
    return (nx - along * x) / length, (ny - along * y) / length, (nz - along * z) / length


@exact_kernel
def _by_shape(
    quat: NDArray[np.float32],
    log_scale: NDArray[np.float32],
    dc: NDArray[np.float32],
    dr: NDArray[np.float32],
    d_quat: NDArray[np.float32],
    d_log_scale: NDArray[np.float32],
) -> None:
    """Fill the gradients by quaternion and scales from the 3 x 3 one by the covariance; uses `dr`."""
    r = rotation(quat[0], quat[1], quat[2], quat[3])
    for k in range(3):
        scale = np.float32(math.exp(log_scale[k]))
        m0, m1, m2 = r[k] * scale, r[3 + k] * scale, r[6 + k] * scale
        total = _ZERO
        for row in range(3):
            dm = _TWO * (dc[row, 0] * m0 + dc[row, 1] * m1 + dc[row, 2] * m2)
            dr[row, k] = dm * scale
            total += dm * (m0 if row == 0 else m1 if row == 1 else m2)
        d_log_scale[k] = total
    w, x, y, z = quat[0], quat[1], quat[2], quat[3]
    length = np.float32(math.sqrt(w * w + x * x + y * y + z * z))
    w, x, y, z = w / length, x / length, y / length, z / length
    skew_x, skew_y, skew_z = dr[2, 1] - dr[1, 2], dr[0, 2] - dr[2, 0], dr[1, 0] - dr[0, 1]
    xy, xz, yz = dr[1, 0] + dr[0, 1], dr[2, 0] + dr[0, 2], dr[2, 1] + dr[1, 2]
    dw = _TWO * (x * skew_x + y * skew_y + z * skew_z)
    dx = _TWO * (w * skew_x + y * xy + z * xz - _TWO * x * (dr[1, 1] + dr[2, 2]))
    dy = _TWO * (w * skew_y + x * xy + z * yz - _TWO * y * (dr[0, 0] + dr[2, 2]))
    dz = _TWO * (w * skew_z + x * xz + y * yz - _TWO * z * (dr[0, 0] + dr[1, 1]))
    along = dw * w + dx * x + dy * y + dz * z
    d_quat[0], d_quat[1] = (dw - along * w) / length, (dx - along * x) / length
    d_quat[2], d_quat[3] = (dy - along * y) / length, (dz - along * z) / length


@exact_kernel
def _by_covariances(
    view: View,
    j: tuple[np.float32, np.float32, np.float32, np.float32],
    cov: NDArray[np.float32],
    d00: np.float32,
    d01: np.float32,
    d11: np.float32,
    dc: NDArray[np.float32],
) -> tuple[np.float32, np.float32, np.float32, np.float32]:
    """Fill `dc`, the gradient by the covariance in space; return those by the Jacobian's four entries."""
    r = view.rotation
    ta = (j[0] * r[0, 0] + j[1] * r[2, 0], j[0] * r[0, 1] + j[1] * r[2, 1], j[0] * r[0, 2] + j[1] * r[2, 2])
    tb = (j[2] * r[1, 0] + j[3] * r[2, 0], j[2] * r[1, 1] + j[3] * r[2, 1], j[2] * r[1, 2] + j[3] * r[2, 2])
    off = _HALF * d01
    j00 = j02 = j11 = j12 = _ZERO
    for k in range(3):
        for m in range(3):
            dc[k, m] = d00 * ta[k] * ta[m] + off * (ta[k] * tb[m] + tb[k] * ta[m]) + d11 * tb[k] * tb[m]
    pa = (
        cov[0] * ta[0] + cov[1] * ta[1] + cov[2] * ta[2],
        cov[1] * ta[0] + cov[3] * ta[1] + cov[4] * ta[2],
        cov[2] * ta[0] + cov[4] * ta[1] + cov[5] * ta[2],
    )
    pb = (
        cov[0] * tb[0] + cov[1] * tb[1] + cov[2] * tb[2],
        cov[1] * tb[0] + cov[3] * tb[1] + cov[4] * tb[2],
        cov[2] * tb[0] + cov[4] * tb[1] + cov[5] * tb[2],
    )
    for k in range(3):
        by_a = _TWO * (d00 * pa[k] + off * pb[k])
        by_b = _TWO * (off * pa[k] + d11 * pb[k])
        j00 += by_a * r[0, k]
        j02 += by_a * r[2, k]
        j11 += by_b * r[1, k]
        j12 += by_b * r[2, k]
    return j00, j02, j11, j12


@exact_kernel
def chain(
    start: int,
    stop: int,
    slots: NDArray[np.int32],
    places: NDArray[np.int64],
    moments: NDArray[np.float32],
    sources: NDArray[np.int32],
    records: NDArray[np.float32],
    covariances: NDArray[np.float32],
    opacities: NDArray[np.float32],
    view: View,
    stored: Stored,
    out: Stored,
    screen: NDArray[np.float32],
) -> None:
    """Fill the rows of `out`, and of `screen` by the position on the picture, of slots[start..stop]."""
    d, room = np.empty(10, np.float32), np.zeros((4, 16), np.float32)
    dc, dr = np.empty((3, 3), np.float32), np.empty((3, 3), np.float32)
    for position in range(start, stop):
        slot = slots[position]
        i, record = sources[slot], records[slot]
        _gather(moments[places[slot, 0] : places[slot, 1]], record, d)
        screen[i, 0], screen[i, 1] = d[0], d[1]
        mean, cov = stored.means[i], covariances[i]
        x, y, z = in_camera(view, mean[0], mean[1], mean[2])
        j = jacobian(view, x, y, z)
        s = screen_covariance(view, j, cov)
        d00, d01, d11, d_opacity = _by_screen_covariance(record, d, s, opacities[i], view)
        out.logit_opacities[i] = d_opacity * opacities[i] * (_ONE - opacities[i])
        dj = _by_covariances(view, j, cov, d00, d01, d11, dc)
        _by_shape(stored.quats[i], stored.log_scales[i], dc, dr, out.quats[i], out.log_scales[i])
        dx, dy, dz = _by_point(view, x, y, z, d, dj)
        px, py, pz = _by_direction(view.degree, mean, view.centre, stored.sh[i], record, d, room, out.sh[i])
        r = view.rotation
        out.means[i, 0] = r[0, 0] * dx + r[1, 0] * dy + r[2, 0] * dz + px
        out.means[i, 1] = r[0, 1] * dx + r[1, 1] * dy + r[2, 1] * dz + py
        out.means[i, 2] = r[0, 2] * dx + r[1, 2] * dy + r[2, 2] * dz + pz
