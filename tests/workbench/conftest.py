from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import numpy as np
import pytest

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.folders import Folders
from restora.io.writing import write_image
from restora.testing.plugin_folder import PluginFolder
from restora.workbench import Workbench

_PLUGIN = '''
"""Methods for tests of the workbench."""

import time
from pathlib import Path

import numpy as np

from restora.api import (
    ChoiceParam, FloatParam, IntParam, Kind, MethodInfo, Output, ReferenceParam, References, TextParam,
    TileRule, hookimpl,
)


class Method:
    def load(self, weights, device, context):
        pass

    def unload(self):
        pass

    def run(self, request, context):
        with context.stage("work") as stage:
            context.checkpoint()
            image = self.changed(np.array(request.source.image), request, context)
            stage.advance(1, 1)
        return Output(image=image)


class Darker(Method):
    def changed(self, image, request, context):
        return image * np.float32(request.params["amount"])


class Noisy(Method):
    def changed(self, image, request, context):
        noise = context.noise_array((3, *image.shape[:2]), name="n")
        return image + np.float32(0.05) * np.moveaxis(noise, 0, 2)


class Mixing(Method):
    def changed(self, image, request, context):
        for other in (*request.references, request.params["style"]):
            if other is not None:
                image = image + other.mean() * np.float32(0.1)
        return image.astype(np.float32)


class Slow(Method):
    def changed(self, image, request, context):
        log = Path(request.params["log"]) if request.params["log"] else None
        if log is not None:
            with log.open("a") as stream:
                stream.write(f"{image.mean():.6f}\\n")
        for _ in range(request.params["steps"]):
            context.checkpoint()
            time.sleep(0.005)
        return image * np.float32(0.5)


class Failing(Method):
    def changed(self, image, request, context):
        if image.mean() > 0.9:
            raise ValueError("too bright")
        return image * np.float32(0.5)


PLAIN = dict(
    summary="For tests.",
    accepts=frozenset({Kind.IMAGE}),
    devices=frozenset({"cpu"}),
    precisions=("bf16", "fp32"),
    tile=TileRule(minimum=16, overlap=8, margin=4),
    stochastic=False,
)
AMOUNT = FloatParam(id="amount", label="Amount", default=0.5, minimum=0.0, maximum=1.0)


@hookimpl
def restora_methods():
    yield MethodInfo(
        id="bench.darker", title="Darker", factory=f"{__name__}:Darker",
        params=(AMOUNT, ChoiceParam(id="way", label="Way", default="plain", choices={"plain": "Plain"})),
        presets={"Strong": {"amount": 0.125}}, **PLAIN,
    )
    noisy = {**PLAIN, "stochastic": True}
    yield MethodInfo(id="bench.noisy", title="Noisy", factory=f"{__name__}:Noisy", **noisy)
    yield MethodInfo(
        id="bench.mixing", title="Mixing", factory=f"{__name__}:Mixing",
        params=(ReferenceParam(id="style", label="Style"),),
        references=References(maximum=2, same_size=False), **PLAIN,
    )
    yield MethodInfo(
        id="bench.slow", title="Slow", factory=f"{__name__}:Slow",
        params=(
            IntParam(id="steps", label="Steps", default=10, minimum=0, maximum=100000),
            TextParam(id="log", label="Log"),
        ),
        **PLAIN,
    )
    yield MethodInfo(id="bench.failing", title="Failing", factory=f"{__name__}:Failing", **PLAIN)
'''


@pytest.fixture
def plugins(restora_plugin_folder: PluginFolder) -> PluginFolder:
    restora_plugin_folder.add("bench", _PLUGIN)
    return restora_plugin_folder


Open = Callable[[], Workbench]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def workbenches(plugins: PluginFolder, home: Path) -> Iterator[Open]:
    """Opens workbenches on the same folders, as starts of the program after each other."""
    threads = threading.active_count()
    opened: list[Workbench] = []

    def make() -> Workbench:
        opened.append(Workbench(Folders.below(home), plugins.discover()))
        return opened[-1]

    yield make
    for workbench in opened:
        assert workbench.close(20)
    assert threading.active_count() <= threads


@pytest.fixture
def workbench(workbenches: Open) -> Workbench:
    return workbenches()


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    """Writes a picture below the test's folder."""

    def write(
        name: str = "a.png", seed: int = 1, *, size: tuple[int, int] = (40, 50), bright: bool = False
    ) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels: ImageArray = np.random.default_rng(seed).random((*size, 3), np.float32)
        write_image(path, Image(pixels=np.ones_like(pixels) - pixels / 50 if bright else pixels))
        return path

    return write


@pytest.fixture
def add_plugin(plugins: PluginFolder) -> Callable[[str, str], Path]:
    return lambda stem, text: plugins.add(stem, dedent(text))
