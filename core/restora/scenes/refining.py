"""Refining a scene file with photographs, and training a new one, into another file."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from restora.data.image import Image
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, Cancelled, NotImprovedError
from restora.io.cameras import cameras_of, read_colmap, with_pictures
from restora.io.scenes import write_scene
from restora.io.writing import write_image
from restora.scenes.photographs import Photographs, load_photographs
from restora.splats.refinement.engine import Refined, StepReport, refine
from restora.splats.refinement.initial import scene_from_points
from restora.splats.refinement.options import RefineOptions
from restora.splats.refinement.saving import STATE_FILE
from restora.splats.refinement.views import TrainingView

LATEST = "latest.ply"
PREVIEW = "preview.png"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a refinement."""

    refined: Refined
    files: tuple[Path, ...]


def resume_folder_of(output: Path) -> Path:
    """Where the state of a run that makes `output` is kept until it is done."""
    return output.with_name(f"{output.stem}_unfinished")


def is_unfinished(output: Path) -> bool:
    """Whether an interrupted run left its state there; its output may then be written again."""
    return (resume_folder_of(output) / STATE_FILE).is_file()


def refine_to_file(
    scene: GaussianScene,
    views: Sequence[TrainingView],
    output: Path,
    options: RefineOptions,
    *,
    check: Callable[[], None],
    report: Callable[[StepReport], None],
) -> Outcome:
    """Refine, and write the best state to `output`.

    State, latest scene and a live render lie in the resume folder meanwhile and are removed at the end; the
    same call goes on from there. A cancel writes the best state so far if it is better than the beginning,
    keeps the folder and raises Cancelled. Raises NotImprovedError, and writes nothing, where the scene came
    no closer to the photographs that judge.
    """
    folder = resume_folder_of(output)
    live: list[StepReport] = []

    def seen(step: StepReport) -> None:
        live[:] = [step]
        report(step)

    def saved(latest: GaussianScene, _step: int) -> None:
        write_scene(folder / LATEST, latest)
        if live:
            write_image(folder / PREVIEW, Image(pixels=np.ascontiguousarray(live[0].render)))

    refined = refine(scene, views, options, check=check, report=seen, resume_folder=folder, on_saved=saved)
    if refined.is_better:
        write_scene(output, refined.scene)
    if refined.was_cancelled:
        raise Cancelled
    shutil.rmtree(folder, ignore_errors=True)
    if not refined.is_better:
        raise NotImprovedError(
            refined.sentence,
            advice="Gentler rates (--rates gentle), fewer steps or more photographs may help.",
        )
    return Outcome(refined=refined, files=(output,))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Beginning:
    """A new scene before its first step, and what it is trained with."""

    scene: GaussianScene
    photographs: Photographs


def beginning_from_colmap(
    folder: Path,
    *,
    pictures: Path | None = None,
    longest_side: int | None = None,
    degree: int = 3,
    seed: int = 0,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> Beginning:
    """A new scene from the points of a COLMAP model, with its photographs.

    Raises FileProblemError where there is no model, BadInputError where it has too few points or no
    photographs.
    """
    model = read_colmap(folder, with_observations=False)
    cameras = cameras_of(model, folder)
    if pictures is not None:
        cameras = with_pictures(cameras, pictures)
    if not len(model.points.positions):
        raise BadInputError(
            f"{folder}: the model has no points to begin a scene from",
            advice="The file points3D.bin (or .txt) is missing or empty; compute the model again.",
        )
    scene = scene_from_points(model.points.positions, model.points.colours, degree=degree, seed=seed)
    photographs = load_photographs(cameras, longest_side=longest_side, progress=progress)
    return Beginning(scene=scene, photographs=photographs)
