"""The program on a real X server, with real clicks and keys; skipped where there is none to be had."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from restora.data.image import Image
from restora.data.kinds import Kind
from restora.io.opening import open_item

TOOLS = ("xvfb-run", "xdotool")
JOURNEYS = Path(__file__).with_name("journeys.py")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        any(shutil.which(tool) is None for tool in TOOLS), reason=f"needs {' and '.join(TOOLS)}"
    ),
]


def started(journey: str, folder: Path) -> subprocess.Popen[str]:
    screen = ["xvfb-run", "-a", "-s", "-screen 0 1600x1200x24"]
    environment = {**os.environ, "QT_QPA_PLATFORM": "xcb"}
    return subprocess.Popen(
        [*screen, sys.executable, str(JOURNEYS), journey, str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )


def ended(process: subprocess.Popen[str]) -> list[str]:
    said, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    return said.split()


@pytest.mark.parametrize(
    ("kind", "suffix"), [("picture", ".png"), ("metalens", ".tiff"), ("capture", ".exr")]
)
def test_from_a_sample_to_a_result_and_back_with_real_clicks(kind: str, suffix: str, tmp_path: Path) -> None:
    steps = ended(started(kind, tmp_path))
    assert steps == ["opened", "restored", "compared", "exported", "kept", "back"]
    written = open_item(tmp_path / f"result{suffix}").data()
    assert isinstance(written, Image)
    assert float(np.std(written.pixels)) > 0.01
    assert (tmp_path / f"result{suffix}.recipe.json").is_file()


def test_a_scene_is_looked_at_edited_fixed_exported_and_comes_back_with_real_clicks(tmp_path: Path) -> None:
    steps = ended(started("scene", tmp_path))
    assert steps == ["opened", "orbited", "edited", "compared", "fixed", "exported", "kept", "back"]
    frames = sorted((tmp_path / "frames").glob("*.png"))
    first, last = (open_item(path).data() for path in (frames[0], frames[-1]))
    assert isinstance(first, Image)
    assert isinstance(last, Image)
    assert (first.width, first.height) == (96, 64)
    assert float(np.abs(first.pixels - last.pixels).max()) > 0.05
    assert (tmp_path / "frames" / "transforms.json").is_file()
    assert open_item(tmp_path / "edited.spz").kind is Kind.SPLAT


def test_after_a_kill_in_the_middle_of_a_job_what_was_open_is_offered(tmp_path: Path) -> None:
    process = started("killed", tmp_path)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() == "running":
            break
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    assert ended(started("recovered", tmp_path)) == ["offered", "back"]
