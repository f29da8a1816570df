"""Holding two outcomes of a run against each other, whatever they consist of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from restora.data.arrays import ImageArray
from restora.jobs.execution import Outcome
from restora.jobs.scene_checks import SCENE_ARRAYS
from restora.testing.verdicts import NotApplicableError

if TYPE_CHECKING:
    from numpy.typing import NDArray


def picture(outcome: Outcome) -> ImageArray:
    """Its picture; NotApplicableError where it has none."""
    if outcome.image is None:
        raise NotApplicableError("it makes no picture")
    return outcome.image.pixels


def is_same(first: Outcome, second: Outcome) -> bool:
    """Whether every number of two outcomes is equal; NaN equals NaN."""
    ones, others = arrays_of(first), arrays_of(second)
    return ones.keys() == others.keys() and all(
        np.array_equal(one, others[name], equal_nan=True) for name, one in ones.items()
    )


def arrays_of(outcome: Outcome) -> dict[str, NDArray[np.generic]]:
    """All arrays of an outcome by name."""
    arrays: dict[str, NDArray[np.generic]] = {}
    if outcome.image is not None:
        arrays["image"] = outcome.image.pixels
    if outcome.scene is not None:
        arrays |= {name: getattr(outcome.scene, name) for name in SCENE_ARRAYS}
    for number, frame in enumerate(outcome.frames):
        arrays[f"frame {number}"] = np.load(frame.path, allow_pickle=False)
    return arrays
