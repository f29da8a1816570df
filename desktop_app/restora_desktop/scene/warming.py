"""Compiles the renderer's kernels in another process, where that has not been done on this machine yet.

Compiling holds Python's lock for half a second at a time: in this process it would freeze the window.
Run as `python -m restora_desktop.scene.warming` it compiles and ends.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable

_MOST_SECONDS = 300.0
_PAUSE_SECONDS = 0.05


def compile_elsewhere(check: Callable[[], None]) -> None:
    """Return when compiled kernels are there, or cannot be kept: then this process compiles them itself.

    `check` is called now and then; what it raises ends the other process.
    """
    if "restora.splats.raster_cpu.frame" in sys.modules:
        return  # this process has kernels already
    from restora.splats.raster_cpu.compiling import cache_folder

    folder = cache_folder()
    if folder.is_dir() and any(folder.rglob("*.nbi")):
        return
    command = [sys.executable, "-m", "restora_desktop.scene.warming"]
    try:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    except OSError:
        return  # compiled here, then: slower for the hand, but nothing is missing
    try:
        end = time.monotonic() + _MOST_SECONDS
        while process.poll() is None and time.monotonic() < end:
            check()
            time.sleep(_PAUSE_SECONDS)
    finally:
        process.kill()
        process.wait()


def draw_one() -> None:
    """Draw a scene of one Gaussian in the ways that the window does."""
    import numpy as np

    from restora.data.scene import GaussianScene
    from restora.splats.framing import Optics, looking_at
    from restora.splats.prepared import PreparedScene
    from restora.splats.rendering import RenderOptions, render

    one = GaussianScene(
        means=np.zeros((1, 3), np.float32),
        quats=np.array([[1, 0, 0, 0]], np.float32),
        log_scales=np.full((1, 3), -2, np.float32),
        logit_opacities=np.zeros(1, np.float32),
        sh=np.zeros((1, 16, 3), np.float32),
    )
    camera = looking_at("one", (0, 0, -3), (0, 0, 0), Optics(width=32, height=32))
    prepared = PreparedScene(one)
    for options in (RenderOptions(), RenderOptions(fraction=0.5, degree=0)):
        render(prepared, camera, options)


if __name__ == "__main__":
    draw_one()
