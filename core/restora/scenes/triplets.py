"""Triplets of render, truth and reference for training fixers, made from any COLMAP folder."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import BinaryIO

import numpy as np

from restora.data.image import Image
from restora.data.scene import GaussianScene
from restora.errors import BadInputError, Cancelled
from restora.io.atomic import atomic_write
from restora.io.writing import write_image
from restora.scenes.refining import Beginning
from restora.splats.refinement.engine import StepReport, refine
from restora.splats.refinement.options import training_options
from restora.splats.refinement.views import TrainingView
from restora.splats.rendering import render

REFERENCE_EVERY = 10
"""Underfitting: one reference serves so many frames."""
JSON_FILES = {"": "data.json", "underfitting": "data_underfitting.json", "sparse": "data_sparse.json"}
"""All triplets, and those of each strategy."""


class Strategy(StrEnum):
    """How a scene is made bad on purpose."""

    UNDERFITTING = "underfitting"
    """All views teach, but briefly; every view is rendered."""
    SPARSE = "sparse"
    """Few views teach, for long; the others are rendered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Triplet:
    """Which frame is rendered, and which photograph is its reference."""

    frame: int
    """Number of the rendered frame among those of its strategy."""
    view: int
    """Its view."""
    reference: int
    """The reference's view."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TripletWish:
    """What is made of one scene."""

    strategy: Strategy
    steps: int
    every: int = 10
    """Sparse: every so-manieth view teaches."""
    seed: int = 0
    keeps_own_references: bool = False
    """As published: frames whose reference is their own truth are kept. They teach to copy."""

    def __post_init__(self) -> None:
        if self.every < 2:
            raise BadInputError(f"every must be 2 or more so that views are left to render, got {self.every}")

    @property
    def label(self) -> str:
        """Strategy and its number, as in the names of published triplets."""
        number = self.steps if self.strategy is Strategy.UNDERFITTING else self.every
        return f"{self.strategy}_{number}"


def underfitting_reference(frame: int) -> int:
    """The view whose photograph is the reference of a frame."""
    return frame // REFERENCE_EVERY * REFERENCE_EVERY


def sparse_reference(frame: int, every: int, taught: int) -> int:
    """The number, among those that taught, of the view nearest before the held-out `frame`."""
    return min(frame // (every - 1), taught - 1)


def planned(views: int, wish: TripletWish) -> tuple[tuple[int, ...], tuple[Triplet, ...]]:
    """Which views teach, and which triplets come of the rest; raises BadInputError for too few views."""
    if wish.strategy is Strategy.UNDERFITTING:
        teaching = tuple(range(views))
        triplets = [Triplet(frame=i, view=i, reference=underfitting_reference(i)) for i in range(views)]
    else:
        teaching = tuple(range(0, views, wish.every))
        held = [view for view in range(views) if view % wish.every]
        triplets = [
            Triplet(
                frame=frame,
                view=view,
                reference=teaching[sparse_reference(frame, wish.every, len(teaching))],
            )
            for frame, view in enumerate(held)
        ]
    if not wish.keeps_own_references:
        triplets = [each for each in triplets if each.view != each.reference]
    if not triplets:
        raise BadInputError(f"{views} photographs are too few for {wish.label}: no triplet comes of them")
    return teaching, tuple(triplets)


def curate(
    name: str,
    beginning: Beginning,
    folder: Path,
    wish: TripletWish,
    *,
    check: Callable[[], None] = lambda: None,
    report: Callable[[StepReport], None] = lambda _: None,
) -> dict[str, dict[str, str]]:
    """Train one scene badly and write its renders below `folder`.

    Returns the triplets by their published names, paths relative to `folder`. Truths are the photographs as
    they were compared: undistorted and of the renders' size.
    """
    views = beginning.photographs.views
    teaching, triplets = planned(len(views), wish)
    scene = _last_state(beginning, [views[view] for view in teaching], wish, check, report)
    place = folder / name / wish.label
    place.mkdir(parents=True, exist_ok=True)
    found = {}
    for triplet in triplets:
        check()
        path = place / f"{triplet.frame:05}.png"
        write_image(path, Image(pixels=np.ascontiguousarray(render(scene, views[triplet.view].camera).rgb)))
        found[f"{name}_{wish.label}_{triplet.frame:05}"] = {
            "render": path.relative_to(folder).as_posix(),
            "gt": _truth(folder, name, triplet.view, views).as_posix(),
            "ref": _truth(folder, name, triplet.reference, views).as_posix(),
        }
    return found


def write_lists(folder: Path, splits: Mapping[str, Mapping[str, Mapping[str, str]]]) -> tuple[Path, ...]:
    """The lists of all triplets and of each strategy; `splits` is `train` and `val` with their triplets."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for strategy, name in JSON_FILES.items():
        content = {
            split: {key: dict(each) for key, each in triplets.items() if f"_{strategy}" in key}
            for split, triplets in splits.items()
        }
        data = json.dumps(content, indent=1, ensure_ascii=False).encode()
        atomic_write(folder / name, partial(_put, data))
        paths.append(folder / name)
    return tuple(paths)


def _put(data: bytes, stream: BinaryIO) -> None:
    stream.write(data)


def _last_state(
    beginning: Beginning,
    views: Sequence[TrainingView],
    wish: TripletWish,
    check: Callable[[], None],
    report: Callable[[StepReport], None],
) -> GaussianScene:
    """The scene after exactly so many steps: here the best one is not wanted."""
    options = replace(
        training_options(wish.steps, seed=wish.seed), hold_out_every=0, evaluate_every=wish.steps
    )
    refined = refine(beginning.scene, views, options, check=check, report=report)
    if refined.was_cancelled:
        raise Cancelled
    return refined.latest


def _truth(folder: Path, name: str, view: int, views: Sequence[TrainingView]) -> Path:
    path = folder / name / "gt" / f"{view:05}.png"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_image(path, Image(pixels=views[view].picture))
    return path.relative_to(folder)
