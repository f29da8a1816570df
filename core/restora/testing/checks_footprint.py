"""K11 to K13: memory, side effects and the forward model."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.item import Item
from restora.data.kinds import Kind
from restora.errors import PluginError, RestoraError
from restora.jobs.devices import CpuDevice, measured
from restora.jobs.execution import read_inputs
from restora.jobs.padding import padded_size
from restora.jobs.request import RunRequest, checked_request, parse_params
from restora.plugins.declarations import MemoryRule, MethodInfo
from restora.plugins.running import Context, DeviceSpec, Method, Output, Request
from restora.tasks.consistency import predict
from restora.testing.bench import Bench, sample_item
from restora.testing.checks_results import takes_only_scenes
from restora.testing.outcomes import picture
from restora.testing.scene_items import sample_scene, scene_item
from restora.testing.scene_photographs import with_photographs
from restora.testing.subject import Subject
from restora.testing.verdicts import CheckFailedError, NotApplicableError
from restora.testing.watching import SideEffects

if TYPE_CHECKING:
    from numpy.typing import NDArray

MEMORY_SLACK_MIB = 16.0
"""What measuring cannot tell from the interpreter's own needs."""

MEMORY_EXCESS = 1.5
"""A rule that declares more than this times what is needed refuses jobs without reason."""

_MEGAPIXELS = (0.5, 1.0, 2.0)
_GAUSSIANS = (5_000, 20_000)
_SECONDS = 20.0
"""For one run; slower methods are measured on smaller pictures."""


class _MeasuredMethod:
    """A method whose runs are watched from outside; satisfies `Method`."""

    def __init__(self, method: Method) -> None:
        self._method = method
        self.peak_mib = 0.0

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None:
        self._method.load(weights, device, context)

    def run(self, request: Request, context: Context) -> Output:
        with measured(CpuDevice()) as measurement:
            output = self._method.run(request, context)
        self.peak_mib = max(self.peak_mib, measurement.peak_mib)
        return output

    def unload(self) -> None:
        self._method.unload()


def memory(subject: Subject) -> str:
    """K11: the declared memory covers what is measured, and is no more than half as much again."""
    info = subject.info
    rule = next((rule for rule in info.memory if rule.precision == "fp32"), None)
    if rule is None:
        raise NotApplicableError("no memory rule for fp32 is declared")
    lines: list[str] = []
    is_capture = Kind.SPAD in info.accepts  # what a capture takes also depends on its frames and its file
    if takes_only_scenes(info):
        return _memory_of_scenes(subject, rule)
    with subject.bench() as bench:
        # The first run also pays for imports and caches, which are not the picture's.
        bench.run(sample_item(info, *_side_for(info, _MEGAPIXELS[0])))
        for megapixels in _MEGAPIXELS:
            width, height = _side_for(info, megapixels)
            width, height = padded_size(width, height, info.size)
            declared = rule.fixed_mib + rule.mib_per_mpix * width * height / 1e6
            peak = _peak(bench, sample_item(info, width, height))
            size = f"{width * height / 1e6:.2f} Mpx"
            lines.append(f"{declared:.0f} MiB declared, {peak:.0f} measured at {size}")
            low = declared < peak - MEMORY_SLACK_MIB
            high = declared > MEMORY_EXCESS * peak + MEMORY_SLACK_MIB
            if low or (high and not is_capture):
                raise CheckFailedError(f"too {'little' if low else 'much'} is declared: {lines[-1]}")
    return lines[-1]


def _memory_of_scenes(subject: Subject, rule: MemoryRule) -> str:
    if rule.mib_per_million_gaussians is None:
        raise NotApplicableError("no memory per million Gaussians is declared")
    line = ""
    with subject.bench() as bench:
        bench.run(scene_item(with_photographs(sample_scene(_GAUSSIANS[0]))))
        for count in _GAUSSIANS:
            declared = rule.fixed_mib + rule.mib_per_million_gaussians * count / 1e6
            peak = _peak(bench, scene_item(with_photographs(sample_scene(count))))
            line = f"{declared:.0f} MiB declared, {peak:.0f} measured with {count} Gaussians"
            # What frames take depends on the cameras, so only too little can be told.
            if declared < peak - MEMORY_SLACK_MIB:
                raise CheckFailedError(f"too little is declared: {line}")
    return line


def _side_for(info: MethodInfo, megapixels: float) -> tuple[int, int]:
    speed = info.seconds_per_mpix.get("cpu", 1.0)
    affordable = min(megapixels, megapixels / max(_MEGAPIXELS) * _SECONDS / max(speed, 1e-6))
    side = max(16, round(math.sqrt(affordable * 1e6)))
    return (side, side) if info.size.maximum is None else (min(side, info.size.maximum),) * 2


def _peak(bench: Bench, item: Item) -> float:
    plain = bench.method
    watched = _MeasuredMethod(plain)
    bench.method = watched
    try:
        bench.run(item)
    finally:
        bench.method = plain
    return watched.peak_mib


def isolation(subject: Subject) -> str:
    """K12: a run writes nothing outside its scratch folder, calls nobody and leaves global state alone."""
    item = sample_item(subject.info, 48, 40)
    with subject.bench() as bench:
        bench.run(item)  # what is imported and cached once is not the run's doing
        with SideEffects(allowed=subject.scratch) as effects:
            bench.run(item)
    found = effects.found()
    if found:
        raise CheckFailedError("; ".join(found))
    return "no write, no connection, no change of global state"


def forward_model(subject: Subject) -> str:
    """K13: the declared forward model turns a result into a measurement of its shape, always the same."""
    info = subject.info
    if info.forward_model is None:
        raise NotApplicableError("it declares no forward model")
    item = sample_item(info, 48, 40)
    request = checked_request(RunRequest(info=info, item=item, params=parse_params(info, {})))
    with subject.bench() as bench:
        result = picture(bench.run(item))
    inputs = read_inputs(request)
    try:
        predicted, again = (predict(request, inputs, result) for _ in range(2))
    except PluginError:
        raise
    except RestoraError as error:
        raise NotApplicableError(f"with the declared values: {error}") from error
    if predicted is None or again is None:
        raise NotApplicableError("it is not determined with the declared values")
    return _checked_prediction(item, np.asarray(predicted.values), np.asarray(again.values))


def _checked_prediction(item: Item, values: NDArray[np.generic], again: NDArray[np.generic]) -> str:
    expected = (item.probe.height, item.probe.width)
    if values.shape[:2] != expected:
        raise CheckFailedError(
            f"it predicts {values.shape[:2]}, the measurement has {expected} rows and columns"
        )
    if not np.isfinite(values).all():
        raise CheckFailedError("it predicts values that are NaN or infinite")
    if not np.array_equal(values, again):
        raise CheckFailedError("it gave two different predictions for the same result")
    return f"predicts {values.shape}"
