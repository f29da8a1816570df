from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.splats.framing import Optics, looking_at

MakeScene = Callable[..., GaussianScene]


def made_scene(count: int = 40, degree: int = 3, seed: int = 0) -> GaussianScene:
    """Gaussians of all shapes in a ball of radius 1 around the origin."""
    rng = np.random.default_rng(seed)
    means = rng.normal(size=(count, 3))
    means *= (rng.random((count, 1)) ** (1 / 3)) / np.linalg.norm(means, axis=1, keepdims=True)
    return GaussianScene(
        means=means.astype(np.float32),
        quats=rng.normal(size=(count, 4)).astype(np.float32),
        log_scales=rng.uniform(-3, -1.5, (count, 3)).astype(np.float32),
        logit_opacities=rng.normal(0.5, 1.5, count).astype(np.float32),
        sh=(rng.normal(size=(count, (degree + 1) ** 2, 3)) * 0.3).astype(np.float32),
    )


@pytest.fixture
def make_scene() -> MakeScene:
    return made_scene


@pytest.fixture
def camera() -> Camera:
    return looking_at("front", (0.0, -0.5, -4.0), (0.0, 0.0, 0.0), Optics(width=48, height=40))
