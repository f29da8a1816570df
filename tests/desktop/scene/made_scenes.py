"""Scenes and cameras with known places, for tests."""

from __future__ import annotations

import numpy as np

from restora.data.camera import Camera, CameraSet
from restora.data.scene import GaussianScene

C0 = 0.28209479177387814


def make_scene(
    means: list[tuple[float, float, float]],
    colours: list[tuple[float, float, float]],
    size: float = 0.2,
    cameras: tuple[Camera, ...] = (),
) -> GaussianScene:
    """Round Gaussians that hide what is behind them."""
    count = len(means)
    quats = np.zeros((count, 4), np.float32)
    quats[:, 0] = 1
    return GaussianScene(
        means=np.array(means, np.float32),
        quats=quats,
        log_scales=np.full((count, 3), np.log(size), np.float32),
        logit_opacities=np.full(count, 6.0, np.float32),
        sh=((np.array(colours, np.float32) - 0.5) / C0)[:, None, :],
        cameras=CameraSet(cameras=cameras),
    )


def make_camera(name: str, position: tuple[float, float, float], width: int = 80, height: int = 60) -> Camera:
    """Looks along +z."""
    pose = np.eye(4)
    pose[:3, 3] = -np.array(position)
    return Camera(
        name=name,
        width=width,
        height=height,
        fx=60.0,
        fy=60.0,
        cx=width / 2,
        cy=height / 2,
        world_to_camera=pose,
        picture=f"{name}.png",
    )
