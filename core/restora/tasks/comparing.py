"""Figures of quality for pictures, from all plugins that offer some."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from restora.data.image import Image
from restora.errors import BadInputError, MethodDefectError, RestoraError
from restora.plugins.declarations import MetricInfo, MetricWeights
from restora.plugins.factory import load_object
from restora.plugins.host import PluginHost
from restora.weights.room import WeightRoom


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One metric's answer."""

    metric: MetricInfo
    value: float | None = None
    """None where these pictures do not have it."""
    reason: str = ""
    """Why there is no value."""


def chosen_metrics(host: PluginHost, names: Collection[str]) -> tuple[MetricInfo, ...]:
    """The metrics of these ids, all of them for no names; raises BadInputError for an unknown one."""
    metrics = {info.id: info for info in host.metrics()}
    unknown = sorted(set(names) - set(metrics))
    if unknown:
        known = ", ".join(metrics) or "none"
        raise BadInputError(f"{', '.join(unknown)}: no such metric (known: {known})")
    return tuple(info for info in metrics.values() if not names or info.id in names)


def figures(
    metrics: Collection[MetricInfo],
    image: Image,
    reference: Image | None = None,
    *,
    weights: WeightRoom,
) -> tuple[Figure, ...]:
    """The answers of all `metrics` that work with what is given: with a reference, or without."""
    suitable = [info for info in metrics if info.needs_reference is (reference is not None)]
    pictures = (image,) if reference is None else (image, reference)
    return tuple(_figure(info, pictures, weights) for info in suitable)


def _figure(info: MetricInfo, pictures: tuple[Image, ...], weights: WeightRoom) -> Figure:
    try:
        files = (weights.resolve(MetricWeights(id=info.id, plugin="", weights=info.weights)),)
        measure: Callable[..., object] = load_object(info.factory, info.id)  # type: ignore[assignment]  # guarded
        return Figure(metric=info, value=float(measure(*pictures, *(files if info.weights else ()))))  # type: ignore[arg-type]  # guarded
    except RestoraError as error:
        return Figure(metric=info, reason=str(error))
    except (Exception, SystemExit) as error:  # noqa: BLE001 - the plugin's guard
        return Figure(metric=info, reason=str(MethodDefectError(info.id, f"{type(error).__name__}: {error}")))
