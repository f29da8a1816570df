"""The classical methods that everyone has before any weights are there; declarations only."""

from __future__ import annotations

from collections.abc import Iterable

from restora.api import MethodInfo, MetricInfo, hookimpl
from restora_classic.declarations import metrics, pictures, spad


@hookimpl
def restora_methods() -> Iterable[MethodInfo]:
    """All methods of this plugin, in the order of the menu."""
    return (*pictures.METHODS, *spad.METHODS)


@hookimpl
def restora_metrics() -> Iterable[MetricInfo]:
    """Figures of quality; each function takes the picture and, where needed, its reference."""
    return metrics.METRICS
