"""Which Gaussians a pixel is made of: the rasteriser's sum for one pixel, term by term."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera, Projection
from restora.data.scene import GaussianScene
from restora.splats.attributes import opacities
from restora.splats.camera_points import NEAR
from restora.splats.edits.band_rotation import harmonics
from restora.splats.rotations import matrices

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.float64]

FAINTEST = 1 / 255
STOP = 1e-4
_EPS2D = 0.3
_ALPHA_MAX = 0.999
_MARGIN = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Contribution:
    """What one Gaussian adds to a pixel."""

    row: int
    """Of the scene."""
    weight: float
    """Its share of the pixel, 0 to 1; all shares and the background's add up to 1."""
    depth: float
    colour: tuple[float, float, float]
    """As seen from this camera; above 1 where the scene says so."""


def contributions(scene: GaussianScene, camera: Camera, x: float, y: float) -> tuple[Contribution, ...]:
    """What lies under a place of the picture (pixels; the first one's centre is 0.5, 0.5), front to back.

    The numbers are those of `rendering.render` with its usual options, in double precision.
    """
    near = _candidates(scene, camera, x, y)
    if not len(near):
        return ()
    seen = scene.means[near].astype(np.float64) @ camera.world_to_camera[:3, :3].T
    seen = seen + camera.world_to_camera[:3, 3]
    alphas = _alphas(scene, camera, near, seen, (x, y))
    order = np.lexsort((near, seen[:, 2]))
    order = order[alphas[order] >= FAINTEST]
    light, found = 1.0, []
    for number in order:
        after = light * (1 - alphas[number])
        if after <= STOP:
            break
        found.append((int(near[number]), light * alphas[number], float(seen[number, 2])))
        light = after
    colours = _colours(scene, camera, np.array([row for row, _, _ in found], np.int64))
    return tuple(
        Contribution(row=row, weight=float(weight), depth=depth, colour=(float(r), float(g), float(b)))
        for (row, weight, depth), (r, g, b) in zip(found, colours, strict=True)
    )


def _candidates(scene: GaussianScene, camera: Camera, x: float, y: float) -> NDArray[np.int64]:
    """Rows that may reach the pixel: those whose enclosing ball does, a little enlarged."""
    rotation, shift = camera.world_to_camera[:3, :3], camera.world_to_camera[:3, 3]
    seen = scene.means @ rotation.T.astype(np.float32) + shift.astype(np.float32)
    depth = seen[:, 2]
    opacity = opacities(scene)
    ahead = (depth > NEAR) & (opacity >= FAINTEST)
    over = np.where(ahead, depth, 1.0) if camera.projection is Projection.PINHOLE else np.float32(1)
    u = camera.fx * seen[:, 0] / over + camera.cx
    v = camera.fy * seen[:, 1] / over + camera.cy
    spread = np.sqrt(2 * np.log(np.maximum(255 * opacity, 1.0)))
    size = np.exp(np.minimum(scene.log_scales.max(axis=1), 40)) * max(camera.fx, camera.fy) / over
    # The projection stretches a ball by at most this, where its direction is clamped.
    stretch = (
        1 + ((1 + _MARGIN) * camera.width / camera.fx) ** 2 + ((1 + _MARGIN) * camera.height / camera.fy) ** 2
    )
    reach = spread * np.sqrt(size**2 * stretch + _EPS2D) * 1.01 + 0.01
    return np.flatnonzero(ahead & ((u - x) ** 2 + (v - y) ** 2 <= reach**2))


def _alphas(
    scene: GaussianScene, camera: Camera, rows: NDArray[np.int64], seen: Numbers, place: tuple[float, float]
) -> Numbers:
    """How much each row covers of the pixel before what is in front of it."""
    jacobian = _jacobians(camera, seen)
    axes = matrices(scene.quats[rows]) * np.exp(scene.log_scales[rows].astype(np.float64))[:, None, :]
    flat = jacobian @ (camera.world_to_camera[:3, :3] @ axes)
    spread = flat @ np.swapaxes(flat, 1, 2)
    before = np.linalg.det(spread)
    spread[:, [0, 1], [0, 1]] += _EPS2D
    after = np.linalg.det(spread)
    opacity = opacities(scene)[rows]
    if scene.is_antialiased:
        opacity = opacity * np.sqrt(np.maximum(0.0, before / after))
        opacity = np.where(opacity < FAINTEST, 0.0, opacity)
    over = seen[:, 2] if camera.projection is Projection.PINHOLE else np.ones(len(rows))
    dx = camera.fx * seen[:, 0] / over + camera.cx - place[0]
    dy = camera.fy * seen[:, 1] / over + camera.cy - place[1]
    a, b, c = spread[:, 1, 1] / after, -spread[:, 0, 1] / after, spread[:, 0, 0] / after
    sigma = (a * dx**2 + c * dy**2) / 2 + b * dx * dy
    alphas = np.minimum(_ALPHA_MAX, opacity * np.exp(-np.maximum(sigma, 0.0)))
    return np.asarray(np.where((sigma >= 0) & (after > 0), alphas, 0.0))


def _jacobians(camera: Camera, seen: Numbers) -> Numbers:
    """N x 2 x 3."""
    jacobian = np.zeros((len(seen), 2, 3))
    if camera.projection is Projection.ORTHOGRAPHIC:
        jacobian[:, 0, 0], jacobian[:, 1, 1] = camera.fx, camera.fy
        return jacobian
    z = seen[:, 2]
    x = _clamped(seen[:, 0] / z, camera.fx, camera.cx, camera.width)
    y = _clamped(seen[:, 1] / z, camera.fy, camera.cy, camera.height)
    jacobian[:, 0, 0], jacobian[:, 1, 1] = camera.fx / z, camera.fy / z
    jacobian[:, 0, 2], jacobian[:, 1, 2] = -camera.fx * x / z, -camera.fy * y / z
    return jacobian


def _clamped(direction: Numbers, focal: float, middle: float, side: int) -> Numbers:
    margin = _MARGIN * side / focal
    return np.asarray(np.clip(direction, -(middle / focal + margin), (side - middle) / focal + margin))


def _colours(scene: GaussianScene, camera: Camera, rows: NDArray[np.int64]) -> Numbers:
    rays = scene.means[rows].astype(np.float64) - camera.centre
    basis = harmonics(rays / np.maximum(np.linalg.norm(rays, axis=1, keepdims=True), 1e-12))
    sh = scene.sh[rows].astype(np.float64)
    return np.asarray(np.maximum(np.einsum("nk,nkc->nc", basis[:, : sh.shape[1]], sh) + 0.5, 0.0))
