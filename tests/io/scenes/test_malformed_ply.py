"""Damaged PLY files: one sentence each, in bounded time and memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.errors import FileProblemError
from restora.io.scenes import read_scene

Kit = Any  # the fixture of conftest.py
SECONDS = 3.0
MOST_MIB = 40
"""What one refusal may allocate."""


def _good(kit: Kit) -> bytes:
    content: bytes = kit.ply(kit.table(kit.make(300, 3)), kit.names(3))
    return content


def _text(kit: Kit) -> bytes:
    content: bytes = kit.ply(kit.table(kit.make(60, 1)), kit.names(1), encoding="ascii")
    return content


def _swapped(old: bytes, new: bytes) -> Callable[[Kit], bytes]:
    return lambda kit: _good(kit).replace(old, new, 1)


def _text_swapped(old: bytes, new: bytes) -> Callable[[Kit], bytes]:
    return lambda kit: _text(kit).replace(old, new, 1)


def _cut(share: float) -> Callable[[Kit], bytes]:
    return lambda kit: _good(kit)[: int(share * len(_good(kit)))]


def _text_cut(share: float) -> Callable[[Kit], bytes]:
    return lambda kit: _text(kit)[: int(share * len(_text(kit)))]


CASES: dict[str, Callable[[Kit], bytes]] = {
    **{f"cut at {share:.0%}": _cut(share) for share in (0.0005, 0.004, 0.01, 0.02, 0.1, 0.5, 0.9, 0.99999)},
    **{f"text cut at {share:.0%}": _text_cut(share) for share in (0.01, 0.05, 0.3, 0.7, 0.99)},
    "no rows at all": lambda kit: _good(kit).partition(b"end_header\n")[0] + b"end_header\n",
    "a count of nothing": _swapped(b"vertex 300", b"vertex 0"),
    "a count one too large": _swapped(b"vertex 300", b"vertex 301"),
    "a negative count": _swapped(b"vertex 300", b"vertex -300"),
    "a count of 10**17": _swapped(b"vertex 300", b"vertex 100000000000000000"),
    "a count of forty digits": _swapped(b"vertex 300", b"vertex " + b"9" * 40),
    "a count that is a word": _swapped(b"vertex 300", b"vertex many"),
    "a count that is a fraction": _swapped(b"vertex 300", b"vertex 3.5"),
    "no count": _swapped(b"vertex 300", b"vertex"),
    "text with a count of 10**12": _text_swapped(b"vertex 60", b"vertex 1000000000000"),
    "text with a word among numbers": _text_swapped(b"end_header\n", b"end_header\nnothing "),
    "text with a number of 10 000 digits": lambda kit: _text(kit)[:-9] + b"9" * 10_000,
    "text with one word of 300 kB among short ones": lambda kit: (
        _text(kit) + b"9" * 300_000 + b" 1" * 400_000
    ).replace(b"vertex 60", b"vertex 9999"),
    "binary that says it is text": _swapped(b"binary_little_endian", b"ascii"),
    "no format": _swapped(b"format binary_little_endian 1.0\n", b""),
    "a format of another world": _swapped(b"binary_little_endian", b"binary_middle_endian"),
    "no end of the header": _swapped(b"end_header", b"end-header"),
    "a header of a megabyte": _swapped(b"element", b"comment " + b"x" * 2**20 + b"\nelement"),
    "a header of 600 columns": _swapped(
        b"end_header", b"\n".join(b"property float e%d" % n for n in range(600)) + b"\nend_header"
    ),
    "a column twice": _swapped(b"property float y", b"property float x"),
    "a column of no known type": _swapped(b"float y", b"quaternion y"),
    "a column without a name": _swapped(b"property float y\n", b"property float\n"),
    "a column before any element": _swapped(b"element vertex 300\n", b""),
    "a list among the columns": _swapped(b"float y", b"list uchar int y"),
    "faces before the vertices": _swapped(
        b"element vertex", b"element face 2\nproperty list uchar int vertex_indices\nelement vertex"
    ),
    "a billion rows before the vertices": _swapped(
        b"element vertex", b"element other 1000000000\nproperty double a\nelement vertex"
    ),
    "a line that means nothing": _swapped(b"element", b"hello\nelement"),
    "no vertices": _swapped(b"element vertex", b"element corner"),
    "no positions": _swapped(b"float x\n", b"float u\n"),
    "no opacity": _swapped(b"float opacity", b"float opaqueness"),
    "no rotation": _swapped(b"float rot_3", b"float rot_4"),
    "flat Gaussians": _swapped(b"float scale_2", b"float flat"),
    "one coefficient too few": _swapped(b"float f_rest_44", b"float other"),
    "a coefficient left out": _swapped(b"float f_rest_44", b"float f_rest_45"),
    "a point cloud": lambda kit: kit.ply(np.zeros((5, 3)), ["x", "y", "z"]),
    "all rows NaN": lambda kit: kit.ply(np.full((9, 14), np.nan), kit.names(0)),
    "doubles beyond float": lambda kit: kit.ply(np.full((9, 14), 1e300), kit.names(0), types=["double"] * 14),
    "only its first line": lambda _: b"ply\n",
    "nothing but an end": lambda _: b"ply\nend_header\n",
}


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_file_costs_one_sentence(kit: Kit, tmp_path: Path, name: str) -> None:
    started = time.perf_counter()
    kit.refused_as_it_is(tmp_path / "damaged.ply", CASES[name](kit), most_mib=MOST_MIB)
    assert time.perf_counter() - started < SECONDS


def test_links_are_followed_and_loops_and_pipes_refused(kit: Kit, tmp_path: Path) -> None:
    import os

    (tmp_path / "real.ply").write_bytes(_good(kit))
    (tmp_path / "link.ply").symlink_to(tmp_path / "real.ply")
    assert read_scene(tmp_path / "link.ply").count == 300
    (tmp_path / "loop.ply").symlink_to(tmp_path / "loop.ply")
    with pytest.raises(FileProblemError):
        read_scene(tmp_path / "loop.ply")
    (tmp_path / "gone.ply").symlink_to(tmp_path / "nowhere.ply")
    with pytest.raises(FileProblemError, match="does not exist"):
        read_scene(tmp_path / "gone.ply")
    os.mkfifo(tmp_path / "pipe.ply")
    with pytest.raises(FileProblemError, match="a pipe"):
        read_scene(tmp_path / "pipe.ply")
