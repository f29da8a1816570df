"""Cases that are JSON files: lists of numbers and of names."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from restora.data.json_values import expect
from restora.testing.vectors import Arrays, Case, Plan

if TYPE_CHECKING:
    from numpy.typing import NDArray

_UNDERFITTING = re.compile(r"underfitting_ref_every_(\d+)_of_(\d+)")
_SPARSE = re.compile(r"sparse_train_every_(\d+)_of_(\d+)_test_(\d+)_train")


def plan_of(case: Case) -> Plan | None:
    """How to run a JSON case; None where it is none of GS-VAR's."""
    entries = case.json(case.path.name)
    if isinstance(entries, list) and entries and "tiles_x_y" in entries[0]:
        from restora_gsvar.vectors import tiled  # torch

        return tiled.grid(case)
    if (
        isinstance(entries, dict)
        and entries
        and all(_UNDERFITTING.match(n) or _SPARSE.match(n) for n in entries)
    ):
        return _triplets(case)
    return None


def _triplets(case: Case) -> Plan:
    """Which frame was beside which in training; the names of the lists state all that is given."""
    lists = expect(case.json(case.path.name), dict, case.name)
    arrays = {name: _pairs(expect(found, dict, name)) for name, found in lists.items()}

    def run(given: Arrays) -> dict[str, object]:
        del given
        return {name: _references(name) for name in lists}

    return Plan(run=run, inputs=(), arrays=arrays)


def _pairs(found: Mapping[str, str]) -> NDArray[np.int64]:
    """Frames and their references, N x 2."""
    return np.array([[int(frame), int(reference)] for frame, reference in found.items()], np.int64)


def _references(name: str) -> list[tuple[int, int]]:
    from restora.scenes.triplets import sparse_reference, underfitting_reference

    sparse = _SPARSE.fullmatch(name)
    if sparse is None:
        named = _UNDERFITTING.fullmatch(name)
        assert named is not None, f"{name} was looked at before"
        return [(frame, underfitting_reference(frame)) for frame in range(int(named[2]))]
    every, frames, taught = (int(number) for number in sparse.groups())
    return [(frame, sparse_reference(frame, every, taught)) for frame in range(frames)]
