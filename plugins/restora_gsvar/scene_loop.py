"""Rounds of mending and learning: new views are rendered, mended, and the scene learns from them."""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from restora.api import JSON, Camera, Cancelled, Context, GaussianScene, ImageArray, Stage
from restora.splats.poses import StepRule, poses_of, stepped_poses
from restora.splats.prepared import PreparedScene
from restora.splats.references import DepthView
from restora.splats.refinement.engine import Refined, StepReport, refine
from restora.splats.refinement.estimate import readable
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.views import TrainingView, fixed_view
from restora.splats.rendering import RenderOptions, render
from restora_gsvar.frames import Folder

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from restora_gsvar.path_mending import Mend

_SHOWN_EVERY_S = 2.0
"""Seconds between two looks at the learning."""
_MENDING = 0.7
"""Share of a round; learning takes what is left."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plan:
    """What a loop does."""

    targets: tuple[Camera, ...]
    """Where new views are to get to, each with its own lens."""
    rule: StepRule
    rounds: int
    weight: float
    """Of a mended view; a photograph counts 1.5."""
    weighs_by_alpha: bool
    """Whether pixels of mended views count by their alpha; otherwise all above a half count alike."""
    keeps_best: bool
    """Whether the state goes on that is closest to held-out photographs; otherwise the latest."""
    learning: RefineOptions
    drawing: RenderOptions


class Place:
    """Where a loop stands on the progress bar; as a `Stage` it takes what happens inside one view."""

    def __init__(self, stage: Stage, rounds: int, views: int) -> None:
        self.round = 0
        self._stage, self._rounds, self._view = stage, rounds, _MENDING / max(views, 1)
        self._share = 0.0

    def move_to(self, number: int, share: float) -> None:
        """To a share of a round."""
        self.round, self._share = number, share
        self._stage.advance(number + share, self._rounds)

    def advance(self, done: float, total: float) -> None:
        """Within the view that is being mended."""
        self._stage.advance(self.round + self._share + self._view * done / total, self._rounds)


@dataclass(slots=True, kw_only=True, eq=False)
class SceneLoop:
    """Goes through the rounds; what is on the disk already is not done again."""

    plan: Plan
    photos: Sequence[TrainingView]
    mend: Mend
    folder: Path
    context: Context
    place: Place
    _seconds: list[float] = field(default_factory=list)
    _shown: float = 0.0

    def run(self, scene: GaussianScene) -> tuple[GaussianScene, list[dict[str, JSON]]]:
        """The last round's scene, and facts about every round."""
        facts: list[dict[str, JSON]] = []
        poses = poses_of([view.camera for view in self.photos])
        targets = poses_of(self.plan.targets)
        for number in range(self.plan.rounds):
            self.place.move_to(number, 0.0)
            poses = stepped_poses(poses, targets, self.plan.rule)
            kept = self.folder / f"round_{number + 1:02d}.ply"
            if kept.is_file():
                scene = _read(kept, scene)
                facts.append({"round": number + 1, "resumed": True})
                continue
            refined = self._one_round(scene, self._cameras(poses), self.folder / f"round_{number + 1:02d}")
            scene = refined.scene if self.plan.keeps_best else refined.latest
            _write(kept, scene)
            facts.append(_facts(number, refined, scene))
            message = f"round {number + 1} of {self.plan.rounds}: {refined.sentence} Kept as {kept.name}."
            self.context.log(logging.INFO, message)
        return scene, facts

    def _cameras(self, poses: NDArray[np.float64]) -> list[Camera]:
        """New views of this round: the targets' lenses at the poses reached so far."""
        return [
            replace(target, name=f"novel_{index:04d}", world_to_camera=np.linalg.inv(pose))
            for index, (target, pose) in enumerate(zip(self.plan.targets, poses, strict=True))
        ]

    def _one_round(self, scene: GaussianScene, cameras: Sequence[Camera], folder: Path) -> Refined:
        folder.mkdir(parents=True, exist_ok=True)
        views = self._mended_views(PreparedScene(scene), cameras, Folder(folder))
        refined = refine(
            scene,
            [*self.photos, *views],
            self.plan.learning,
            check=self.context.checkpoint,
            report=self._reported,
            resume_folder=folder / "learning",
        )
        if refined.was_cancelled:
            self.context.checkpoint()
            raise Cancelled
        return refined

    def _mended_views(
        self, scene: PreparedScene, cameras: Sequence[Camera], folder: Folder
    ) -> list[TrainingView]:
        views, before = [], None
        for index, camera in enumerate(cameras):
            found = render(scene, camera, self.plan.drawing, check=self.context.checkpoint)
            view = DepthView(camera=camera, depth=found.expected_depth, alpha=found.alpha)
            if not folder.is_done(index):
                begun = time.monotonic()
                picture = np.clip(np.nan_to_num(found.rgb), 0, 1)
                mended, facts = self.mend(index, picture, view, before)
                folder.keep(index, mended, mended, facts)
                self._tell_cost(time.monotonic() - begun, len(cameras))
            before = folder.picture(index)
            self.context.preview(before)
            views.append(self._view(camera, before, found.alpha))
            self.place.move_to(self.place.round, _MENDING * (index + 1) / len(cameras))
        return views

    def _view(self, camera: Camera, picture: ImageArray, alpha: NDArray[np.float32]) -> TrainingView:
        view = fixed_view(camera, picture, alpha)
        weights = np.clip(alpha, 0, 1) if self.plan.weighs_by_alpha else view.pixel_weights
        return replace(view, weight=self.plan.weight, pixel_weights=weights)

    def _reported(self, report: StepReport) -> None:
        self.place.move_to(self.place.round, _MENDING + (1 - _MENDING) * report.step / report.steps)
        if time.monotonic() - self._shown > _SHOWN_EVERY_S:
            self._shown = time.monotonic()
            self.context.preview(np.asarray(np.clip(report.render, 0, 1), np.float32))

    def _tell_cost(self, seconds: float, count: int) -> None:
        """Once, after the second view: the first one also compiles and reads."""
        self._seconds.append(seconds)
        if len(self._seconds) != 2:
            return
        left = count * (self.plan.rounds - self.place.round) - 2
        message = f"mending a view takes {readable(seconds)}; the {left} that are left take about "
        self.context.log(logging.INFO, f"{message}{readable(left * seconds)}, and learning comes on top")


def _facts(number: int, refined: Refined, scene: GaussianScene) -> dict[str, JSON]:
    return {
        "round": number + 1,
        "psnr before": round(refined.before.psnr, 3),
        "psnr after": round(refined.after.psnr, 3),
        "psnr of the last step": round(refined.last.psnr, 3),
        "held out": refined.before.is_held_out,
        "gaussians": scene.count,
    }


def _write(path: Path, scene: GaussianScene) -> None:
    from restora.io.scenes import write_scene

    draft = path.with_name(f"draft-{path.name}")
    write_scene(draft, scene)
    draft.replace(path)


def _read(path: Path, scene: GaussianScene) -> GaussianScene:
    """As it was written; cameras stand in no scene file."""
    from restora.io.scenes import read_scene

    return replace(read_scene(path), cameras=scene.cameras, is_antialiased=scene.is_antialiased)
