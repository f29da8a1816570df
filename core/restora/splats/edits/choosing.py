"""Keeping, deleting and joining Gaussians."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def kept(scene: GaussianScene, mask: NDArray[np.bool_]) -> GaussianScene:
    """The Gaussians where `mask` is True; raises BadInputError where none would be left."""
    if mask.shape != (scene.count,):
        raise BadInputError(f"a choice among {scene.count} Gaussians needs as many marks, got {mask.shape}")
    if not mask.any():
        raise BadInputError(f"none of the {scene.count} Gaussians would be left")
    return replace(
        scene,
        means=scene.means[mask],
        quats=scene.quats[mask],
        log_scales=scene.log_scales[mask],
        logit_opacities=scene.logit_opacities[mask],
        sh=scene.sh[mask],
        extra=MappingProxyType({name: column[mask] for name, column in scene.extra.items()}),
    )


def deleted(scene: GaussianScene, mask: NDArray[np.bool_]) -> GaussianScene:
    """The Gaussians where `mask` is False; raises BadInputError where none would be left."""
    return kept(scene, ~mask)


def with_degree(scene: GaussianScene, degree: int) -> GaussianScene:
    """The scene with colours of at most this degree: higher bands are dropped, none are made up."""
    if not 0 <= degree <= 3:
        raise BadInputError(f"the degree of the colours must be 0 to 3, got {degree}")
    return replace(scene, sh=scene.sh[:, : (min(degree, scene.degree) + 1) ** 2].copy())


def merged(scenes: Sequence[GaussianScene]) -> GaussianScene:
    """All Gaussians of the scenes in one, with the cameras and columns that the first one has.

    Degrees may differ: missing bands are zero, which draws the same colours. Columns that are not in
    every scene are dropped. Raises BadInputError for no scene, and where only some are antialiased.
    """
    if not scenes:
        raise BadInputError("merging needs at least one scene")
    if len({scene.is_antialiased for scene in scenes}) > 1:
        raise BadInputError(
            "scenes trained with and without antialiasing cannot be merged: they are drawn differently"
        )
    degree = max(scene.degree for scene in scenes)
    shared = [name for name in scenes[0].extra if all(name in scene.extra for scene in scenes)]
    return replace(
        scenes[0],
        means=np.concatenate([scene.means for scene in scenes]),
        quats=np.concatenate([scene.quats for scene in scenes]),
        log_scales=np.concatenate([scene.log_scales for scene in scenes]),
        logit_opacities=np.concatenate([scene.logit_opacities for scene in scenes]),
        sh=np.concatenate([raised_to(scene.sh, degree) for scene in scenes]),
        extra=MappingProxyType({n: np.concatenate([scene.extra[n] for scene in scenes]) for n in shared}),
        dropped=sum(scene.dropped for scene in scenes),
    )


def raised_to(sh: NDArray[np.float32], degree: int) -> NDArray[np.float32]:
    """Coefficients with zeros for the bands up to `degree` that they lack."""
    missing = max(0, (degree + 1) ** 2 - sh.shape[1])
    return np.pad(sh, ((0, 0), (0, missing), (0, 0)))
