"""A scene for tests of the window."""

from __future__ import annotations

import numpy as np

from restora.data.scene import GaussianScene

C0 = 0.28209479177387814


def balls(count: int = 60, seed: int = 1, brightness: float = 0.6) -> GaussianScene:
    """Coloured balls in a cube."""
    rng = np.random.default_rng(seed)
    quats = np.zeros((count, 4), np.float32)
    quats[:, 0] = 1
    colours = brightness * rng.uniform(0.3, 1, (count, 1, 3))
    return GaussianScene(
        means=rng.uniform(-1, 1, (count, 3)).astype(np.float32),
        quats=quats,
        log_scales=np.full((count, 3), np.log(0.15), np.float32),
        logit_opacities=np.full(count, 3.0, np.float32),
        sh=((colours - 0.5) / C0).astype(np.float32),
    )
