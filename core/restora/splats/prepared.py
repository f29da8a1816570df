"""A scene made ready for drawing many pictures of it."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene

if TYPE_CHECKING:
    from numpy.typing import NDArray


class PreparedScene:
    """A scene with its activated arrays: what every picture needs and no camera changes.

    The first one of a process loads the compiled rasteriser, or compiles it, which takes ten seconds or more
    and happens once per version. Any number of threads may draw it. The activated arrays take 28 bytes per
    Gaussian; the order of importance is worked out when it is first asked for.
    """

    def __init__(self, scene: GaussianScene) -> None:
        from restora.splats.raster_cpu.frame import activated, get_ready

        get_ready()
        self.scene = scene
        self.covariances, self.opacities = activated(scene)

    @cached_property
    def by_importance(self) -> NDArray[np.int32]:
        """Rows of the scene, most important first: opacity times the product of the two largest scales."""
        scales = np.sort(self.scene.log_scales, axis=1)
        with np.errstate(over="ignore"):
            size = np.exp(scales[:, 1] + scales[:, 2])
        return np.argsort(-(self.opacities * size), kind="stable").astype(np.int32)

    def foremost(self, fraction: float) -> NDArray[np.int32]:
        """The rows of the most important share of the scene, ascending; empty stands for all of them."""
        if fraction >= 1.0:
            return np.empty(0, np.int32)
        known = self._foremost.get(fraction)
        if known is None:
            count = max(1, round(self.scene.count * fraction))
            known = np.sort(self.by_importance[:count])
            self._foremost = {fraction: known}  # the last one only: a moving camera asks for the same again
        return known

    def part(self, fraction: float) -> GaussianScene:
        """The most important share of the scene as a scene of its own."""
        rows, scene = self.foremost(fraction), self.scene
        if not len(rows):
            return scene
        return replace(
            scene,
            means=scene.means[rows],
            quats=scene.quats[rows],
            log_scales=scene.log_scales[rows],
            logit_opacities=scene.logit_opacities[rows],
            sh=scene.sh[rows],
            extra={},
        )

    @cached_property
    def _foremost(self) -> dict[float, NDArray[np.int32]]:
        return {}
