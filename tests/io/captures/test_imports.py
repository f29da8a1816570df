"""Opening and summing a plain capture imports nothing that only other formats need."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

_PROGRAM = """
import sys
import __future__, dataclasses, pathlib, stat
import numpy
before = set(sys.modules)
from restora.data.geometry import FrameWindow
from restora.io.captures import CaptureOptions, open_cube
cube = open_cube(pathlib.Path(sys.argv[1]), CaptureOptions.from_pairs({"packing": "width"}))
total = int(cube.total(FrameWindow(1, 2)).sum())
loaded = sorted(set(sys.modules) - before)
import json
print(json.dumps({"total": total, "loaded": loaded}))
"""
_ONLY_ELSEWHERE = {
    "restora.data.item": "reports",
    "restora.io.captures.joined_frames": "captures in several files",
    "restora.io.captures.npz": "archives",
    "restora.io.captures.own_sidecar": "captures with a sidecar",
    "restora.io.captures.recognising": "files whose kind nobody stated",
    "restora.io.captures.transforms": "captures with poses",
    "restora.io.captures.videos": "videos",
}


def test_a_plain_capture_needs_numpy_and_little_else(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.full((4, 16, 2), 1, np.uint8))
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "a.npy")], capture_output=True, text=True, check=True
    )
    found = json.loads(done.stdout)
    assert found["total"] == 64
    others = [name for name in found["loaded"] if name.partition(".")[0] not in ("numpy", "restora")]
    assert others == []
    assert sorted(set(found["loaded"]) & _ONLY_ELSEWHERE.keys()) == []
