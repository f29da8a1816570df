"""Reading and writing tell how far they are, and stop where the listener says so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.errors import Cancelled
from restora.io.progress import Percents, listening, tell
from restora.io.scenes import read_scene, write_scene

Kit = Any  # the fixture of conftest.py
WRITTEN = ["a.ply", "a.compressed.ply", "a.splat", "a.spz", "a.sog"]
READ = [*WRITTEN, "deg2_level1.ksplat", "checkpoint_deg2.pt", "deg3_v4.spz"]


def in_steps(shares: list[float]) -> None:
    """From 0 to 1, never back, with something between."""
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert shares == sorted(shares)
    assert any(0 < share < 1 for share in shares)


@pytest.mark.parametrize("name", WRITTEN)
def test_writing_tells_how_far_it_is(kit: Kit, tmp_path: Path, name: str) -> None:
    shares: list[float] = []
    with listening(shares.append):
        write_scene(tmp_path / name, kit.make(70_000, 1))
    in_steps(shares)


@pytest.mark.parametrize("name", READ)
def test_reading_tells_how_far_it_is(kit: Kit, tmp_path: Path, name: str) -> None:
    path = kit.vectors / "files" / name
    if not path.exists():
        path = tmp_path / name
        write_scene(path, kit.make(70_000, 1))
    shares: list[float] = []
    with listening(shares.append):
        read_scene(path)
    in_steps(shares)


def test_the_palette_of_a_bundle_is_told_round_by_round(kit: Kit, tmp_path: Path) -> None:
    shares: list[float] = []
    with listening(shares.append):
        write_scene(tmp_path / "a.sog", kit.make(70_000, 1))
    assert len({share for share in shares if 4 / 13 < share < 12 / 13}) > 8


@pytest.mark.parametrize("name", ["a.ply", "a.sog"])
def test_whoever_listens_can_stop_it_and_no_half_file_stays(kit: Kit, tmp_path: Path, name: str) -> None:
    def stop(share: float) -> None:
        if share > 0.2:
            raise Cancelled

    scene = kit.make(70_000, 1)
    with pytest.raises(Cancelled), listening(stop):
        write_scene(tmp_path / name, scene)
    assert not list(tmp_path.iterdir())
    write_scene(tmp_path / name, scene)
    with pytest.raises(Cancelled), listening(stop):
        read_scene(tmp_path / name)


def test_nobody_hears_of_files_outside_the_block(kit: Kit, tmp_path: Path) -> None:
    shares: list[float] = []
    with listening(shares.append):
        tell(1, 4)
    write_scene(tmp_path / "a.ply", kit.make(100, 0))
    assert shares == [0.25]


def test_percents_are_told_once_and_begin_anew_with_the_next_file() -> None:
    told: list[int] = []
    hear = Percents(told.append)
    for share in (0.0, *np.linspace(0.001, 1, 1000), 0.0, 0.5, 0.4, 1.0):
        hear(float(share))
    assert told == [*range(101), 0, 50, 100]
