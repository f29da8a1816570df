"""What refining and training share on the command line: estimate, progress, Ctrl-C, what came of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import click

from restora.cli.interrupting import cancel_on_interrupt
from restora.cli.output import ProgressView, emit
from restora.cli.scene_options import Ticker, tell_losses
from restora.data.scene import GaussianScene
from restora.errors import Cancelled
from restora.jobs.cancelling import Token
from restora.jobs.devices import settle_arithmetic
from restora.scenes.refining import Outcome, is_unfinished, refine_to_file, resume_folder_of
from restora.splats.refinement.engine import StepReport
from restora.splats.refinement.estimate import Estimate, estimate
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.views import TrainingView


def learn(
    scene: GaussianScene,
    views: Sequence[TrainingView],
    output: Path,
    options: RefineOptions,
    *,
    only_estimate: bool,
    as_json: bool,
) -> None:
    """Tell how long it will take, then do it; on Ctrl-C the best state so far stays."""
    settle_arithmetic()
    view, token = ProgressView(as_json=as_json), Token()
    ticker = Ticker(view, token)
    tell_losses(output, scene, view)
    with cancel_on_interrupt(token.cancel, view):
        _tell_estimate(estimate(scene, views, options, check=token.check), view, as_json, only_estimate)
        if only_estimate:
            return
        try:
            outcome = refine_to_file(
                scene,
                views,
                output,
                options,
                check=token.check,
                report=lambda step: _tell(step, ticker, as_json),
            )
        except Cancelled:
            view.say(_kept(output))
            raise
    view.clear()
    _tell_outcome(outcome, output, as_json)


def tell_missing(names: Sequence[str], as_json: bool) -> None:
    """Say which cameras are left out because their photograph is not there."""
    if names:
        shown = ", ".join([*names[:3], "…"] if len(names) > 3 else names)
        ProgressView(as_json=as_json).say(f"{len(names)} without a photograph and left out: {shown}")


def _tell_estimate(found: Estimate, view: ProgressView, as_json: bool, is_result: bool) -> None:
    if as_json:
        emit("estimate", seconds=found.seconds, seconds_per_step=found.seconds_per_step, words=found.words)
    elif is_result:
        click.echo(found.words)
    else:
        view.say(found.words)


def _tell(step: StepReport, ticker: Ticker, as_json: bool) -> None:
    if as_json:
        emit(
            "step",
            step=step.step,
            steps=step.steps,
            loss=step.loss,
            gaussians=step.gaussians,
            psnr=step.scores.psnr,
            held_out=step.scores.is_held_out,
        )
    else:
        ticker(
            step.step, step.steps, f"step {step.step}, {step.scores.psnr:.2f} dB, {step.gaussians} Gaussians"
        )


def _kept(output: Path) -> str:
    if not is_unfinished(output):
        return "nothing was learnt yet"
    folder = resume_folder_of(output)
    best = f"the best scene so far is in {output}; " if output.exists() else "nothing was better yet; "
    return f"{best}the same command goes on from {folder}"


def _tell_outcome(outcome: Outcome, output: Path, as_json: bool) -> None:
    refined = outcome.refined
    if as_json:
        emit(
            "file",
            path=str(output),
            gaussians=refined.scene.count,
            best_step=refined.best_step,
            psnr_before=refined.before.psnr,
            psnr_after=refined.after.psnr,
            ssim_before=_finite(refined.before.ssim),
            ssim_after=_finite(refined.after.ssim),
            held_out=refined.before.is_held_out,
            views=refined.before.views,
        )
        return
    click.echo(f"{output}: {refined.scene.count} Gaussians")
    click.echo(f"  {refined.sentence}")


def _finite(value: float) -> float | None:
    """JSON has no NaN; pictures smaller than its window have no SSIM."""
    return value if math.isfinite(value) else None
