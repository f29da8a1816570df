"""Damaged checkpoints of gsplat's trainer, hostile ones among them."""

from __future__ import annotations

import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from restora.testing.damage import Change, cuts, foreign, rezipped

Kit = Any  # the fixture of conftest.py
Make = Callable[[Any], object]
"""Makes a value with torch, which is not to be loaded while tests are collected."""
ROWS = 100
SHAPES = {"means": (3,), "quats": (4,), "scales": (3,), "opacities": (), "sh0": (1, 3), "shN": (8, 3)}
GONE = "gone"


class Evil:
    def __reduce__(self) -> tuple[object, ...]:
        return (print, ("this must never be printed",))


def _saved(content: Callable[[Any, dict[str, Any]], object]) -> Change:
    """Saved anew, as torch does it, with what `content` makes of the six tensors."""

    def change(whole: bytes) -> bytes:
        import torch

        stream = io.BytesIO()
        torch.save(content(torch, torch.load(io.BytesIO(whole), weights_only=True)["splats"]), stream)
        return stream.getvalue()

    return change


def _with(**changes: Make) -> Change:
    """Other tensors under these names."""

    def content(torch: Any, splats: dict[str, Any]) -> object:
        made = {**splats, **{name: make(torch) for name, make in changes.items()}}
        return {"step": 1, "splats": {name: value for name, value in made.items() if value is not GONE}}

    return _saved(content)


def _with_pickle(content: bytes) -> Change:
    def change(whole: bytes) -> bytes:
        with zipfile.ZipFile(io.BytesIO(whole)) as archive:
            name = next(name for name in archive.namelist() if name.endswith("data.pkl"))
        return rezipped({name: content}, compression=zipfile.ZIP_STORED)(whole)

    return change


def _zeros(*shape: int, dtype: str = "float32") -> Make:
    return lambda torch: torch.zeros(shape, dtype=getattr(torch, dtype))


def _one_column(name: str) -> dict[str, Change]:
    """What can be wrong with one tensor."""
    shape = SHAPES[name]
    makers: dict[str, Make] = {
        "gone": lambda _: GONE,
        "a number": lambda _: 5.0,
        "a list": lambda _: [0.0] * ROWS,
        "nothing": lambda _: None,
        "integers": _zeros(ROWS, *shape, dtype="int64"),
        "truths": _zeros(ROWS, *shape, dtype="bool"),
        "complex": _zeros(ROWS, *shape, dtype="complex64"),
        "a single number": lambda torch: torch.tensor(1.0),
        "one row short": _zeros(ROWS - 1, *shape),
        "one row long": _zeros(ROWS + 1, *shape),
        "of one axis more": _zeros(ROWS, *shape, 2),
        "sparse": lambda torch: torch.zeros(ROWS, *shape).to_sparse(),
    }
    return {f"{name} {what}": _with(**{name: make}) for what, make in makers.items()}


def _repeated(*shape: int) -> Make:
    """A billion rows that are all one row on the disk."""
    return lambda torch: torch.zeros(1, *shape).expand(10**9, *shape)


CASES: dict[str, Change] = {
    **cuts(12, 4, 30, -1, -22, -200),
    **foreign(),
    **{name: change for column in SHAPES for name, change in _one_column(column).items()},
    "bands of another number": _with(shN=_zeros(ROWS, 7, 3)),
    "bands of degree 4": _with(shN=_zeros(ROWS, 24, 3)),
    "harmonics channel by channel": _with(shN=_zeros(ROWS, 3, 8)),
    "no rows": _with(**{name: _zeros(0, *shape) for name, shape in SHAPES.items()}),
    "rows that are one row": _with(**{name: _repeated(*shape) for name, shape in SHAPES.items()}),
    "all NaN": _with(means=lambda torch: torch.full((ROWS, 3), float("nan"))),
    "all infinite": _with(sh0=lambda torch: torch.full((ROWS, 1, 3), float("inf"))),
    "rotations of zero": _with(quats=_zeros(ROWS, 4)),
    "sizes without end": _with(scales=lambda torch: torch.full((ROWS, 3), float("inf"))),
    "no splats": _saved(lambda _, splats: {"step": 1, "means": splats["means"], "other": "splats"}),
    "splats that are a list": _saved(lambda _, splats: {"splats": list(splats.values()), "means": 1}),
    "a list of splats": _saved(lambda _, splats: [{"splats": splats}]),
    "a pickle that runs code": _with_pickle(pickle.dumps({"splats": Evil(), "means": 1})),
    "a pickle of words": _with_pickle(pickle.dumps("splats means")),
    "a pickle of an empty dictionary": _with_pickle(pickle.dumps({"splats": {}, "means": 1})),
    "a pickle that is none": _with_pickle(b"splats and means"),
    "a pickle that ends early": _with_pickle(pickle.dumps({"splats": {"means": 1}})[:-3]),
    "a pickle of deep brackets": _with_pickle(b"splats means" + b"(" * 100_000),
    "a pickle of 3 MB": _with_pickle(b"splats means" + bytes(3_000_000)),
    "packed members": rezipped({}),
    "a packed bomb": rezipped({"bomb": bytes(2**28)}),
}


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_checkpoint_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    kit.refused(tmp_path, "checkpoint_deg2.pt", CASES[name])
