"""Random bytes in files of scenes: refused in a sentence, or read to finite numbers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from restora.errors import FileProblemError
from restora.io.scenes import read_scene

Kit = Any  # the fixture of conftest.py


@pytest.mark.parametrize(
    "file",
    [
        "deg3_v3.spz",
        "deg3_v4.spz",
        "deg3.compressed.ply",
        "deg3.splat",
        "deg2_level1.ksplat",
        "deg3.sog",
        "deg1.ply",
    ],
)
def test_noise_in_a_file_never_ends_in_a_traceback(kit: Kit, tmp_path: Path, file: str) -> None:
    rng = np.random.default_rng(11)
    whole = (kit.vectors / "files" / file).read_bytes()
    path = tmp_path / file
    for number in range(40):
        changed = bytearray(whole)
        for place in rng.integers(0, len(whole) if number % 2 else min(len(whole), 300), rng.integers(1, 9)):
            changed[place] = rng.integers(0, 256)
        path.write_bytes(changed)
        try:
            scene = read_scene(path)
        except FileProblemError:
            continue
        assert np.isfinite(scene.means).all()
        assert np.isfinite(scene.sh).all()
