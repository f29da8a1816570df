"""The classical methods that everyone has before any weights are there; declarations only."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import MethodInfo, MetricInfo, SampleInfo, hookimpl
from restora_classic.declarations import (
    developing,
    metalens,
    metrics,
    pictures,
    samples,
    scenes,
    smoothing,
    spad,
    superres,
)


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """All methods of this plugin, in the order of the menu."""
    kinds = (pictures, smoothing, developing, spad, metalens, superres, scenes)
    return tuple(info for kind in kinds for info in kind.METHODS)


@hookimpl
def restora_metrics() -> Iterable[MetricInfo]:
    """Figures of quality; each function takes the picture and, where needed, its reference."""
    return metrics.METRICS


@hookimpl
def restora_samples() -> Iterable[SampleInfo]:
    """One scene, seen by each kind of camera, with its clean truth."""
    return samples.SAMPLES
