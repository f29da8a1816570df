"""How much a film flickers: what changes between frames although the scene stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from restora.splats.reprojection import Frame, reprojected


@dataclass(frozen=True, slots=True, kw_only=True)
class Flicker:
    """The warped difference of a film; smaller is calmer."""

    pairs: tuple[float, ...]
    """Per pair of neighbouring frames: mean absolute difference, values of 0 to 1, over what both show."""
    shared: tuple[float, ...]
    """Per pair: the share of the picture that both show; a figure over little of it says little."""

    @property
    def mean(self) -> float | None:
        """Over all pairs, weighted by how much each shows twice; None where nothing is shown twice."""
        weight = sum(self.shared)
        if weight == 0:
            return None
        return sum(pair * share for pair, share in zip(self.pairs, self.shared, strict=True)) / weight


def flicker(frames: Iterable[Frame], *, check: Callable[[], None] = lambda: None) -> Flicker:
    """Measure the frames of one path in order; `check` may raise to stop. Keeps two frames at a time."""
    pairs, shared = [], []
    before: Frame | None = None
    for frame in frames:
        check()
        if before is not None:
            warped = reprojected(before, frame.view)
            difference = np.abs(frame.picture - warped.picture).mean(axis=2)
            pairs.append(float(difference[warped.mask].mean()) if warped.mask.any() else 0.0)
            shared.append(float(warped.mask.mean()))
        before = frame
    return Flicker(pairs=tuple(pairs), shared=tuple(shared))
