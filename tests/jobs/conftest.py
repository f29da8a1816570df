from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.data.arrays import ImageArray
from restora.data.image import Image
from restora.data.item import Item, Probe
from restora.data.kinds import Kind, Transfer
from restora.data.recipe import Recipe
from restora.errors import Cancelled
from restora.jobs.devices import Measurement
from restora.jobs.estimates import EstimateBook
from restora.jobs.job import Event, Job
from restora.jobs.lane import Lane
from restora.jobs.recipe import Circumstances, requested_recipe
from restora.jobs.request import RunRequest, checked_request, parse_params
from restora.jobs.services import LaneServices
from restora.plugins.declarations import JobRecord, MemoryRule, MethodInfo, TileRule
from restora.plugins.running import Context, DeviceSpec, Method, Output, Request

WAIT_S = 20.0


class FakeDevice:
    """A device whose memory a test sets."""

    def __init__(self, total: float = 1000.0, free: float = 1000.0) -> None:
        self.spec = DeviceSpec(type="cpu", name="fake")
        self.total, self.free = total, free
        self.peak = 10.0
        self.releases = 0
        self.breaks = False

    def total_mib(self) -> float:
        return self.total

    def free_mib(self) -> float:
        return self.free

    def start_measuring(self) -> Measurement:
        return Measurement()

    def stop_measuring(self, measurement: Measurement) -> None:
        measurement.peak_mib = self.peak

    def release_caches(self) -> None:
        self.releases += 1
        if self.breaks:
            raise RuntimeError("the device is gone")

    def default_precision(self, declared: Sequence[str]) -> str:
        return declared[0]


class Copy:
    """Gives back a copy; tests derive from it."""

    def load(self, weights: Mapping[str, Path], device: DeviceSpec, context: Context) -> None: ...

    def run(self, request: Request, context: Context) -> Output:
        return Output(image=self.changed(np.array(request.source.image), request, context))

    def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
        return image

    def unload(self) -> None: ...


def make_info(**changes: object) -> MethodInfo:
    plain = MethodInfo(
        id="fake.copy",
        title="Copy",
        summary="A test's own.",
        factory="none:None",
        accepts=frozenset({Kind.IMAGE}),
        channels=frozenset({1, 3, 4}),
        precisions=("fp32",),
        memory=(MemoryRule(fixed_mib=1, mib_per_mpix=100.0, precision="fp32"),),
        tile=TileRule(minimum=16, overlap=8, margin=4),
        stochastic=False,
    )
    return replace(plain, **changes)  # type: ignore[arg-type]


def make_item(pixels: ImageArray, **facts: Any) -> Item:
    height, width, channels = pixels.shape
    kind = facts.pop("kind", Kind.IMAGE)
    probe = Probe(kind=kind, format="test", width=width, height=height, channels=channels)
    image = Image(pixels=pixels, **facts)
    return Item(name="picture.png", probe=probe, load=lambda: image)


def make_pixels(height: int = 48, width: int = 64, channels: int = 3, seed: int = 1) -> ImageArray:
    return np.random.default_rng(seed).random((height, width, channels), np.float32)


class Bench:
    """A lane with a fake device, methods made on the spot, and everything that was told."""

    def __init__(self, folder: Path) -> None:
        self.device = FakeDevice()
        self.scratch = folder / "scratch"
        self.resume = folder / "resume"
        self.records: list[JobRecord] = []
        self.events: list[Event] = []
        self.built: list[Method] = []
        self.makers: dict[str, Callable[[], Method]] = {}
        self.estimates = EstimateBook(None)
        self.weights: dict[str, Path] = {}
        self.hashing: threading.Event | None = None
        """Where it is set, weights take for ever."""
        self._lane: Lane | None = None
        self._count = 0

    @property
    def lane(self) -> Lane:
        if self._lane is None:
            services = LaneServices(
                weights_for=self._weights_for,
                build=self._build,
                asked=_asked,
                finished=self.records.append,
                scratch=self.scratch,
                resume=self.resume,
                budget_share=lambda: 0.8,
            )
            self._lane = Lane(self.device, services, self.estimates)
            self._lane.subscribe(self.events.append)
        return self._lane

    def _weights_for(self, info: MethodInfo, is_cancelled: Callable[[], bool]) -> Mapping[str, Path]:
        if self.hashing is not None:
            self.hashing.set()
            while not is_cancelled():
                time.sleep(0.002)
            raise Cancelled
        return self.weights

    def _build(self, info: MethodInfo) -> Method:
        method = self.makers[info.id]()
        self.built.append(method)
        return method

    def request(
        self, method: Callable[[], Any] = Copy, pixels: ImageArray | Item | None = None, **changes: Any
    ) -> RunRequest:
        """A checked request; fields of RunRequest are taken out of `changes`, the rest is for MethodInfo."""
        fields = ("seed", "side", "region", "references", "slots", "precision")
        asked = {key: changes.pop(key) for key in fields if key in changes}
        params = changes.pop("values", {})
        if "rule" in changes:
            changes["references"] = changes.pop("rule")  # MethodInfo's field of that name
        if "id" not in changes:
            self._count += 1
            changes["id"] = f"fake.m{self._count}"
        info = make_info(**changes)
        self.makers[info.id] = method
        item = pixels if isinstance(pixels, Item) else make_item(make_pixels() if pixels is None else pixels)
        return checked_request(
            RunRequest(info=info, item=item, params=parse_params(info, params, typed=True), **asked)
        )

    def submit(self, *args: Any, **changes: Any) -> Job:
        return self.lane.submit(Job(request=self.request(*args, **changes)))

    def done(self, *args: Any, **changes: Any) -> Job:
        """Submitted and ended."""
        job = self.submit(*args, **changes)
        assert job.wait(WAIT_S)
        return job

    def pixels(self, *args: Any, **changes: Any) -> ImageArray:
        """Those of a job that must succeed."""
        job = self.done(*args, **changes)
        assert job.result is not None, (job.state, job.message, job.details)
        return job.result.image.pixels

    def close(self) -> None:
        if self._lane is not None:
            assert self._lane.close(WAIT_S)


def _asked(job: Job, weights: Mapping[str, Path]) -> Recipe:
    around = Circumstances(
        plugin_version="1", weights=weights, hash_of=lambda _: "0", device="cpu", precision="fp32"
    )
    return requested_recipe(job.request, around)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    threads = threading.active_count()
    made = Bench(tmp_path)
    yield made
    made.close()
    assert threading.active_count() <= threads


@pytest.fixture
def copy_method() -> type[Copy]:
    return Copy


@pytest.fixture
def info_of() -> Callable[..., MethodInfo]:
    return make_info


@pytest.fixture
def item_of() -> Callable[..., Item]:
    return make_item


@pytest.fixture
def pixels_of() -> Callable[..., ImageArray]:
    return make_pixels


@pytest.fixture
def linear() -> Transfer:
    return Transfer.LINEAR
