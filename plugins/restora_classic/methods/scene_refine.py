"""A scene that agrees better with the photographs of its cameras."""

from __future__ import annotations

import logging
from collections.abc import Callable

import numpy as np

from restora.api import Cancelled, Context, GaussianScene, Output, Request, Stage
from restora.errors import NotImprovedError
from restora.scenes.photographs import load_photographs
from restora.splats.devices import CPU, choose_device
from restora.splats.gsplat_probe import GsplatError
from restora.splats.refinement.engine import Refined, StepReport, refine
from restora.splats.refinement.estimate import estimate
from restora.splats.refinement.options import RATES, RefineOptions, Strategy, growing_for
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import render
from restora_classic.methods.base import WeightlessMethod, choice, flag, number, ticking, whole
from restora_classic.methods.scene_clean import scene_of

_LOOKS = 5
"""How often the judging photographs are looked at."""
_PREVIEW_EVERY = 10


class SceneRefine(WeightlessMethod):
    """Learns from photographs step by step; goes on where an interrupted run of the same request was."""

    def run(self, request: Request, context: Context) -> Output:
        """The best state; raises NotImprovedError where the scene came no closer to what judges it."""
        scene = scene_of(request)
        with context.stage("photographs", 0.05) as stage:
            side = whole(request, "longest_side")
            found = load_photographs(scene.cameras, longest_side=side, progress=ticking(context, stage))
        if found.missing:
            context.log(logging.WARNING, f"{len(found.missing)} cameras without a photograph are left out")
        options = _options(request, context, scene, len(found.views))
        context.log(logging.INFO, estimate(scene, found.views, options, check=context.checkpoint).words)
        with context.stage("refine", 0.95) as stage:
            refined = refine(
                scene,
                found.views,
                options,
                check=context.checkpoint,
                report=_telling(context, stage),
                resume_folder=context.resume,
            )
        if refined.was_cancelled:
            raise Cancelled
        if not refined.is_better:
            raise NotImprovedError(
                refined.sentence, advice="Try gentle rates, fewer steps or more photographs."
            )
        return _output(refined, found.views[0])


def _telling(context: Context, stage: Stage) -> Callable[[StepReport], None]:
    def tell(step: StepReport) -> None:
        stage.advance(step.step, step.steps)
        if step.step % _PREVIEW_EVERY == 0:
            context.preview(np.ascontiguousarray(step.render))

    return tell


def _options(request: Request, context: Context, scene: GaussianScene, photographs: int) -> RefineOptions:
    steps = whole(request, "steps")
    every = max(10, min(steps // _LOOKS, 4 * photographs, 100))
    return RefineOptions(
        steps=steps,
        seed=request.seed,
        rates=RATES[choice(request, "rates")],
        hold_out_every=whole(request, "hold_out"),
        evaluate_every=every,
        save_every=every,
        anchor=number(request, "anchor"),
        prune_every=100 if flag(request, "prune") else 0,
        densification=growing_for(steps, scene.count, Strategy(choice(request, "strategy")))
        if flag(request, "densify")
        else None,
        device=_device(context),
    )


def _device(context: Context) -> str:
    """The lane's card where gsplat draws on it, else the processor, and why."""
    wanted = str(context.device)
    try:
        return choose_device(wanted).device
    except GsplatError as error:
        context.log(logging.WARNING, f"{error}; the processor refines instead")
        return CPU


def _output(refined: Refined, view: TrainingView) -> Output:
    return Output(
        scene=refined.scene,
        image=np.ascontiguousarray(render(refined.scene, view.camera).rgb),
        info={
            "outcome": refined.sentence,
            "best step": refined.best_step,
            "psnr before": refined.before.psnr,
            "psnr after": refined.after.psnr,
            "gaussians": refined.scene.count,
        },
    )
