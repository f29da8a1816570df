"""How long a refinement will take here, from a few steps that are thrown away."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from restora.data.scene import GaussianScene
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.views import TrainingView
from restora.splats.refinement.work import Work

PROBE_STEPS = 3
_LONG_SECONDS = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """What a probe found."""

    seconds_per_step: float
    seconds_per_look: float
    """One look at the judging photographs."""
    steps: int
    looks: int
    is_growing: bool
    """Whether Gaussians will be added, so that later steps take longer."""

    @property
    def seconds(self) -> float:
        """All steps and looks together."""
        return self.steps * self.seconds_per_step + self.looks * self.seconds_per_look

    @property
    def words(self) -> str:
        """For people, with what makes it shorter where it is long."""
        text = f"about {readable(self.seconds)}: {self.steps} steps of {self.seconds_per_step:.2g} s"
        if self.is_growing:
            text += ", longer as Gaussians are added"
        if self.seconds > _LONG_SECONDS:
            text += ". Fewer steps, smaller pictures, fewer Gaussians or a GPU make it shorter"
        return text


def estimate(
    scene: GaussianScene,
    views: Sequence[TrainingView],
    options: RefineOptions,
    *,
    check: Callable[[], None] = lambda: None,
) -> Estimate:
    """Refine for a moment and measure; a first step, which compiles and warms up, does not count."""
    work = Work(scene, views, replace(options, steps=max(options.steps, PROBE_STEPS + 1)))
    work.advance()
    begun = time.perf_counter()
    for _ in range(PROBE_STEPS):
        check()
        work.advance()
    stepped = time.perf_counter()
    work.judge(check)
    return Estimate(
        seconds_per_step=(stepped - begun) / PROBE_STEPS,
        seconds_per_look=time.perf_counter() - stepped,
        steps=options.steps,
        looks=2 + (options.steps - 1) // options.evaluate_every,
        is_growing=options.densification is not None,
    )


def readable(seconds: float) -> str:
    """A rough time: seconds, minutes or hours."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
