"""The viewer against napari: the same picture, the same moves, in one run on one screen.

`xvfb-run -s "-screen 0 1900x1100x24" python benchmarks/bench_against_napari.py NAPARI_PYTHON [4K]`

NAPARI_PYTHON is the interpreter of an environment of its own that has napari and a Qt binding. napari draws
with OpenGL: without a graphics card that is Mesa's software renderer, and its figures say little about a
machine with one.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QApplication

from restora.data.image import Image
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.levels import Levels

CANVAS = (1600, 900)
SIZES = {"4K": (3840, 2160), "100 megapixels": (12000, 8400)}
"""float32 RGB; the larger one needs 5 GB."""
STEPS = 60
PEER = Path(__file__).parent / "peers" / "napari_frames.py"
ROWS = ("open", "memory", "pan", "zoom", "levels")


def turn(seconds: float) -> None:
    """Let events be handled."""
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)


def until(ready: Callable[[], bool]) -> None:
    while not ready():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)


def frames(change: Callable[[int], object], view: CompareView) -> float:
    """Median milliseconds of a change with the frame that answers it."""
    taken = []
    for step in range(STEPS):
        start = time.perf_counter()
        change(step)
        view.panes[0].repaint()
        taken.append((time.perf_counter() - start) * 1000)
        turn(0.004)
    return statistics.median(taken)


def own(size: tuple[int, int]) -> dict[str, float]:
    """restora's figures."""
    width, height = size
    rng = np.random.default_rng(0)
    block = rng.random((height // 4, width // 4, 3), dtype=np.float32)
    colour = np.repeat(np.repeat(block, 4, axis=0), 4, axis=1)
    background = Background()
    view = CompareView(background)
    view.resize(*CANVAS)
    view.show()
    turn(0.5)
    process = psutil.Process()
    before, start = process.memory_info().rss, time.perf_counter()
    view.set_layers([Layer.source("a", "A", Image(pixels=colour))])
    until(lambda: all(canvas.has_pixels for canvas in view.panes[0].canvases))
    view.panes[0].repaint()
    told = {"open": (time.perf_counter() - start) * 1000}
    until(lambda: view.is_settled)
    told["memory"] = (process.memory_info().rss - before) / 2**20
    told["pan"] = frames(lambda _step: view.state.pan_by(1, 1), view)
    told["zoom"] = frames(lambda _step: view.zoom(1.02), view)
    view.set_layers([Layer.source("g", "G", Image(pixels=np.ascontiguousarray(colour[:, :, :1])))])
    view.fit()
    until(lambda: view.is_settled)
    told["levels"] = frames(lambda step: view.state.set_levels(replace(Levels(), white=1 - step / 200)), view)
    view.set_layers([])
    background.close()
    view.deleteLater()
    return told


def peer(python: str, size: tuple[int, int]) -> dict[str, float]:
    """napari's figures."""
    environment = {**os.environ, "QT_API": "pyside6"}
    words = [python, "-W", "ignore", str(PEER), *map(str, (*size, *CANVAS))]
    done = subprocess.run(words, capture_output=True, text=True, env=environment, check=False)
    found = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if not found:
        raise SystemExit(f"napari did not answer: {done.stderr[-2000:]}")
    answer: dict[str, float] = json.loads(found[0].removeprefix("RESULT "))
    return answer


def main() -> None:
    if len(sys.argv) < 2:
        raise SystemExit(__doc__)
    application = QApplication([])
    for name, size in SIZES.items():
        if name not in (sys.argv[2:] or SIZES):
            continue
        mine, theirs = own(size), peer(sys.argv[1], size)
        print(
            f"{name}: napari's window {theirs['window']:.0f} ms, reading one of its frames back "
            f"{theirs['reading a frame back']:.0f} ms"
        )
        for row in ROWS:
            unit = "MiB" if row == "memory" else "ms"
            print(f"  {row:8s} restora {mine[row]:8.1f} {unit}   napari {theirs[row]:8.1f} {unit}")
    application.quit()


if __name__ == "__main__":
    main()
