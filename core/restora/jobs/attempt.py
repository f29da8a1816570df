"""One job on its way through the lane.

Admit, load, run (again with smaller tiles if memory runs out), record.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Protocol

import numpy as np

from restora.data.geometry import Rect
from restora.data.image import CHANNEL_COUNTS
from restora.data.recipe import Recipe
from restora.data.result import Result
from restora.errors import OutOfMemoryError, RefusedError
from restora.jobs.admission import Decision, Verdict, halved
from restora.jobs.context import Hooks, RunContext
from restora.jobs.cost import chosen_precision, data_mib, decision_for, making_mib, millions_at_once, unit_of
from restora.jobs.devices import Device, is_out_of_memory, measured, settle_arithmetic
from restora.jobs.estimates import EstimateBook
from restora.jobs.execution import Inputs, Outcome, execute, read_inputs
from restora.jobs.job import Event, Job, Logged, Previewed, Progressed
from restora.jobs.method_cache import CacheKey, MethodCache, cache_key
from restora.jobs.progress import Part, Progress, ProgressMeter
from restora.jobs.recipe import finished_recipe, output_record
from restora.jobs.result_frames import take_frames
from restora.jobs.resume import Resumption, is_worth_resuming, resume_key
from restora.jobs.services import LaneServices
from restora.jobs.states import JobState
from restora.plugins.declarations import Tiling
from restora.plugins.running import Method, TileChoice

_RETRIES = 4
"""Halvings after memory ran out; a tile of a sixteenth that still fails will not be saved by a smaller one.
"""
_POLL_SECONDS = 0.5
_LOAD_SHARE = 0.1
"""Of the progress bar; loading is quick from the second job on."""


class Move(Protocol):
    """Takes a job to its next state."""

    def __call__(self, job: Job, state: JobState, message: str = "") -> None:
        """See Job.move."""
        ...


class Attempt:
    """Everything the lane does with one job; lives on the lane's thread."""

    def __init__(
        self,
        job: Job,
        *,
        device: Device,
        services: LaneServices,
        estimates: EstimateBook,
        cache: MethodCache,
        scratch: Path,
        move: Move,
        tell: Callable[[Event], None],
        unload: Callable[[Method], None],
    ) -> None:
        self._job = job
        self._info = job.request.info
        self._device = device
        self._services = services
        self._estimates = estimates
        self._cache = cache
        self._scratch = scratch
        self._weights: Mapping[str, Path] = {}
        self._resumption = Resumption(services.resume, lambda: resume_key(self._asked))
        self._move = move
        self._tell = tell
        self._unload = unload
        self._precision = chosen_precision(job.request, device)
        job.device, job.precision = device.spec, self._precision
        self._meter = ProgressMeter(self._report)
        self._whole = Part(self._meter, 0.0, 1.0, "")
        self._hooks = Hooks(
            pausing=self._pausing, resumed=self._resumed, preview=self._preview, log=self._log
        )
        self._paused_in = JobState.RUNNING

    def run(self) -> None:
        """Bring the job from queued to a result; raises whatever stops it."""
        try:
            self._run()
        except BaseException as error:
            self._resumption.end(keep=self._job.token.is_cancelled or is_worth_resuming(error))
            if not is_out_of_memory(error):
                raise
            raise self._out_of_memory() from error
        else:
            self._resumption.end(keep=False)
        finally:
            # A method may keep its context; the job's arrays must not live on with it.
            self._hooks.cut()
            self._meter.close()

    def _run(self) -> None:
        job = self._job
        weights = self._services.weights_for(self._info, lambda: job.token.is_cancelled)
        self._weights = weights
        key = cache_key(self._info.id, self._precision, weights)
        job.tile = self._admit(key).tile
        self._move(job, JobState.LOADING)
        held_before = self._cache.held_mib(key)
        try:
            with measured(self._device) as measurement:
                method, loading_share = self._loaded(key, weights)
                inputs = read_inputs(job.request)
                self._move(job, JobState.RUNNING)
                outcome, seconds = self._compute(method, inputs, loading_share)
            job.token.check()  # a method that swallowed the cancel must not turn it into a result
        except BaseException:
            # A method that was cancelled or failed may be in any state, and nothing of it may stay on the
            # device.
            self._cache.drop(key, self._unload)
            raise
        job.peak_mib = measurement.peak_mib + held_before
        self._learn(seconds)
        job.result = self._result(outcome)
        self._meter.finish()

    @cached_property
    def _asked(self) -> Recipe:
        """Made when it is first needed: whatever goes in is hashed for it."""
        return self._services.asked(self._job, self._weights)

    def _result(self, outcome: Outcome) -> Result:
        frames = take_frames(
            outcome.frames, root=self._services.scratch, job_id=self._job.id, transfer=outcome.transfer
        )
        image = frames[0].image() if outcome.image is None and frames else outcome.image
        output = output_record(image, outcome.scene, frames)
        return Result(
            recipe=finished_recipe(self._job, self._asked, output),
            image=image,
            images=outcome.images,
            scene=outcome.scene,
            frames=frames,
            info=outcome.info,
        )

    # -- admission ---------------------------------------------------------------------------------

    def _admit(self, key: CacheKey) -> Decision:
        """The tiles to use; waits for memory, raises RefusedError where it can never be enough."""
        while True:
            self._job.token.check()
            decision = self._decide(key)
            if decision.verdict is Verdict.REFUSED:
                raise RefusedError(decision.explain(self._info.id), advice=self._advice())
            is_admitted = decision.verdict is Verdict.ADMITTED
            if is_admitted and (
                decision.tile.side is None or decision.tile == self._decide(key, all_is_free=True).tile
            ):
                return decision
            # Idle methods give way before a job waits, and before it takes smaller tiles than it needs to.
            if self._cache.drop_oldest(self._unload, keep=key):
                continue
            if is_admitted:
                return decision
            if not self._drop_own(key):
                self._wait_for_memory(decision)

    def _decide(self, key: CacheKey, *, all_is_free: bool = False) -> Decision:
        budget = self._device.total_mib() * self._services.budget_share()
        # What the loaded method holds is part of what the job is estimated to need.
        free = budget if all_is_free else self._device.free_mib() + self._cache.held_mib(key)
        return decision_for(
            self._job.request, self._device, self._estimates, budget_mib=budget, free_mib=free
        )

    def _drop_own(self, key: CacheKey) -> bool:
        had_it = self._cache.get(key) is not None
        self._cache.drop(key, self._unload)
        return had_it

    def _wait_for_memory(self, decision: Decision) -> None:
        message = f"waits for memory: {decision.explain(self._info.id)}"
        if self._job.message != message:
            self._job.message = message
            self._tell(Logged(job=self._job, level=logging.INFO, message=message))
        self._job.token.rest(_POLL_SECONDS)
        self._meter.add_pause(_POLL_SECONDS)

    # -- loading and running -----------------------------------------------------------------------

    def _loaded(self, key: CacheKey, weights: Mapping[str, Path]) -> tuple[Method, float]:
        """The method, and the share of the progress bar that loading took."""
        method = self._cache.get(key)
        if method is not None:
            return method, 0.0
        free_before = self._device.free_mib()
        method = self._services.build(self._info)
        settle_arithmetic()
        part = self._whole.inner(0.0, _LOAD_SHARE, "load")
        part.advance(0, 1)
        try:
            method.load(weights, self._device.spec, self._context(part, TileChoice(side=None), None))
        except BaseException:
            self._unload(method)
            raise
        self._cache.put(key, method, held_mib=max(0.0, free_before - self._device.free_mib()))
        return method, _LOAD_SHARE

    def _compute(self, method: Method, inputs: Inputs, start: float) -> tuple[Outcome, float]:
        """The outcome and the seconds of the attempt that succeeded."""
        for _ in range(_RETRIES):
            try:
                return self._compute_once(method, inputs, start)
            except Exception as error:
                smaller = self._smaller_tile()
                if not is_out_of_memory(error) or smaller is None:
                    raise
            # Outside the handler: the error's traceback holds the arrays that filled the memory.
            self._device.release_caches()
            self._log(
                logging.WARNING, f"memory ran out with {self._job.tile}; trying tiles of {smaller.side}"
            )
            self._job.tile = smaller
        return self._compute_once(method, inputs, start)

    def _smaller_tile(self) -> TileChoice | None:
        tile = self._job.tile
        assert tile is not None  # admission chose it
        return halved(self._info, self._job.request.size, tile)

    def _compute_once(self, method: Method, inputs: Inputs, start: float) -> tuple[Outcome, float]:
        job, part = self._job, self._whole.inner(start, 1.0 - start, "run")
        tile = job.tile
        assert tile is not None  # admission chose it

        def context_for(index: int, count: int, place: Rect | None) -> RunContext:
            context = self._context(part.inner(index / count, 1 / count, "run"), tile, place)
            context.checkpoint()  # a method that never looks up is at least not begun after a cancel
            return context

        began, paused = time.monotonic(), job.paused_seconds
        outcome = execute(method, job.request, inputs, tile, context_for)
        return outcome, time.monotonic() - began - (job.paused_seconds - paused)

    def _context(self, part: Part, tile: TileChoice, place: Rect | None) -> RunContext:
        job = self._job
        return RunContext(
            token=job.token,
            meter=self._meter,
            part=part,
            hooks=self._hooks,
            device=self._device.spec,
            precision=self._precision,
            tile=tile,
            scratch=self._scratch,
            resumption=self._resumption,
            seed=job.request.seed,
            place=place,
            convert=self._services.converted,
            plugin=self._info.plugin,
        )

    # -- reports -----------------------------------------------------------------------------------

    def _report(self, progress: Progress) -> None:
        self._job.progress = progress
        self._tell(Progressed(job=self._job, progress=progress))

    def _pausing(self) -> None:
        self._device.release_caches()
        self._paused_in = self._job.state
        self._move(self._job, JobState.PAUSED)

    def _resumed(self) -> None:
        self._move(self._job, self._paused_in)

    def _preview(self, image: object) -> None:
        if not (isinstance(image, np.ndarray) and image.ndim == 3 and image.shape[2] in CHANNEL_COUNTS):
            self._log(logging.WARNING, f"{self._info.id} showed something that is no picture")
            return
        shown = np.array(image, np.float32)  # the method goes on with its own
        shown.flags.writeable = False
        self._tell(Previewed(job=self._job, image=shown))

    def _log(self, level: int, message: str) -> None:
        self._tell(Logged(job=self._job, level=level, message=message))

    def _learn(self, seconds: float) -> None:
        """Remember what this run took, so that the next forecast says "measured here"."""
        job, tile = self._job, self._job.tile
        assert tile is not None  # admission chose it
        assert job.peak_mib is not None  # measured just before
        millions = millions_at_once(job.request, tile)
        around = data_mib(job.request) if self._device.spec.type == "cpu" else 0.0
        around += making_mib(job.request, self._precision, millions)
        self._estimates.record(
            self._info,
            self._device.spec,
            self._precision,
            millions=millions,
            peak_mib=max(0.0, job.peak_mib - around),
            seconds_per_million=seconds / job.request.millions,
            unit=unit_of(job.request),
        )

    # -- when memory is short ----------------------------------------------------------------------

    def _advice(self) -> str:
        if self._info.tiling is Tiling.NONE or self._job.request.side is None:
            return "Choose a smaller region."
        return "Choose a smaller tile or region, or leave the tile to restora."

    def _out_of_memory(self) -> OutOfMemoryError:
        tile = self._job.tile
        form = "on the whole picture" if tile is None or tile.side is None else f"with tiles of {tile.side}"
        return OutOfMemoryError(f"{self._info.id}: memory ran out {form}", advice=self._advice())
