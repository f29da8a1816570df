from __future__ import annotations

import contextlib
import gc
import threading
import time
import tracemalloc
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from restora.data.arrays import ImageArray
from restora.errors import Cancelled, OutOfMemoryError, RefusedError, RestoraError, UnsuitableItemError
from restora.jobs.admission import Verdict
from restora.jobs.job import Event, Job, Logged, Previewed, Progressed, StateChanged
from restora.jobs.states import JobState
from restora.plugins.declarations import MemoryRule, SizeRule, TileRule, Tiling
from restora.plugins.parameters import TextParam
from restora.plugins.running import Context, Output, Request

Bench = Any
"""See conftest."""

WAIT_S = 20.0
FAILED, CANCELLED, DONE, REFUSED = JobState.FAILED, JobState.CANCELLED, JobState.DONE, JobState.REFUSED


class Gate:
    """Lets a test hold a method in the middle of its run."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.steps = 0

    def wait_reached(self) -> None:
        assert self.reached.wait(WAIT_S)


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def gated(copy_method: type, gate: Gate) -> type:
    """A method that steps, with a checkpoint each time, until the gate is opened."""

    class Gated(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            with context.stage("steps") as stage:
                while not gate.opened.is_set():
                    gate.steps += 1
                    gate.reached.set()
                    time.sleep(0.002)
                    context.checkpoint()
                stage.advance(1, 1)
            return image

    return Gated


def raising(copy_method: type, make: Callable[[], BaseException]) -> type:
    class Raising(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            raise make()

    return Raising


def returning(copy_method: type, make: Callable[[ImageArray], object]) -> type:
    class Returning(copy_method):  # type: ignore[misc]
        def run(self, request: Request, context: Context) -> Any:
            return make(np.array(request.source.image))

    return Returning


# -- the way of a job --------------------------------------------------------------------------------


def test_a_job_goes_through_its_states_and_has_a_result(bench: Bench, pixels_of: Any) -> None:
    pixels = pixels_of()
    job = bench.done(bench_copy(bench), pixels)
    assert job.state is DONE
    assert np.array_equal(job.result.image.pixels, pixels)
    states = [event.state for event in bench.events if isinstance(event, StateChanged)]
    assert states == ["queued", "loading", "running", "done"]
    assert job.result.recipe.output.sha256 == job.result.image.sha256()
    assert job.seconds > 0
    assert bench.records[0].state == "done"


def bench_copy(bench: Bench) -> type:
    method: type = type(bench).request.__defaults__[0]
    return method


def test_progress_ends_at_one(bench: Bench) -> None:
    bench.done()
    fractions = [event.progress.fraction for event in bench.events if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_jobs_run_in_their_order_and_first_goes_first(bench: Bench, gated: type, gate: Gate) -> None:
    running = bench.submit(gated)
    gate.wait_reached()
    jobs = [bench.submit() for _ in range(3)]
    urgent = bench.lane.submit(Job(request=bench.request()), first=True)
    bench.lane.reorder([jobs[2].id, urgent.id])
    assert [job.id for job in bench.lane.jobs()] == [
        job.id for job in (running, jobs[2], urgent, jobs[0], jobs[1])
    ]
    gate.opened.set()
    assert all(job.wait(WAIT_S) for job in (*jobs, urgent))
    ended = [
        event.job.id for event in bench.events if isinstance(event, StateChanged) and event.state is DONE
    ]
    assert ended == [running.id, jobs[2].id, urgent.id, jobs[0].id, jobs[1].id]
    assert bench.lane.jobs() == ()


def test_a_paused_lane_starts_nothing(bench: Bench) -> None:
    bench.lane.pause()
    assert bench.lane.is_paused
    job = bench.submit()
    assert not job.wait(0.05)
    bench.lane.resume()
    assert job.wait(WAIT_S)


def test_the_first_event_of_a_job_is_that_it_waits(bench: Bench) -> None:
    for _ in range(30):
        job = bench.done()
        told = [event.state for event in bench.events if isinstance(event, StateChanged) and event.job is job]
        assert told == ["queued", "loading", "running", "done"]


# -- cancel and pause --------------------------------------------------------------------------------


def test_a_waiting_job_that_is_cancelled_never_runs(bench: Bench, gated: type, gate: Gate) -> None:
    bench.submit(gated)
    gate.wait_reached()
    waiting = bench.submit()
    built = len(bench.built)
    bench.lane.cancel(waiting)
    assert waiting.wait(0)
    assert waiting.state is CANCELLED
    gate.opened.set()
    bench.done()
    assert len(bench.built) == built + 1
    assert [record.state for record in bench.records] == ["cancelled", "done", "done"]


def test_a_job_cancelled_before_it_is_submitted_never_runs(bench: Bench) -> None:
    job = Job(request=bench.request())
    bench.lane.cancel(job)
    bench.lane.submit(job)
    assert job.wait(WAIT_S)
    assert job.state is CANCELLED
    assert bench.built == []


def test_a_running_job_ends_within_two_grains_of_a_cancel(bench: Bench, gated: type, gate: Gate) -> None:
    job = bench.submit(gated)
    gate.wait_reached()
    bench.lane.cancel(job)
    steps = gate.steps
    assert job.wait(WAIT_S)
    assert job.state is CANCELLED
    assert gate.steps <= steps + 2
    assert job.result is None
    assert job.error is None


def test_a_cancel_while_the_weights_are_hashed_is_noticed(bench: Bench) -> None:
    bench.hashing = threading.Event()
    job = bench.submit()
    assert bench.hashing.wait(WAIT_S)
    bench.lane.cancel(job)
    assert job.wait(WAIT_S)
    assert job.state is CANCELLED
    assert bench.built == []


def test_a_cancel_while_the_weights_load_is_noticed(bench: Bench, copy_method: type, gate: Gate) -> None:
    unloaded = []

    class Loading(copy_method):  # type: ignore[misc]
        def load(self, weights: Any, device: Any, context: Context) -> None:
            gate.reached.set()
            while True:
                time.sleep(0.002)
                context.checkpoint()

        def unload(self) -> None:
            unloaded.append(True)

    job = bench.submit(Loading)
    gate.wait_reached()
    bench.lane.cancel(job)
    assert job.wait(WAIT_S)
    assert job.state is CANCELLED
    assert unloaded == [True]


def test_a_method_that_never_looks_up_is_not_begun_after_a_cancel(bench: Bench, copy_method: type) -> None:
    ran = []

    class Loading(copy_method):  # type: ignore[misc]
        def load(self, weights: Any, device: Any, context: Context) -> None:
            job.token.cancel()

        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            ran.append(True)
            return image

    job = Job(request=bench.request(Loading))
    bench.lane.submit(job)
    assert job.wait(WAIT_S)
    assert job.state is CANCELLED
    assert ran == []


@pytest.mark.parametrize("ending", ["result", "error"])
def test_a_method_that_swallows_the_cancel_still_ends_cancelled(
    bench: Bench, copy_method: type, ending: str
) -> None:
    class Swallowing(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            job.token.cancel()
            with contextlib.suppress(BaseException):
                context.checkpoint()
            if ending == "error":
                raise ValueError("confused by the cancel")
            return image

    job = Job(request=bench.request(Swallowing))
    bench.lane.submit(job)
    assert job.wait(WAIT_S)
    assert (job.state, job.result) == (CANCELLED, None)


def test_a_method_that_gives_up_by_itself_has_failed(bench: Bench, copy_method: type) -> None:
    job = bench.done(raising(copy_method, Cancelled))
    assert job.state is FAILED
    assert "gave up, though nobody cancelled it" in job.message


def test_a_pause_frees_caches_is_told_and_goes_on(bench: Bench, gated: type, gate: Gate) -> None:
    job = bench.submit(gated)
    gate.wait_reached()
    job.token.pause()
    wait_for(lambda: job.state is JobState.PAUSED)
    assert bench.device.releases == 1
    assert job.progress is None or job.progress.remaining_seconds is None
    steps = gate.steps
    frozen = job.seconds
    time.sleep(0.05)
    assert gate.steps == steps
    assert job.seconds == frozen
    gate.opened.set()
    job.token.resume()
    assert job.wait(WAIT_S)
    states = [event.state for event in bench.events if isinstance(event, StateChanged)]
    assert states == ["queued", "loading", "running", "paused", "running", "done"]
    assert job.paused_seconds >= 0.05


def test_a_pause_does_not_spoil_the_estimates(bench: Bench, gated: type, gate: Gate, pixels_of: Any) -> None:
    job = bench.submit(gated, pixels_of(100, 100))
    gate.wait_reached()
    job.token.pause()
    wait_for(lambda: job.state is JobState.PAUSED)
    time.sleep(0.3)
    gate.opened.set()
    job.token.resume()
    assert job.wait(WAIT_S)
    estimate = bench.estimates.estimate(job.request.info, bench.device.spec, "fp32", 0.01)
    assert estimate.seconds_per_million is not None
    assert estimate.seconds_per_million * 0.01 < 0.25


def test_a_job_can_be_paused_while_it_loads(bench: Bench, copy_method: type) -> None:
    class Loading(copy_method):  # type: ignore[misc]
        def load(self, weights: Any, device: Any, context: Context) -> None:
            job.token.pause()
            threading.Timer(0.05, job.token.resume).start()
            context.checkpoint()

    job = Job(request=bench.request(Loading))
    bench.lane.submit(job)
    assert job.wait(WAIT_S)
    states = [event.state for event in bench.events if isinstance(event, StateChanged)]
    assert states == ["queued", "loading", "paused", "loading", "running", "done"]


def test_a_paused_job_can_be_cancelled(bench: Bench, gated: type, gate: Gate) -> None:
    job = bench.submit(gated)
    gate.wait_reached()
    job.token.pause()
    wait_for(lambda: job.state is JobState.PAUSED)
    bench.lane.cancel(job)
    assert job.wait(WAIT_S)
    assert job.state is CANCELLED


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


# -- closing -----------------------------------------------------------------------------------------


def test_closing_cancels_everything_also_a_paused_job(bench: Bench, gated: type, gate: Gate) -> None:
    running = bench.submit(gated)
    gate.wait_reached()
    running.token.pause()
    wait_for(lambda: running.state is JobState.PAUSED)
    waiting = bench.submit()
    assert bench.lane.close(WAIT_S)
    assert (running.state, waiting.state) == (CANCELLED, CANCELLED)


def test_a_closed_lane_takes_no_jobs(bench: Bench) -> None:
    bench.done()
    bench.lane.close(WAIT_S)
    with pytest.raises(RefusedError, match="closing"):
        bench.submit()
    assert bench.lane.close(WAIT_S)


def test_closing_a_paused_lane_does_not_hang(bench: Bench) -> None:
    bench.lane.pause()
    job = bench.submit()
    assert bench.lane.close(WAIT_S)
    assert job.state is CANCELLED


def test_a_job_that_does_not_let_go_is_told(bench: Bench, copy_method: type, gate: Gate) -> None:
    class Stubborn(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            gate.reached.set()
            gate.opened.wait(WAIT_S)
            return image

    bench.submit(Stubborn)
    gate.wait_reached()
    assert not bench.lane.close(0.05)
    gate.opened.set()


def test_closing_unloads_the_methods_and_saves_the_estimates(bench: Bench, copy_method: type) -> None:
    unloaded = []
    saved: list[bool] = []

    class Counted(copy_method):  # type: ignore[misc]
        def unload(self) -> None:
            unloaded.append(self)
            raise SystemExit("also on the way out")

    bench.estimates.save = lambda: saved.append(True)
    bench.done(Counted)
    bench.done(Counted)
    bench.close()
    assert len(unloaded) == 2
    assert saved == [True]


# -- defects -----------------------------------------------------------------------------------------


class RudeError(Exception):
    def __str__(self) -> str:
        raise RuntimeError("cannot even say")


FAILURES: dict[str, tuple[Callable[[], BaseException], str]] = {
    "value": (lambda: ValueError("wrong\n  twice"), "fake: fake.x failed with ValueError: wrong twice"),
    "silent": (KeyError, "fake: fake.x failed with KeyError"),
    "exit": (lambda: SystemExit(3), "fake.x: the method tried to end the program"),
    "interrupt": (KeyboardInterrupt, "fake: fake.x failed with KeyboardInterrupt"),
    "rude": (RudeError, "fake: fake.x failed with RudeError"),
    "restora": (lambda: RestoraError("too dark to restore"), "too dark to restore"),
    "refused": (lambda: RefusedError("not today"), "not today"),
    "memory": (MemoryError, "fake.x: memory ran out on the whole picture"),
}


@pytest.mark.parametrize("name", FAILURES)
def test_whatever_a_method_raises_costs_only_its_job(bench: Bench, copy_method: type, name: str) -> None:
    make, sentence = FAILURES[name]
    job = bench.done(raising(copy_method, make), id="fake.x", tiling=Tiling.NONE)
    assert (job.state, job.message) == (FAILED, sentence)
    assert "Traceback" in job.details
    assert job.error is not None
    assert job.error.__traceback__ is None
    assert bench.done().state is DONE


RETURNS: dict[str, tuple[Callable[[ImageArray], object], str]] = {
    "nothing": (lambda image: None, "NoneType instead of an Output"),
    "an array": (lambda image: image, "ndarray instead of an Output"),
    "no image": (lambda image: Output(), "NoneType instead of an array"),
    "a tensor": (lambda image: Output(image=torch.zeros(1)), "Tensor instead of an array"),  # type: ignore[arg-type]
    "NaN": (lambda image: Output(image=image * np.float32(np.nan)), "values that are NaN or infinite"),
    "one infinity": (lambda image: Output(image=_spoilt(image)), "1 values that are NaN or infinite"),
    "a row less": (lambda image: Output(image=image[1:]), "64 x 47 pixels; expected 64 x 48"),
    "doubles": (lambda image: Output(image=image.astype(np.float64)), "float64 of shape (48, 64, 3)"),  # type: ignore[arg-type]
    "two channels": (lambda image: Output(image=image[:, :, :2]), "float32 of shape (48, 64, 2)"),
    "one plane": (lambda image: Output(image=image[:, :, 0]), "float32 of shape (48, 64)"),
    "grey": (
        lambda image: Output(image=np.full_like(image, 0.25)),
        "a constant picture (every value is 0.25)",
    ),
    "a bad map": (
        lambda image: Output(image=image, images={"map": image[:, :, 0]}),
        "'map' as float32 of shape",
    ),
    "odd info": (lambda image: Output(image=image, info={"a": image}), "info that JSON cannot hold"),  # type: ignore[dict-item]
    "no names": (lambda image: Output(image=image, images=[image]), "images that are not a mapping"),  # type: ignore[arg-type]
}


def _spoilt(image: ImageArray) -> ImageArray:
    image[3, 4, 1] = np.inf
    return image


@pytest.mark.parametrize("name", RETURNS)
def test_whatever_passes_for_no_result_is_refused(bench: Bench, copy_method: type, name: str) -> None:
    make, sentence = RETURNS[name]
    job = bench.done(returning(copy_method, make), id="fake.x")
    assert job.state is FAILED
    assert job.message.startswith("fake.x: the method returned ")
    assert sentence in job.message
    assert bench.done().state is DONE


def test_a_method_that_cannot_be_built_or_loaded_fails_alone(bench: Bench, copy_method: type) -> None:
    class Broken(copy_method):  # type: ignore[misc]
        def load(self, weights: Any, device: Any, context: Context) -> None:
            raise ImportError("no such library")

    def unbuildable() -> None:
        raise RestoraError("fake: its module does not exist")

    assert bench.done(Broken, id="fake.x").message == "fake: fake.x failed with ImportError: no such library"
    assert bench.done(unbuildable).message == "fake: its module does not exist"
    assert bench.done().state is DONE


def test_memory_that_runs_out_while_loading_is_said_so(bench: Bench, copy_method: type) -> None:
    class Large(copy_method):  # type: ignore[misc]
        def load(self, weights: Any, device: Any, context: Context) -> None:
            raise torch.OutOfMemoryError("CUDA out of memory")

    job = bench.done(Large, id="fake.x")
    assert isinstance(job.error, OutOfMemoryError)
    assert "memory ran out" in job.message


def test_a_failed_or_cancelled_method_is_loaded_anew(bench: Bench, copy_method: type) -> None:
    class Once(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            if len(bench.built) == 1:
                raise ValueError
            return image

    assert bench.done(Once, id="fake.x").state is FAILED
    assert bench.done(Once, id="fake.x").state is DONE
    assert bench.done(Once, id="fake.x").state is DONE
    assert len(bench.built) == 2


def test_missing_weights_refuse_before_anything_is_built(bench: Bench) -> None:
    bench.weights = {"net": Path("not/there")}
    job = bench.done()
    assert job.state is FAILED
    assert bench.built == []


def test_a_listener_that_raises_costs_nothing(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    def bad(event: Event) -> None:
        raise SystemExit if isinstance(event, Progressed) else ValueError("listener")

    end = bench.lane.subscribe(bad)
    assert bench.done().state is DONE
    assert "a listener failed" in caplog.text
    caplog.clear()
    end()
    assert bench.done().state is DONE
    assert caplog.text == ""


def test_an_observer_service_that_raises_costs_nothing(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.records = None  # the lane was not made yet

    class Broken:
        def append(self, record: object) -> None:
            raise RuntimeError("observer")

    bench.records = Broken()
    assert bench.done().state is DONE
    assert bench.done().state is DONE
    assert "could not be told" in caplog.text


def test_a_scratch_folder_that_cannot_be_made_is_not_the_methods_fault(bench: Bench) -> None:
    bench.scratch.parent.mkdir(exist_ok=True)
    bench.scratch.write_text("a file is in the way")
    job = bench.done()
    assert job.state is FAILED
    assert "no working folder can be made here" in job.message


def test_scratch_is_there_during_the_run_and_gone_afterwards(bench: Bench, copy_method: type) -> None:
    seen = []

    class Writing(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            (context.scratch / "deep").mkdir()
            (context.scratch / "deep" / "file").write_text("x")
            seen.append(context.scratch)
            if len(seen) == 2:
                raise ValueError
            return image

    assert bench.done(Writing).state is DONE
    assert bench.done(Writing).state is FAILED
    assert len(set(seen)) == 2
    assert list(bench.scratch.iterdir()) == []


def test_scratch_of_killed_processes_is_swept_at_the_start(bench: Bench) -> None:
    for name in ("999999999-abc-x", "1-abc-x", "something else"):
        (bench.scratch / name).mkdir(parents=True)
    bench.done()
    assert {path.name for path in bench.scratch.iterdir()} == {"1-abc-x", "something else"}


# -- memory ------------------------------------------------------------------------------------------


class Counting:
    """Remembers the sizes a method was called with, and fails above `limit`."""

    def __init__(self, copy_method: type, limit: int, error: Callable[[], Exception] = MemoryError) -> None:
        self.sides: list[int] = []
        outer = self

        class Limited(copy_method):  # type: ignore[misc]
            def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
                outer.sides.append(max(image.shape[:2]))
                if max(image.shape[:2]) > limit:
                    raise error()
                return image

        self.method = Limited


@pytest.mark.parametrize("error", [MemoryError, lambda: torch.OutOfMemoryError("out")])
def test_tiles_are_halved_when_memory_runs_out(
    bench: Bench, copy_method: type, pixels_of: Any, error: Callable[[], Exception]
) -> None:
    counting = Counting(copy_method, 70, error)
    pixels = pixels_of(256, 256)
    job = bench.done(counting.method, pixels)
    assert job.state is DONE
    assert np.array_equal(job.result.image.pixels, pixels)
    assert counting.sides[:3] == [256, 128, 64]
    assert job.tile.side == 64
    assert job.tile.automatic
    assert job.result.recipe.tile == 64
    assert job.result.recipe.tile_automatic
    warnings = [event.message for event in bench.events if isinstance(event, Logged)]
    assert warnings == [
        "memory ran out with Auto (whole picture); trying tiles of 128",
        "memory ran out with Auto (128); trying tiles of 64",
    ]
    assert bench.device.releases >= 2


def test_tiles_are_halved_at_most_four_times(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    counting = Counting(copy_method, 1)
    job = bench.done(counting.method, pixels_of(1024, 1024), id="fake.x")
    assert counting.sides == [1024, 512, 256, 128, 64]
    assert job.state is FAILED
    assert job.message == "fake.x: memory ran out with tiles of 64"
    assert isinstance(job.error, OutOfMemoryError)
    assert job.error.advice == "Choose a smaller region."


def test_a_tile_set_by_hand_is_not_halved(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    counting = Counting(copy_method, 70)
    job = bench.done(counting.method, pixels_of(256, 256), side=128)
    assert counting.sides == [128]
    assert job.state is FAILED
    assert "smaller tile" in job.error.advice


def test_other_errors_are_never_retried(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    counting = Counting(copy_method, 70, lambda: RuntimeError("out of memory, says a library"))
    assert bench.done(counting.method, pixels_of(256, 256)).state is FAILED
    assert counting.sides == [256]


def test_a_device_fault_marks_the_lane_and_nothing_runs_any_more(bench: Bench, copy_method: type) -> None:
    error = torch.AcceleratorError.__new__(torch.AcceleratorError)
    bench.device.breaks = True
    RuntimeError.__init__(error, "CUDA error: an illegal memory access\nmore")
    first = bench.done(raising(copy_method, lambda: error))
    assert first.state is FAILED
    assert first.message.startswith("cpu failed: CUDA error: an illegal memory access")
    assert first.message.endswith("restart restora")
    built = len(bench.built)
    second = bench.done()
    assert second.state is FAILED
    assert second.message.startswith("cpu failed earlier: CUDA error")
    assert len(bench.built) == built
    assert bench.lane.fault is not None


def test_a_job_that_can_never_fit_is_refused_and_nothing_is_loaded(bench: Bench, pixels_of: Any) -> None:
    bench.device.total = 100
    job = bench.done(
        bench_copy(bench),
        pixels_of(100, 100),
        memory=(MemoryRule(fixed_mib=200, mib_per_mpix=1, precision="fp32"),),
    )
    assert job.state is REFUSED
    assert "but restora may use 80 MiB here" in job.message
    assert isinstance(job.error, RefusedError)
    assert bench.built == []


def test_a_job_waits_until_memory_is_free(bench: Bench) -> None:
    bench.device.free = 1
    job = bench.submit()
    wait_for(lambda: job.message != "")
    assert job.message.startswith("waits for memory: ")
    assert job.state is JobState.QUEUED
    bench.device.free = 1000
    assert job.wait(WAIT_S)
    assert job.state is DONE
    assert job.message == ""


def test_a_job_that_waits_for_memory_can_be_cancelled_at_once(bench: Bench) -> None:
    bench.device.free = 1
    job = bench.submit()
    wait_for(lambda: job.message != "")
    began = time.monotonic()
    bench.lane.cancel(job)
    assert job.wait(WAIT_S)
    assert time.monotonic() - began < 0.4
    assert job.state is CANCELLED


class Holding:
    """Methods that take memory of the device when they are loaded."""

    def __init__(self, bench: Bench, copy_method: type, held: float) -> None:
        self.unloaded: list[object] = []
        outer = self

        class Holds(copy_method):  # type: ignore[misc]
            def load(self, weights: Any, device: Any, context: Context) -> None:
                bench.device.free -= held

            def unload(self) -> None:
                bench.device.free += held
                outer.unloaded.append(self)

        self.method = Holds


RULE = (MemoryRule(fixed_mib=500, mib_per_mpix=1.0, precision="fp32"),)


def test_idle_methods_give_way_before_a_job_waits(bench: Bench, copy_method: type) -> None:
    holding = Holding(bench, copy_method, 400)
    for number in range(3):
        assert bench.done(holding.method, id=f"fake.n{number}", memory=RULE, tiling=Tiling.NONE).state is DONE
    assert [bench.built.index(method) for method in holding.unloaded] == [0]
    assert bench.done(holding.method, id="fake.n3", memory=RULE, tiling=Tiling.NONE).state is DONE
    assert [bench.built.index(method) for method in holding.unloaded] == [0, 1]


def test_a_loaded_method_is_used_again_although_it_fills_the_memory(bench: Bench, copy_method: type) -> None:
    holding = Holding(bench, copy_method, 700)
    for _ in range(3):
        assert bench.done(holding.method, id="fake.x", memory=RULE, tiling=Tiling.NONE).state is DONE
    assert len(bench.built) == 1
    assert holding.unloaded == []


def test_idle_methods_give_way_before_tiles_get_smaller(
    bench: Bench, copy_method: type, pixels_of: Any
) -> None:
    holding = Holding(bench, copy_method, 600)
    bench.done(holding.method, id="fake.a", memory=RULE)
    counting = Counting(copy_method, 10_000)
    rule = (MemoryRule(fixed_mib=100, mib_per_mpix=6e3, precision="fp32"),)
    assert bench.done(counting.method, pixels_of(300, 300), memory=rule).state is DONE
    assert counting.sides == [300]
    assert len(holding.unloaded) == 1


def test_the_least_recently_used_method_goes_first(bench: Bench, copy_method: type) -> None:
    holding = Holding(bench, copy_method, 200)
    for name in ("fake.a", "fake.b", "fake.a"):
        bench.done(holding.method, id=name, tiling=Tiling.NONE)
    rule = (MemoryRule(fixed_mib=700, mib_per_mpix=1.0, precision="fp32"),)
    bench.done(holding.method, id="fake.c", memory=rule, tiling=Tiling.NONE)
    assert [bench.built.index(method) for method in holding.unloaded] == [1]


def test_the_peak_of_a_loaded_method_counts_what_it_holds(bench: Bench, copy_method: type) -> None:
    holding = Holding(bench, copy_method, 300)
    first = bench.done(holding.method, id="fake.x")
    second = bench.done(holding.method, id="fake.x")
    assert (first.peak_mib, second.peak_mib) == (10.0, 310.0)


def test_estimates_learn_from_every_run(bench: Bench, pixels_of: Any) -> None:
    bench.device.peak = 123.0
    job = bench.done(bench_copy(bench), pixels_of(100, 200))
    estimate = bench.estimates.estimate(job.request.info, bench.device.spec, "fp32", 0.02)
    assert str(estimate.basis) == "measured here"
    assert 120 < estimate.peak_mib < 136


# -- nothing stays -----------------------------------------------------------------------------------


class Leaky:
    """A method that makes arrays, keeps its context, and ends as it is told."""

    def __init__(self, copy_method: type) -> None:
        self.arrays: list[weakref.ref[ImageArray]] = []
        outer = self

        class Keeping(copy_method):  # type: ignore[misc]
            def load(self, weights: Any, device: Any, context: Context) -> None:
                self.context = context

            def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
                self.context = context
                work = image * np.float32(2)
                for array in (image, work, request.source.image):
                    outer.arrays.append(weakref.ref(array))
                ending = request.params["ending"]
                if ending == "fail":
                    raise ValueError("with everything on the stack") from KeyError("and a cause")
                if ending == "cancel":
                    outer.job.token.cancel()
                    context.checkpoint()
                return work

        self.method = Keeping
        self.job: Job


@pytest.mark.parametrize("ending", ["done", "fail", "cancel"])
def test_no_array_of_an_ended_job_survives(
    bench: Bench, copy_method: type, pixels_of: Any, item_of: Any, ending: str
) -> None:
    leaky = Leaky(copy_method)
    gc.disable()
    try:
        params = (TextParam(id="ending", label="Ending"),)
        pixels = pixels_of()
        job = Job(
            request=bench.request(leaky.method, item_of(pixels), params=params, values={"ending": ending})
        )
        leaky.job = job
        bench.lane.submit(job)
        assert job.wait(WAIT_S)
        expected = {"done": DONE, "fail": FAILED, "cancel": CANCELLED}[ending]
        assert job.state is expected, job.message
        bench.events.clear()
        del leaky.job, job, pixels
        assert len(leaky.arrays) == 3
        wait_for(lambda: all(array() is None for array in leaky.arrays))
    finally:
        gc.enable()


def test_a_failed_job_that_is_kept_keeps_no_array(bench: Bench, copy_method: type) -> None:
    leaky = Leaky(copy_method)
    params = (TextParam(id="ending", label="Ending"),)
    job = bench.done(leaky.method, params=params, values={"ending": "fail"})
    assert job.state is FAILED
    assert "and a cause" in job.details
    assert [array() for array in leaky.arrays[:2] if array() is not None] == []


def test_after_two_hundred_jobs_nothing_has_grown(bench: Bench, pixels_of: Any, copy_method: type) -> None:
    def work(count: int) -> None:
        for number in range(count):
            job = bench.submit(copy_method, pixels_of(64, 64), id="fake.x")
            if number % 3 == 0:
                bench.lane.cancel(job)
            assert job.wait(WAIT_S)
        bench.events.clear()
        bench.records.clear()

    work(20)
    gc.collect()
    tracemalloc.start()
    work(5)
    gc.collect()
    before = tracemalloc.get_traced_memory()[0]
    work(200)
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    assert grown < 64 * 64 * 3 * 4


@pytest.mark.slow
def test_after_two_hundred_large_jobs_the_process_is_as_small_as_before(
    bench: Bench, pixels_of: Any, copy_method: type
) -> None:
    import psutil

    process = psutil.Process()
    pixels = pixels_of(1000, 1000)

    def work(count: int) -> None:
        for number in range(count):
            job = bench.submit(copy_method, pixels, id="fake.x")
            if number % 4 == 0:
                bench.lane.cancel(job)
            assert job.wait(WAIT_S)
            bench.events.clear()  # or they keep every result

    work(10)
    before = process.memory_info().rss
    work(200)
    grown_mib = (process.memory_info().rss - before) / 2**20
    assert grown_mib < 30, grown_mib


# -- previews, logs, contexts ------------------------------------------------------------------------


def test_previews_are_read_only_copies_and_rubbish_is_left_out(bench: Bench, copy_method: type) -> None:
    class Showing(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            context.preview(image)
            context.preview("a picture")  # type: ignore[arg-type]
            context.log(10, "half way")
            image[:] = image * 0.5
            return image

    bench.done(Showing)
    shown = [event.image for event in bench.events if isinstance(event, Previewed)]
    assert len(shown) == 1
    assert not shown[0].flags.writeable
    assert shown[0].max() > 0.9
    logged = [event.message for event in bench.events if isinstance(event, Logged)]
    assert logged[1:] == ["half way"]
    assert "no picture" in logged[0]


def test_a_context_kept_beyond_its_job_does_nothing(bench: Bench, copy_method: type, pixels_of: Any) -> None:
    kept: list[Context] = []

    class Keeping(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            kept.append(context)
            return image

    bench.done(Keeping)
    told = len(bench.events)
    kept[0].preview(pixels_of())
    kept[0].log(10, "late")
    with kept[0].stage("late") as stage:
        stage.advance(1, 2)
    assert len(bench.events) == told


def test_stage_weights_beyond_one_are_cut(bench: Bench, copy_method: type) -> None:
    class Staged(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            for name, weight in (("a", 0.7), ("b", 0.7), ("c", float("nan")), ("d", -1.0)):
                with context.stage(name, weight) as stage:
                    stage.advance(1, 2)
            return image

    bench.done(Staged)
    fractions = [event.progress.fraction for event in bench.events if isinstance(event, Progressed)]
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1.0


def test_a_whole_method_refuses_a_picture_beyond_its_maximum(bench: Bench, pixels_of: Any) -> None:
    job = bench.done(
        bench_copy(bench), pixels_of(20, 90), tiling=Tiling.NONE, size=SizeRule(maximum=64), id="fake.x"
    )
    assert job.state is FAILED
    assert isinstance(job.error, UnsuitableItemError)
    assert job.message == "fake.x takes pictures of at most 64 pixels a side, this one has 90 x 20"


def test_verdicts_have_plain_names() -> None:
    assert {str(verdict) for verdict in Verdict} == {"admitted", "wait", "refused"}
    assert TileRule().minimum > TileRule().overlap


def test_the_lanes_thread_knows_its_cores_before_the_first_job_computes(
    bench: Bench, copy_method: type, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    count = torch.get_num_threads()

    def get_num_threads() -> int:
        asked.append(threading.get_ident())
        return count

    class Computing(copy_method):  # type: ignore[misc]
        def changed(self, image: ImageArray, request: Request, context: Context) -> ImageArray:
            assert threading.get_ident() in asked
            return image

    monkeypatch.setattr(torch, "get_num_threads", get_num_threads)
    assert bench.done(Computing).state is DONE
