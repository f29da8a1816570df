"""What looking at large pictures costs: frame times, time to the sharp picture, longest hang.

Run as `QT_QPA_PLATFORM=offscreen python benchmarks/bench_viewer.py`; needs 5 GB of memory. The peer is the
plain way in the same run: the whole picture converted once to a QImage, drawn scaled by QPainter.
"""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, QElapsedTimer, QEventLoop, QRectF, Qt, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from restora.data.image import Image
from restora_desktop.viewer.background import Background
from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.compare_view import CompareView
from restora_desktop.viewer.display import render
from restora_desktop.viewer.layers import Layer
from restora_desktop.viewer.levels import Levels, Look

CANVAS = (1600, 900)
SIZES = {"4K float": (3840, 2160), "100 Mpx float": (12000, 8400)}
STEPS = 60


class Watchdog:
    """The longest time that the event loop did not come round."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self.worst = 0.0
        self._timer = QTimer()
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self.beat)
        self._timer.start(1)

    def beat(self) -> None:
        now = time.perf_counter()
        self.worst = max(self.worst, now - self._last)
        self._last = now

    def reset(self) -> None:
        self._last, self.worst = time.perf_counter(), 0.0


class Plain(QWidget):
    """The peer: one QImage, drawn scaled."""

    def __init__(self, image: QImage) -> None:
        super().__init__()
        self.image, self.scale, self.x0 = image, 0.4, 0.0

    def paintEvent(self, event: object) -> None:  # noqa: N802, ARG002 - Qt's name and arguments
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.scale < 1)
        source = QRectF(self.x0, 0, self.width() / self.scale, self.height() / self.scale)
        painter.drawImage(QRectF(self.rect()), self.image, source)
        painter.end()


def picture(width: int, height: int) -> Image:
    rng = np.random.default_rng(0)
    block = rng.random((height // 4, width // 4, 3), dtype=np.float32)
    return Image(pixels=np.repeat(np.repeat(block, 4, axis=0), 4, axis=1))


def turn(ms: int = 0) -> None:
    """Let events be handled."""
    flags = QEventLoop.ProcessEventsFlag.AllEvents
    QCoreApplication.processEvents(flags)
    end = time.perf_counter() + ms / 1000
    while time.perf_counter() < end:
        QCoreApplication.processEvents(flags, 1)


def until(ready: Callable[[], bool]) -> float:
    """Milliseconds until `ready`."""
    clock = QElapsedTimer()
    clock.start()
    while not ready():
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 1)
    return clock.nsecsElapsed() / 1e6


def frames(change: Callable[[int], object], widget: Callable[[], QWidget]) -> str:
    """Milliseconds per frame over STEPS changes, each followed by what a screen of 60 Hz leaves of 16 ms."""
    taken = []
    for step in range(STEPS):
        start = time.perf_counter()
        change(step)
        widget().repaint()
        taken.append((time.perf_counter() - start) * 1000)
        turn(max(0, round(16 - taken[-1])))
    taken.sort()
    return f"median {statistics.median(taken):5.1f}, 95 % {taken[int(0.95 * STEPS)]:5.1f} ms"


def measure(name: str, size: tuple[int, int]) -> None:
    image = picture(*size)
    background, dog = Background(), Watchdog()
    view = CompareView(background)
    view.resize(*CANVAS)
    view.show()
    turn(50)
    pane = view.panes[0]
    first = Layer.source("a", "A", image)
    second = first.over("b", "B", Image(pixels=np.ascontiguousarray(image.pixels[::-1])))
    dog.reset()
    clock = time.perf_counter()
    view.set_layers([first])
    until(lambda: all(canvas.has_pixels for canvas in pane.canvases))
    print(f"{name}: something to see after {(time.perf_counter() - clock) * 1000:.0f} ms,", end=" ")
    until(lambda: view.is_settled)
    print(f"all prepared after {(time.perf_counter() - clock) * 1000:.0f} ms", end="")
    print(f", window hung {dog.worst * 1000:.0f} ms at most")
    report = [("pan at fit + 20 %", lambda step: view.state.pan_by(3 * math.cos(step / 9), 2))]
    report.append(("zoom", lambda step: view.zoom(1.05 if step < STEPS // 2 else 1 / 1.05)))
    view.zoom(1.2)
    run(report, view, dog)
    view.one_to_one()
    run([("pan at 1:1", lambda step: view.state.pan_by(12 * math.cos(step / 9), 8))], view, dog)
    view.fit()
    view.set_layers([first, second])
    view.set_mode(CompareMode.WIPE)
    until(lambda: view.is_settled)
    handle = view.panes[0].wipe
    assert handle is not None
    run([("wipe", lambda step: handle.setValue(200 + 10 * step))], view, dog)
    view.set_mode(CompareMode.SINGLE)
    until(lambda: view.is_settled)
    levels = Levels()
    run(
        [("drag of levels", lambda step: view.state.set_levels(replace(levels, white=1 - step / 100)))],
        view,
        dog,
    )
    latencies = []
    for step in range(20):
        view.state.set_levels(replace(levels, white=0.3 + step / 50))
        latencies.append(until(lambda: view.is_settled))
    print(f"  levels to the sharp picture: median {statistics.median(latencies):.0f} ms")
    view.set_layers([])
    background.close()
    view.deleteLater()
    plain(image)


def run(report: list[tuple[str, Callable[[int], object]]], view: CompareView, dog: Watchdog) -> None:
    for title, change in report:
        until(lambda: view.is_settled)
        dog.reset()
        line = frames(change, lambda: view.panes[0])
        print(f"  {title:20s} {line}; window hung {dog.worst * 1000:.0f} ms at most")


def plain(image: Image) -> None:
    start = time.perf_counter()
    words = render(image.pixels, Look(), image.transfer, image.nominal_white)
    converted = (time.perf_counter() - start) * 1000
    height, width = words.shape
    widget = Plain(QImage(words.data, width, height, 4 * width, QImage.Format.Format_RGB32))
    widget.resize(*CANVAS)
    widget.show()
    for scale in (CANVAS[0] / width * 1.2, 1.0):
        widget.scale = scale

        def pan(step: int) -> None:
            widget.x0 = 3.0 * step

        print(f"  peer, whole QImage, pan at {scale:.2f}: {frames(pan, lambda: widget)}")
    print(f"  peer: every change of levels blocks for {converted:.0f} ms")
    widget.deleteLater()


def main() -> None:
    application = QApplication([])
    for name, size in SIZES.items():
        measure(name, size)
    application.quit()


if __name__ == "__main__":
    main()
