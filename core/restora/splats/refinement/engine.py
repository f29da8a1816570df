"""Refining a scene from beginning to end: steps, judging, saving, cancelling, going on."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import Cancelled
from restora.splats.refinement.evaluation import Scores
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.saving import identity_of, load_state, save_state
from restora.splats.refinement.views import TrainingView
from restora.splats.refinement.work import Work

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StepReport:
    """What is told after every step."""

    step: int
    """How many steps are done."""
    steps: int
    loss: float
    """Of this step's picture, weighted; it jumps from picture to picture."""
    seconds: float
    """What this step took."""
    gaussians: int
    camera: Camera
    render: NDArray[np.float32]
    """This step's live render, not clamped."""
    scores: Scores
    """The latest look at the judging photographs."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Refined:
    """The best state found; it is the scene that went in where none was better."""

    scene: GaussianScene
    before: Scores
    after: Scores
    """Of `scene`."""
    best_step: int
    """The step after which `scene` was as it is; 0 for the scene that went in."""
    steps_done: int
    was_cancelled: bool
    last: Scores
    """The latest look, whether it was the best or not."""
    latest: GaussianScene
    """The scene after the last step, whether it was the best or not."""

    @property
    def is_better(self) -> bool:
        """Whether the scene may take the place of the one that went in."""
        return self.best_step > 0

    @property
    def _similarity(self) -> str:
        if np.isnan(self.before.ssim):
            return ""
        return f", SSIM {self.before.ssim:.3f} became {self.after.ssim:.3f},"

    @property
    def sentence(self) -> str:
        """What came of it, for people."""
        photos = "held-out photographs" if self.before.is_held_out else "photographs it was refined with"
        if not self.is_better:
            return (
                f"The scene was not replaced: after {self.steps_done} steps it was {self.last.psnr:.2f} dB "
                f"from the {photos}, before it was {self.before.psnr:.2f} dB."
            )
        return (
            f"Step {self.best_step} is the best: {self.before.psnr:.2f} dB became {self.after.psnr:.2f} dB"
            f"{self._similarity} on the {photos}."
        )


def refine(
    scene: GaussianScene,
    views: Sequence[TrainingView],
    options: RefineOptions | None = None,
    *,
    check: Callable[[], None] = lambda: None,
    report: Callable[[StepReport], None] = lambda _: None,
    resume_folder: Path | None = None,
    on_saved: Callable[[GaussianScene, int], None] = lambda _scene, _step: None,
) -> Refined:
    """Make `scene` agree with `views`; the scene itself is not changed.

    `check` is called between steps and may raise Cancelled: the state is then saved and the best found so
    far comes back marked `was_cancelled`; where nothing was judged yet, Cancelled goes on. With a
    `resume_folder` the state is saved at intervals (`on_saved` gets the scene each time), and a state found
    there is gone on from: on a CPU with the same bits as without the interruption. Raises FileProblemError
    where the folder holds other work, BadInputError where no view is there to learn from.
    """
    options = options or RefineOptions()
    work = Work(scene, views, options)
    keeper = _Keeper(work, scene, resume_folder, identity_of(scene, views, options), on_saved)
    keeper.go_on()
    last = work.before
    try:
        while not work.is_finished:
            if work.is_judging_due:
                last = work.judge(check)
                continue
            check()
            begun = time.perf_counter()
            advance = work.advance()
            report(_told(work, options, advance.loss, advance.camera, advance.render, last, begun))
            if work.step % options.save_every == 0:
                keeper.save()
    except Cancelled:
        if work.best is None:
            raise
        keeper.save()
        return _refined(work, scene, last, was_cancelled=True)
    return _refined(work, scene, last, was_cancelled=False)


class _Keeper:
    """Saves a work into its folder, if it has one."""

    def __init__(
        self,
        work: Work,
        scene: GaussianScene,
        folder: Path | None,
        identity: str,
        on_saved: Callable[[GaussianScene, int], None],
    ) -> None:
        self._work = work
        self._scene = scene
        self._folder = folder
        self._identity = identity
        self._on_saved = on_saved

    def go_on(self) -> None:
        """Take over what the folder holds."""
        arrays = None if self._folder is None else load_state(self._folder, self._identity)
        if arrays is not None:
            self._work.restore(arrays)

    def save(self) -> None:
        """Write the state, then tell."""
        if self._folder is not None:
            save_state(self._folder, self._identity, self._work.arrays())
            self._on_saved(self._work.rows.scene(self._scene), self._work.step)


def _told(
    work: Work,
    options: RefineOptions,
    loss: float,
    camera: Camera,
    render: NDArray[np.float32],
    scores: Scores | None,
    begun: float,
) -> StepReport:
    assert scores is not None, "the scene is judged before the first step"
    return StepReport(
        step=work.step,
        steps=options.steps,
        loss=loss,
        seconds=time.perf_counter() - begun,
        gaussians=work.rows.count,
        camera=camera,
        render=render,
        scores=scores,
    )


def _refined(work: Work, scene: GaussianScene, last: Scores | None, *, was_cancelled: bool) -> Refined:
    assert work.before is not None, "the scene is judged before the first step"
    assert work.best is not None, "the first look is the first best"
    return Refined(
        scene=work.best.scene,
        before=work.before,
        after=work.best.scores,
        best_step=work.best.step,
        steps_done=work.step,
        was_cancelled=was_cancelled,
        last=last or work.best.scores,
        latest=work.rows.scene(scene),
    )
