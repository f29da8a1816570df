"""What can be said about each Gaussian: numbers to show, to draw as histograms and to select by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from restora.data.scene import GaussianScene
from restora.errors import BadInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values: TypeAlias = NDArray[np.float64]

C0 = 0.28209479177387814
"""The constant basis function: a colour is 0.5 + C0 · coefficient."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """One number per Gaussian."""

    id: str
    title: str
    measure: Callable[[GaussianScene], Values]
    unit: str = ""
    is_logarithmic: bool = False
    """Whether its histogram has columns of equal ratio rather than of equal width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """The spread of an attribute over a scene's Gaussians, those left out whose number is not finite."""

    minimum: float
    percentile_2: float
    median: float
    percentile_98: float
    maximum: float
    mean: float
    not_finite: int
    """How many Gaussians have no finite value here."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Histogram:
    """Counts per column; `edges` has one entry more than `counts`."""

    edges: NDArray[np.float64]
    counts: NDArray[np.int64]


def opacities(scene: GaussianScene) -> Values:
    """0 to 1."""
    logits = scene.logit_opacities.astype(np.float64)
    return np.asarray(np.exp(-np.logaddexp(0.0, -logits)))


def largest_scales(scene: GaussianScene) -> Values:
    """The longest standard deviation, scene units."""
    return np.asarray(np.exp(scene.log_scales.astype(np.float64).max(axis=1, initial=-np.inf)))


def smallest_scales(scene: GaussianScene) -> Values:
    """The shortest standard deviation, scene units."""
    return np.asarray(np.exp(scene.log_scales.astype(np.float64).min(axis=1, initial=np.inf)))


def _elongation(scene: GaussianScene) -> Values:
    ordered = np.sort(scene.log_scales.astype(np.float64), axis=1)
    return np.asarray(np.exp(ordered[:, 2] - ordered[:, 1]))


def _brightness(scene: GaussianScene) -> Values:
    return np.asarray((0.5 + C0 * scene.sh[:, 0].astype(np.float64)) @ _LUMA)


def _sheen(scene: GaussianScene) -> Values:
    return np.asarray(np.sqrt(np.square(scene.sh[:, 1:].astype(np.float64)).sum(axis=(1, 2))))


def _distance(scene: GaussianScene) -> Values:
    means = scene.means.astype(np.float64)
    return np.asarray(np.linalg.norm(means - np.median(means, axis=0), axis=1))


def _axis(index: int) -> Callable[[GaussianScene], Values]:
    def measure(scene: GaussianScene) -> Values:
        return scene.means[:, index].astype(np.float64)

    return measure


ATTRIBUTES: Mapping[str, Attribute] = MappingProxyType(
    {
        each.id: each
        for each in (
            Attribute(id="opacity", title="Opacity", measure=opacities),
            Attribute(
                id="size",
                title="Size, longest axis",
                unit="units",
                measure=largest_scales,
                is_logarithmic=True,
            ),
            Attribute(
                id="thickness",
                title="Size, shortest axis",
                unit="units",
                measure=smallest_scales,
                is_logarithmic=True,
            ),
            Attribute(
                id="elongation",
                title="Longest by second axis",
                unit="x",
                measure=_elongation,
                is_logarithmic=True,
            ),
            Attribute(id="brightness", title="Brightness, without sheen", measure=_brightness),
            Attribute(id="sheen", title="Colour change with direction", measure=_sheen),
            Attribute(id="distance", title="Distance from the middle", unit="units", measure=_distance),
            Attribute(id="x", title="Position x", unit="units", measure=_axis(0)),
            Attribute(id="y", title="Position y", unit="units", measure=_axis(1)),
            Attribute(id="z", title="Position z", unit="units", measure=_axis(2)),
        )
    }
)
"""By id, in the order of a list."""


def attribute(attribute_id: str) -> Attribute:
    """The attribute of this id; raises BadInputError for an unknown one."""
    if attribute_id not in ATTRIBUTES:
        raise BadInputError(f"{attribute_id}: no such attribute (known: {', '.join(ATTRIBUTES)})")
    return ATTRIBUTES[attribute_id]


def statistics(values: Values) -> Statistics:
    """The spread of some numbers; raises BadInputError where none is finite."""
    good = values[np.isfinite(values)]
    if not good.size:
        raise BadInputError("there is no finite number to describe")
    marks = np.percentile(good, [0, 2, 50, 98, 100])
    return Statistics(
        minimum=float(marks[0]),
        percentile_2=float(marks[1]),
        median=float(marks[2]),
        percentile_98=float(marks[3]),
        maximum=float(marks[4]),
        mean=float(good.mean()),
        not_finite=int(values.size - good.size),
    )


def histogram(values: Values, *, columns: int = 64, is_logarithmic: bool = False) -> Histogram:
    """How often numbers fall into `columns` ranges from the smallest to the largest of them."""
    good = values[np.isfinite(values) & ((values > 0) | (not is_logarithmic))]
    if not good.size:
        raise BadInputError("there is no finite number to count")
    low, high = float(good.min()), float(good.max())
    if low == high:
        # One value still gets a column around it.
        low, high = (low / 1.1, high * 1.1) if is_logarithmic else (low - 0.5, high + 0.5)
    edges = np.geomspace(low, high, columns + 1) if is_logarithmic else np.linspace(low, high, columns + 1)
    edges[0], edges[-1] = low, high
    return Histogram(edges=edges, counts=np.histogram(good, edges)[0].astype(np.int64))
