from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from restora.api import (
    Cancelled,
    DeviceSpec,
    ImageArray,
    Kind,
    MethodInfo,
    Output,
    Request,
    Source,
    TileChoice,
)
from restora_classic.manifest import restora_methods

METHODS = {info.id: info for info in restora_methods()}


class QuietStage:
    def __init__(self, reports: list[float]) -> None:
        self.reports = reports

    def advance(self, done: float, total: float) -> None:
        self.reports.append(done / total)


class QuietContext:
    """A host of its own: counts checkpoints and can cancel at one of them."""

    tile = TileChoice(side=None)
    precision = "fp32"
    device = DeviceSpec(type="cpu")

    def __init__(self, scratch: Path, cancel_at: int | None = None) -> None:
        self.scratch = scratch
        self.cancel_at = cancel_at
        self.checkpoints = 0
        self.weights: list[float] = []
        self.reports: list[list[float]] = []

    @contextmanager
    def stage(self, name: str, weight: float = 1.0) -> Iterator[QuietStage]:
        self.weights.append(weight)
        self.reports.append([])
        yield QuietStage(self.reports[-1])

    def checkpoint(self) -> None:
        self.checkpoints += 1
        if self.checkpoints == self.cancel_at:
            raise Cancelled

    def preview(self, image: ImageArray) -> None: ...

    def noise(self, shape: tuple[int, ...], *, name: str, cell: int = 1) -> object:
        raise AssertionError("the classical methods are not stochastic")

    def noise_array(self, shape: tuple[int, ...], *, name: str, cell: int = 1) -> ImageArray:
        raise AssertionError("the classical methods are not stochastic")

    def log(self, level: int, message: str) -> None: ...


def build(info: MethodInfo) -> object:
    module, _, name = info.factory.partition(":")
    return getattr(import_module(module), name)()


def parsed(info: MethodInfo, stated: Mapping[str, object]) -> dict[str, object]:
    return {param.id: param.parse(stated.get(param.id, param.default)) for param in info.params}


Run = Callable[..., Output]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a method by id on a source (an array or a Source) with stated parameters."""

    def call(
        method_id: str, source: ImageArray | Source, context: QuietContext | None = None, **stated: object
    ) -> Output:
        info = METHODS[method_id]
        if isinstance(source, np.ndarray):
            source = Source(kind=Kind.IMAGE, image=source)
        method = build(info)
        context = context or QuietContext(tmp_path)
        method.load({}, context.device, context)
        output = method.run(Request(source=source, params=parsed(info, stated), seed=0), context)
        method.unload()
        return output

    return call


@pytest.fixture
def quiet(tmp_path: Path) -> Callable[..., QuietContext]:
    return lambda cancel_at=None: QuietContext(tmp_path, cancel_at)
