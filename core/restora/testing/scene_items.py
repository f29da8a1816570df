"""Small scenes to try methods on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.data.item import Item, Probe
from restora.data.kinds import Kind
from restora.data.scene import GaussianScene

_DISTANCE = 4.0
_WIDTH, _HEIGHT, _FOCAL = 32, 24, 30.0


def sample_scene(count: int = 200, *, degree: int = 1, cameras: int = 3, seed: int = 1) -> GaussianScene:
    """A cloud of `count` Gaussians around the origin, with `cameras` that stand around it and look at it."""
    random = np.random.default_rng(seed)
    sh = random.normal(0, 0.2, (count, (degree + 1) ** 2, 3)).astype(np.float32)
    sh[:, 0] += random.uniform(-1, 1, (count, 3)).astype(np.float32)
    return GaussianScene(
        means=random.normal(0, 0.6, (count, 3)).astype(np.float32),
        quats=random.normal(0, 1, (count, 4)).astype(np.float32),
        log_scales=random.uniform(-4, -2, (count, 3)).astype(np.float32),
        logit_opacities=random.uniform(-2, 3, count).astype(np.float32),
        sh=sh,
        cameras=CameraSet(cameras=tuple(orbit_camera(number, cameras) for number in range(cameras))),
    )


def orbit_camera(number: int, of: int, *, width: int = _WIDTH, height: int = _HEIGHT) -> Camera:
    """Camera `number` of `of` on a circle around the origin."""
    angle = 2 * np.pi * number / max(of, 1)
    pose = np.eye(4)
    pose[0, :3] = np.cos(angle), 0, -np.sin(angle)
    pose[2, :3] = np.sin(angle), 0, np.cos(angle)
    pose[2, 3] = _DISTANCE
    focal = _FOCAL * width / _WIDTH
    return Camera(
        name=f"view{number}",
        width=width,
        height=height,
        fx=focal,
        fy=focal,
        cx=width / 2,
        cy=height / 2,
        world_to_camera=pose,
    )


def scene_item(scene: GaussianScene, name: str = "kit") -> Item:
    """A scene in memory as an item."""
    probe = Probe(
        kind=Kind.SPLAT,
        format="kit",
        width=0,
        height=0,
        channels=3,
        gaussians=scene.count,
        degree=scene.degree,
    )
    return Item(name=name, probe=probe, load=lambda: scene)


def awkward_scenes() -> dict[str, GaussianScene]:
    """Scenes as files bring them: of one Gaussian, of every degree, with odd cameras or none."""
    odd = CameraSet(
        cameras=(orbit_camera(0, 2, width=1, height=1), orbit_camera(1, 2, width=37, height=11)),
        source="the kit",
    )
    scenes = {f"degree {degree}": sample_scene(60, degree=degree) for degree in range(4)}
    scenes["one Gaussian"] = sample_scene(1)
    scenes["cameras of two sizes"] = replace(sample_scene(90), cameras=odd)
    scenes["no cameras"] = sample_scene(40, cameras=0)
    return scenes


def unusual_scenes() -> dict[str, GaussianScene]:
    """Scenes whose numbers are legal and rare."""
    plain = sample_scene(50)
    return {
        "quaternions of length 0": replace(plain, quats=np.zeros_like(plain.quats)),
        "huge Gaussians": replace(plain, log_scales=plain.log_scales + np.float32(12)),
        "Gaussians without extent": replace(plain, log_scales=np.full_like(plain.log_scales, -60)),
        "all transparent": replace(plain, logit_opacities=np.full_like(plain.logit_opacities, -40)),
        "all opaque": replace(plain, logit_opacities=np.full_like(plain.logit_opacities, 40)),
        "all in one place": replace(plain, means=np.zeros_like(plain.means)),
        "far away": replace(plain, means=plain.means + np.float32(1e6)),
        "bright colours": replace(plain, sh=plain.sh * np.float32(100)),
    }
