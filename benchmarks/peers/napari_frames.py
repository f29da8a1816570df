"""The peer of bench_against_napari.py: the same picture and the same moves in napari; prints JSON.

Run by that benchmark with a Python that has napari; knows nothing of restora.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable

import napari
import numpy as np
import psutil
from qtpy.QtWidgets import QApplication

STEPS = 60


def picture(width: int, height: int) -> np.ndarray:  # type: ignore[type-arg]  # float32 throughout
    rng = np.random.default_rng(0)
    block = rng.random((height // 4, width // 4, 3), dtype=np.float32)
    return np.repeat(np.repeat(block, 4, axis=0), 4, axis=1)


def settle(seconds: float = 0.3) -> None:
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        QApplication.processEvents()
        time.sleep(0.002)  # turning without a rest once ended Python 3.11 with PySide6 6.12


def frames(change: Callable[[int], object], draw: Callable[[], None]) -> float:
    """Median milliseconds of a change with the frame that shows it."""
    taken = []
    for step in range(STEPS):
        start = time.perf_counter()
        change(step)
        draw()
        taken.append((time.perf_counter() - start) * 1000)
        QApplication.processEvents()
    return statistics.median(taken)


def main() -> None:
    width, height, canvas_width, canvas_height = (int(text) for text in sys.argv[1:5])
    started = time.perf_counter()
    viewer = napari.Viewer(show=True)
    native = viewer.window._qt_viewer.canvas.native
    native.setFixedSize(canvas_width, canvas_height)
    settle(1.0)
    told: dict[str, float] = {"window": (time.perf_counter() - started) * 1000}

    def draw() -> None:
        native.repaint()
        native.grabFramebuffer()  # waits until the frame is really drawn

    draw()
    waits = []
    for _ in range(5):
        start = time.perf_counter()
        native.grabFramebuffer()
        waits.append((time.perf_counter() - start) * 1000)
    told["reading a frame back"] = statistics.median(waits)
    colour, process = picture(width, height), psutil.Process()
    before = process.memory_info().rss
    start = time.perf_counter()
    layer = viewer.add_image(colour, rgb=True)
    draw()
    told["open"] = (time.perf_counter() - start) * 1000
    told["memory"] = (process.memory_info().rss - before) / 2**20
    settle()
    centre = np.array(viewer.camera.center, dtype=float)
    told["pan"] = frames(
        lambda step: setattr(viewer.camera, "center", tuple(centre + np.array([0, step, step]))), draw
    )
    zoom = viewer.camera.zoom
    told["zoom"] = frames(lambda step: setattr(viewer.camera, "zoom", zoom * 1.02**step), draw)
    viewer.layers.remove(layer)
    grey = viewer.add_image(np.ascontiguousarray(colour[:, :, 0]), contrast_limits=(0, 1))
    settle()
    told["levels"] = frames(lambda step: setattr(grey, "contrast_limits", (0, 1 - step / 200)), draw)
    print("RESULT " + json.dumps(told))
    viewer.close()


if __name__ == "__main__":
    main()
