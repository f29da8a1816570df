"""One refinement under way: its rows, what it has learnt, and the best it has found."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from restora.data.camera import Camera
from restora.data.scene import GaussianScene
from restora.errors import BadInputError
from restora.splats.refinement.anchors import Anchors
from restora.splats.refinement.drawing import Losses, draw, picture_of
from restora.splats.refinement.evaluation import Scores, evaluate, judges
from restora.splats.refinement.growth import Growth, prune_faint
from restora.splats.refinement.options import RefineOptions, Relocation
from restora.splats.refinement.relocation import Wandering
from restora.splats.refinement.rows import Rows
from restora.splats.refinement.views import TrainingView, scene_extent, split
from restora.splats.rendering import RenderOptions

if TYPE_CHECKING:
    from numpy.typing import NDArray

_SCENE_ARRAYS = ("means", "quats", "log_scales", "logit_opacities", "sh")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Best:
    """The state that came closest to the judging photographs."""

    scene: GaussianScene
    scores: Scores
    step: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Advance:
    """What one step did."""

    loss: float
    camera: Camera
    render: NDArray[np.float32]
    """Height x width x 3, as it was before the step; not clamped."""


class Work:
    """Everything that changes from step to step. Same input, same machine, same bits."""

    def __init__(self, scene: GaussianScene, views: Sequence[TrainingView], options: RefineOptions) -> None:
        self._scene = scene
        self._options = options
        learnt, held = split(views, options.hold_out_every)
        if not learnt:
            raise BadInputError("there is no picture to refine the scene with")
        self._photos = [view for view in learnt if view.is_photo]
        self._fixed = [view for view in learnt if not view.is_photo]
        self._judges, self._is_held_out = judges(learnt, held), bool(held)
        extent = scene_extent([view.camera for view in learnt])
        self.rows = Rows.of(scene, options.rates, extent, options.device)
        self._losses = Losses(options.ssim_share)
        self._anchors = Anchors(self.rows, options.anchor, extent) if options.anchor > 0 else None
        self._growth = _growth(options, extent, scene.count)
        self.step = 0
        self._judged = -1
        self.before: Scores | None = None
        self.best: Best | None = None

    @property
    def is_finished(self) -> bool:
        """Whether all steps are done and judged."""
        return self.step >= self._options.steps and not self.is_judging_due

    @property
    def is_judging_due(self) -> bool:
        """Whether the scene as it is now is to be held against the judging photographs."""
        due = self.step % self._options.evaluate_every == 0 or self.step == self._options.steps
        return due and self._judged < self.step

    def judge(self, check: Callable[[], None]) -> Scores:
        """Score the scene as it is now, and remember it if none was better."""
        options = self._drawn_with(full_degree=True)
        scores = evaluate(
            lambda view: picture_of(self.rows, view.camera, options),
            self._judges,
            is_held_out=self._is_held_out,
            check=check,
        )
        if self.before is None:
            self.before = scores
        if self.best is None or scores.psnr > self.best.scores.psnr:
            scene = self._scene if self.step == 0 else self.rows.scene(self._scene)
            self.best = Best(scene=scene, scores=scores, step=self.step)
        self._judged = self.step
        return scores

    def advance(self) -> Advance:
        """Learn from one picture."""
        self.rows.set_progress(self.step / self._options.steps)
        view = self._next_view()
        render = draw(self.rows, view.camera, self._drawn_with())
        loss = self._losses.send_back(render, view)
        if self._growth is not None:
            self._growth.watch(self.rows, render.screen, view.camera)
        if self._anchors is not None:
            self._anchors.pull(self.rows)
        self.rows.step()
        self.step += 1
        self._change_rows()
        return Advance(loss=loss, camera=view.camera, render=render.rgb.detach().cpu().numpy())

    def arrays(self) -> dict[str, NDArray[Any]]:
        """All of it, to be saved."""
        assert self.before is not None, "a state is saved after the first look only"
        assert self.best is not None, "the first look is the first best"
        facts = {
            "step": self.step,
            "judged": self._judged,
            "before": asdict(self.before),
            "best": asdict(self.best.scores),
            "best_step": self.best.step,
        }
        saved: dict[str, NDArray[Any]] = {"facts": np.array(json.dumps(facts))}
        parts: dict[str, Mapping[str, NDArray[Any]]] = {"rows": self.rows.arrays()}
        if self._growth is not None:
            parts["growth"] = self._growth.arrays()
        if self._anchors is not None:
            parts["anchors"] = self._anchors.arrays()
        if self.best.step > 0:
            parts["best"] = {name: getattr(self.best.scene, name) for name in _SCENE_ARRAYS}
        saved |= {f"{part}:{name}": array for part, held in parts.items() for name, array in held.items()}
        return saved

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Go on from what `arrays` gave for the same work."""
        facts = json.loads(str(arrays["facts"]))
        self.step, self._judged = facts["step"], facts["judged"]
        self.rows.restore(_part(arrays, "rows"))
        if self._growth is not None:
            self._growth.restore(_part(arrays, "growth"))
        if self._anchors is not None:
            self._anchors.restore(_part(arrays, "anchors"))
        self.before = Scores(**facts["before"])
        scene = self._scene
        if facts["best_step"] > 0:
            held: dict[str, Any] = dict(_part(arrays, "best"))
            same_rows = len(held["means"]) == scene.count
            scene = replace(scene, **held, extra=scene.extra if same_rows else {})
        self.best = Best(scene=scene, scores=Scores(**facts["best"]), step=facts["best_step"])

    def _change_rows(self) -> None:
        if self._growth is not None:
            self._growth.act(self.step, self.rows)
        every = self._options.prune_every
        if every and self.step % every == 0:
            kept = prune_faint(self.rows, self._options.prune_opacity)
            if kept is not None and self._anchors is not None:
                self._anchors.take(kept)
            if kept is not None and self._growth is not None:
                self._growth.take(kept)

    def _next_view(self) -> TrainingView:
        """Photographs and fixed renders in their shares; every picture of a kind before any comes again."""
        options = self._options
        chance = np.random.default_rng([options.seed, self.step]).random()
        from_photos = bool(self._photos) and (not self._fixed or chance < options.photo_share)
        pool = self._photos if from_photos else self._fixed
        order = np.random.default_rng([options.seed, 1, self.step // len(pool)]).permutation(len(pool))
        return pool[int(order[self.step % len(pool)])]

    def _drawn_with(self, *, full_degree: bool = False) -> RenderOptions:
        every = self._options.degree_every
        degree = min(self._scene.degree, self.step // every) if every and not full_degree else None
        return RenderOptions(
            background=self._options.background, degree=degree, antialiased=self._scene.is_antialiased
        )


def _growth(options: RefineOptions, extent: float, count: int) -> Growth | Wandering | None:
    if options.densification is None:
        return None
    if isinstance(options.densification, Relocation):
        return Wandering(options.densification, options.seed)
    return Growth(options.densification, extent, options.seed, count, options.device)


def _part(arrays: Mapping[str, NDArray[Any]], part: str) -> dict[str, NDArray[Any]]:
    start = f"{part}:"
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}
