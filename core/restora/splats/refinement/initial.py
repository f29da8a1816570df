"""A new scene from points, as structure from motion leaves them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.attributes import C0
from restora.splats.edits.choosing import raised_to

if TYPE_CHECKING:
    from numpy.typing import NDArray

OPACITY = 0.1
_NEIGHBOURS = 3
_SMALLEST = 1e-7
"""Points that coincide still get some size."""


def scene_from_points(
    positions: NDArray[np.float32], colours: NDArray[np.uint8], *, degree: int = 3, seed: int = 0
) -> GaussianScene:
    """One Gaussian per point: its colour, the mean distance to 3 neighbours as size, a random rotation.

    Raises BadInputError for fewer than 4 points.
    """
    from scipy.spatial import cKDTree

    finite = np.isfinite(positions).all(axis=1)
    positions, colours = positions[finite].astype(np.float32), colours[finite]
    count = len(positions)
    if count <= _NEIGHBOURS:
        raise BadInputError(
            f"a new scene needs at least {_NEIGHBOURS + 1} points to start from, got {count}",
            advice="Compute the cameras again with more photographs, so that more points are found.",
        )
    points = positions.astype(np.float64)
    distances = np.asarray(cKDTree(points).query(points, k=_NEIGHBOURS + 1)[0])[:, 1:].mean(axis=1)
    sizes = np.log(np.maximum(distances, _SMALLEST)).astype(np.float32)
    quats = np.random.Generator(np.random.PCG64(seed)).normal(size=(count, 4)).astype(np.float32)
    constant = ((colours.astype(np.float32) / 255 - 0.5) / C0)[:, None, :]
    return GaussianScene(
        means=positions,
        quats=quats / np.linalg.norm(quats, axis=1, keepdims=True),
        log_scales=np.repeat(sizes[:, None], 3, axis=1),
        logit_opacities=np.full(count, np.log(OPACITY / (1 - OPACITY)), np.float32),
        sh=raised_to(constant.astype(np.float32), degree),
    )
