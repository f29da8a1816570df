"""Finding floaters: Gaussians that are too faint, too large, broken, or alone."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.attributes import largest_scales, opacities

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningRules:
    """What counts as rubbish; a rule that is None is not applied."""

    least_opacity: float | None = 0.005
    """Fainter Gaussians go."""
    largest_size: float | None = None
    """Gaussians whose longest standard deviation is larger go, scene units."""
    neighbours: int | None = None
    """How many nearest centres isolation is judged by, the Gaussian's own among them."""
    deviations: float = 2.0
    """A Gaussian is isolated if its mean distance to them exceeds the mean by so many deviations."""

    def __post_init__(self) -> None:
        if self.least_opacity is not None and not 0 <= self.least_opacity < 1:
            raise BadInputError(f"the least opacity must be 0 to below 1, got {self.least_opacity:g}")
        if self.largest_size is not None and not self.largest_size > 0:
            raise BadInputError(f"the largest size must be above 0, got {self.largest_size:g}")
        if self.neighbours is not None and self.neighbours < 2:
            raise BadInputError(f"isolation needs 2 neighbours or more, got {self.neighbours}")
        if not self.deviations > 0:
            raise BadInputError(f"the deviations must be above 0, got {self.deviations:g}")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Findings:
    """Which Gaussians a rule objects to; one may break several rules."""

    broken: NDArray[np.bool_]
    """A number of theirs is NaN or infinite, or their rotation has no direction."""
    faint: NDArray[np.bool_]
    large: NDArray[np.bool_]
    isolated: NDArray[np.bool_]

    @property
    def any(self) -> NDArray[np.bool_]:
        """Those that break at least one rule."""
        return np.asarray(self.broken | self.faint | self.large | self.isolated)


def find_rubbish(scene: GaussianScene, rules: CleaningRules) -> Findings:
    """What `rules` object to in a scene."""
    nobody = np.zeros(scene.count, bool)
    broken = is_broken(scene)
    faint = nobody if rules.least_opacity is None else opacities(scene) < rules.least_opacity
    large = nobody if rules.largest_size is None else largest_scales(scene) > rules.largest_size
    isolated = nobody
    if rules.neighbours is not None:
        # What goes anyway must not count as company, or a haze of faint Gaussians would keep itself.
        isolated = nobody.copy()
        solid = ~(broken | faint | large)
        isolated[solid] = is_isolated(scene.means[solid], rules.neighbours, rules.deviations)
    return Findings(broken=broken, faint=faint & ~broken, large=large & ~broken, isolated=isolated)


def is_broken(scene: GaussianScene) -> NDArray[np.bool_]:
    """Gaussians that cannot be drawn: NaN, infinity, or a rotation of length 0."""
    columns = (scene.means, scene.quats, scene.log_scales, scene.logit_opacities[:, None])
    finite = np.ones(scene.count, bool)
    for column in (*columns, scene.sh.reshape(scene.count, -1)):
        finite &= np.isfinite(column).all(axis=1)
    return np.asarray(~finite | ~(np.abs(scene.quats).max(axis=1, initial=0) > 0))


def is_isolated(means: NDArray[np.float32], neighbours: int, deviations: float) -> NDArray[np.bool_]:
    """Statistical outliers among points, by open3d's rule: with open3d where it is installed, else scipy.

    A point's mean distance to its `neighbours` nearest points, itself among them, is held against the mean
    of all points plus `deviations` standard deviations. Scenes with fewer points have no outliers.
    """
    if len(means) <= neighbours:
        return np.zeros(len(means), bool)
    # open3d may be there and yet not start: it needs libraries of the system.
    with contextlib.suppress(ImportError, OSError):
        return isolated_by_open3d(means, neighbours, deviations)
    return isolated_by_scipy(means, neighbours, deviations)


def isolated_by_scipy(means: NDArray[np.float32], neighbours: int, deviations: float) -> NDArray[np.bool_]:
    """As `is_isolated`, whatever is installed."""
    from scipy.spatial import cKDTree

    points = means.astype(np.float64)
    distances = np.asarray(cKDTree(points).query(points, k=neighbours)[0]).mean(axis=1)
    # The rule leaves points that coincide with all their neighbours out of the mean, and keeps them.
    apart = distances[distances > 0]
    if apart.size < 2:
        return np.zeros(len(means), bool)
    spread = np.sqrt(np.square(apart - apart.sum() / len(distances)).sum() / (len(distances) - 1))
    return np.asarray(distances >= apart.sum() / len(distances) + deviations * spread)


def isolated_by_open3d(means: NDArray[np.float32], neighbours: int, deviations: float) -> NDArray[np.bool_]:
    """As `is_isolated`; raises ImportError where open3d is not installed."""
    import open3d

    cloud = open3d.geometry.PointCloud(open3d.utility.Vector3dVector(means.astype(np.float64)))
    _, good = cloud.remove_statistical_outlier(neighbours, deviations)
    alone = np.ones(len(means), bool)
    alone[np.asarray(good, np.int64)] = False
    # open3d also drops points that coincide with all their neighbours, which are anything but alone.
    _, place, copies = np.unique(means, axis=0, return_inverse=True, return_counts=True)
    return np.asarray(alone & (copies[place.reshape(-1)] < neighbours))
