"""A scene without its rubbish, and what was taken out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from restora.data.scene import GaussianScene
from restora.splats.edits.choosing import deleted, with_degree
from restora.splats.edits.cleaning import CleaningRules, find_rubbish
from restora.splats.edits.selecting import in_box

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class CleaningWish:
    """Rules, and what else is cut."""

    rules: CleaningRules
    box: tuple[tuple[float, float, float], tuple[float, float, float]] | None = None
    """Two corners; what lies outside goes."""
    degree: int | None = None
    """Colours of at most this degree."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Cleaned:
    """The scene, and how many Gaussians each rule took; one may break several."""

    scene: GaussianScene
    broken: int
    faint: int
    large: int
    isolated: int
    outside: int
    removed: int


def clean(scene: GaussianScene, wish: CleaningWish) -> Cleaned:
    """Apply `wish`; raises BadInputError where nothing would be left."""
    outside: NDArray[np.bool_] = np.zeros(scene.count, bool)
    if wish.box is not None:
        outside = ~in_box(scene, *wish.box)
    found = find_rubbish(scene, wish.rules)
    gone = found.any | outside
    left = deleted(scene, gone) if gone.any() else scene
    return Cleaned(
        scene=left if wish.degree is None else with_degree(left, wish.degree),
        broken=int(found.broken.sum()),
        faint=int(found.faint.sum()),
        large=int(found.large.sum()),
        isolated=int(found.isolated.sum()),
        outside=int(outside.sum()),
        removed=int(gone.sum()),
    )
