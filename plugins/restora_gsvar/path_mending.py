"""One frame after another: render, choose a reference, mend, stabilise, measure, keep."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from restora.api import JSON, Camera, Context, ImageArray
from restora.splats.flicker import flicker
from restora.splats.prepared import PreparedScene
from restora.splats.references import DepthView
from restora.splats.rendering import RenderOptions, render
from restora.splats.reprojection import Frame
from restora.splats.stabilise import Stabiliser
from restora_gsvar.frames import Folder

Mend = Callable[[int, ImageArray, DepthView, "ImageArray | None"], "tuple[ImageArray, dict[str, JSON]]"]
"""Frame number, render, its depth and the frame before it, to a mended frame and facts about it."""

MEASURES = ("render", "mended", "result")
"""Films whose flicker is measured: as rendered, before stabilising, and after."""


@dataclass(slots=True, kw_only=True, eq=False)
class Shot:
    """A frame on its way."""

    view: DepthView
    films: dict[str, ImageArray]
    """By measure."""


@dataclass(slots=True, kw_only=True, eq=False)
class PathMender:
    """Goes along the cameras; frames that are there already are only measured on."""

    scene: PreparedScene
    cameras: Sequence[Camera]
    options: RenderOptions
    mend: Mend
    strength: float
    folder: Folder
    context: Context
    _stabiliser: Stabiliser = field(init=False)
    _before: Shot | None = None
    _begun: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self._stabiliser = Stabiliser(self.strength)

    def run(self, each: Callable[[int], None]) -> list[dict[str, JSON]]:
        """Facts about every frame; `each` is called with the number of every one that is done."""
        facts = []
        fresh = 0
        for index in range(len(self.cameras)):
            self.context.checkpoint()
            if self.folder.is_done(index):
                facts.append(self.folder.facts(index))
                if index + 1 < len(self.cameras) and not self.folder.is_done(index + 1):
                    self._pick_up(index)
            else:
                facts.append(self._made(index))
                fresh += 1
                self._tell_cost(fresh, index)
            each(index + 1)
        return facts

    def _made(self, index: int) -> dict[str, JSON]:
        picture, view = self._rendered(index)
        before = None if self._before is None else self._before.films["result"]
        mended, facts = self.mend(index, picture, view, before)
        steady = self._stabiliser.next(mended, view)
        shot = Shot(view=view, films={"render": picture, "mended": mended, "result": steady})
        if self._before is not None:
            facts["flicker"] = _between(self._before, shot)
        self.folder.keep(index, steady, mended, facts)
        self._before = shot
        self.context.preview(steady)
        return facts

    def _pick_up(self, index: int) -> None:
        """Stand where the frame before the first missing one left everything."""
        picture, view = self._rendered(index)
        films = {"render": picture, "mended": self.folder.before(index), "result": self.folder.picture(index)}
        self._stabiliser.next(films["result"], view)
        self._before = Shot(view=view, films=films)

    def _rendered(self, index: int) -> tuple[ImageArray, DepthView]:
        found = render(self.scene, self.cameras[index], self.options, check=self.context.checkpoint)
        view = DepthView(camera=self.cameras[index], depth=found.expected_depth, alpha=found.alpha)
        return np.clip(np.nan_to_num(found.rgb), 0, 1), view

    def _tell_cost(self, fresh: int, index: int) -> None:
        left = len(self.cameras) - index - 1
        if fresh != 1 or not left:
            return
        seconds = time.monotonic() - self._begun
        rest = f"the {left} that are left take about {_span(left * seconds)}"
        self.context.log(logging.INFO, f"one frame took {_span(seconds)}; {rest}")


def summary(facts: Sequence[dict[str, JSON]]) -> dict[str, JSON]:
    """Mean flicker of the films, weighted by how much neighbouring frames share."""
    pairs = [found for each in facts if isinstance(found := each.get("flicker"), dict)]
    shared = sum(_number(pair["shared"]) for pair in pairs)
    if not shared:
        return dict.fromkeys(MEASURES)
    return {
        name: round(sum(_number(pair[name]) * _number(pair["shared"]) for pair in pairs) / shared, 6)
        for name in MEASURES
    }


def _between(before: Shot, now: Shot) -> dict[str, JSON]:
    """The flicker of each film from one frame to the next."""
    found: dict[str, JSON] = {}
    for name in MEASURES:
        frames = [Frame(picture=shot.films[name], view=shot.view) for shot in (before, now)]
        measured = flicker(frames)
        found[name] = measured.pairs[0]
        found["shared"] = measured.shared[0]
    return found


def _number(value: JSON) -> float:
    assert isinstance(value, int | float)  # written by `_between`
    return float(value)


def _span(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.1f} hours"
