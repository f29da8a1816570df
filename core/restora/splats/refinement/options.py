"""How a scene is refined."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from restora.errors import ParameterError
from restora.splats.refinement.photometric import SSIM_SHARE

MOST_STEPS = 100_000
_AT_ONCE = 0.1
"""Tried on the samples: a tenth ends higher than a twentieth, and than no limit."""
MOST_RELOCATED = 2**24
"""torch draws from no more at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Learning rates per step; defaults are gsplat's."""

    means: float = 1.6e-4
    """Times the scene's extent; decays exponentially."""
    means_end: float = 0.01
    """What is left of the rate of the means at the last step."""
    log_scales: float = 5e-3
    quats: float = 1e-3
    logit_opacities: float = 5e-2
    sh_constant: float = 2.5e-3
    sh_rest: float = 1.25e-4


STANDARD = Rates()
GENTLE = Rates(
    means=1.6e-5,
    log_scales=1e-3,
    quats=2e-4,
    logit_opacities=1e-2,
    sh_constant=5e-4,
    sh_rest=2.5e-5,
)
"""For scenes that are nearly finished: 5 to 10 times lower, as published for fine-tuning."""
BRISK = Rates(means=6.4e-4, quats=4e-3, sh_constant=1e-2, sh_rest=5e-4)
"""For runs of hundreds of steps: Adam moves a number by about its rate in a step, so the published rates,
made for tens of thousands, cannot reach far; what is slowest there is four times as fast."""
RATES = {"brisk": BRISK, "standard": STANDARD, "gentle": GENTLE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Densification:
    """When Gaussians are added and removed; defaults are those of the first 3DGS paper."""

    every: int = 100
    start: int = 500
    stop: int = 15_000
    gradient: float = 2e-4
    """Mean gradient of the place in the picture (half a picture is 1) above which detail is missing."""
    small: float = 0.01
    """Gaussians below this share of the extent are duplicated, larger ones split."""
    least_opacity: float = 0.005
    large: float = 0.1
    """Gaussians above this share of the extent are removed after the first opacity reset."""
    reset_every: int = 3000
    reset_opacity: float = 0.01
    most: int = 1_000_000
    """No Gaussians are added beyond this number."""
    at_once: float = 1.0
    """Share of the Gaussians that may be added each time, those that are pulled most; 1 is no limit."""

    def __post_init__(self) -> None:
        if self.every < 1 or self.reset_every < 1 or self.most < 1:
            raise ParameterError("densification", "needs intervals and a limit of 1 or more")
        if not 0 < self.at_once <= 1:
            raise ParameterError(
                "densification", f"at_once must be above 0 and at most 1, got {self.at_once:g}"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Relocation:
    """When faint Gaussians move to opaque ones; defaults are those of gsplat's MCMC strategy."""

    every: int = 100
    start: int = 500
    stop: int = 25_000
    least_opacity: float = 0.005
    """Fainter Gaussians move."""
    growth: float = 1.05
    """The number is multiplied by this each time, up to `most`."""
    most: int = 1_000_000
    noise: float = 5e5
    """Times the rate of the means and the covariance: how far faint Gaussians wander in a step."""
    opacity_share: float = 0.01
    """Of the mean opacity in the loss, so that what is not needed fades."""
    size_share: float = 0.01
    """Of the mean size in the loss, scene units."""

    def __post_init__(self) -> None:
        if self.every < 1 or not 1 <= self.most <= MOST_RELOCATED:
            raise ParameterError("relocation", f"needs an interval and a limit of 1 to {MOST_RELOCATED}")


class Strategy(StrEnum):
    """Who decides where Gaussians are added."""

    DEFAULT = "default"
    """The first 3DGS paper's: where the picture pulls, they are doubled or split."""
    MCMC = "mcmc"
    """Faint ones move to opaque ones, and the number grows by a twentieth at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefineOptions:
    """What a refinement does; the defaults improve a loaded scene and keep its number of Gaussians."""

    steps: int = 500
    seed: int = 0
    rates: Rates = BRISK
    ssim_share: float = SSIM_SHARE
    photo_share: float = 0.7
    """How often a photograph is drawn rather than a fixed render, where there are both."""
    hold_out_every: int = 8
    """Every n-th photograph judges instead of teaching; 0 holds none out."""
    evaluate_every: int = 100
    """Steps between looks at the held-out photographs; the best state is kept."""
    save_every: int = 100
    """Steps between saves into the resume folder."""
    anchor: float = 0.0
    """How strongly Gaussians are held to where they began; 0 not at all."""
    degree_every: int = 0
    """Steps after which the colours gain one degree; 0 uses all from the start."""
    prune_every: int = 0
    """Steps between removals of faint Gaussians; 0 removes none."""
    prune_opacity: float = 0.005
    densification: Densification | Relocation | None = None
    background: tuple[float, float, float] = (0.0, 0.0, 0.0)
    device: str = "cpu"

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= MOST_STEPS:
            raise ParameterError("steps", f"must be 1 to {MOST_STEPS}, got {self.steps}")
        for name in ("ssim_share", "photo_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ParameterError(name, f"must be 0 to 1, got {getattr(self, name):g}")
        for name in ("hold_out_every", "degree_every", "prune_every"):
            if getattr(self, name) < 0:
                raise ParameterError(name, f"must be 0 or more, got {getattr(self, name)}")
        if self.hold_out_every == 1:
            raise ParameterError("hold_out_every", "must be 0 or 2 and more; 1 leaves none to learn from")
        for name in ("evaluate_every", "save_every"):
            if getattr(self, name) < 1:
                raise ParameterError(name, f"must be 1 or more, got {getattr(self, name)}")
        if self.anchor > 0 and self.densification is not None:
            raise ParameterError("anchor", "cannot hold what densification adds; choose one of them")
        if not (np.isfinite(self.anchor) and self.anchor >= 0):
            raise ParameterError("anchor", f"must be 0 or more, got {self.anchor:g}")
        if not 0 < self.prune_opacity < 1:
            raise ParameterError("prune_opacity", f"must lie between 0 and 1, got {self.prune_opacity:g}")


def growing_for(
    steps: int, gaussians: int, strategy: Strategy = Strategy.DEFAULT
) -> Densification | Relocation:
    """Densification for a loaded scene and few steps: no opacity is reset, and half the steps settle.

    The scene gets at most three times as large, and grows by a tenth at a time: the published threshold
    was chosen for large pictures, and in small ones would double the scene at once, which then takes longer
    to settle than it had before.
    """
    every, stop = max(min(20, steps // 6), steps // 15, 1), steps // 2
    start = max(min(20, steps // 6), steps // 10)
    if strategy is Strategy.MCMC:
        return Relocation(every=every, start=start, stop=stop, most=min(3 * gaussians, MOST_RELOCATED))
    return Densification(
        every=every,
        start=start,
        stop=stop,
        reset_every=MOST_STEPS + 1,
        most=3 * gaussians,
        at_once=_AT_ONCE,
    )


def training_options(
    steps: int,
    *,
    device: str = "cpu",
    seed: int = 0,
    strategy: Strategy = Strategy.DEFAULT,
    most: int = 1_000_000,
) -> RefineOptions:
    """For a new scene from points: full rates, growing degree, densification scaled to the steps.

    The published schedule is meant for 30 000 steps; a shorter run begins and ends it earlier.
    """
    share = min(1.0, steps / 30_000)
    return RefineOptions(
        steps=steps,
        seed=seed,
        rates=STANDARD,
        degree_every=1000 if share == 1 else max(1, steps // 6),
        evaluate_every=max(50, steps // 20),
        save_every=max(50, steps // 20),
        densification=_growing_in_training(steps, share, strategy, most),
        device=device,
    )


def _growing_in_training(
    steps: int, share: float, strategy: Strategy, most: int
) -> Densification | Relocation:
    every = 100 if steps >= 3000 else max(10, steps // 30)
    start = max(20, round(500 * share)) if share < 1 else 500
    if strategy is Strategy.MCMC:
        return Relocation(every=every, start=start, stop=round(25_000 * share), most=most)
    reset_every = 3000 if share == 1 else max(200, round(3000 * share))
    return Densification(
        every=every, start=start, stop=round(15_000 * share), reset_every=reset_every, most=most
    )
