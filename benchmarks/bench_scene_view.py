"""The view of scenes: how long the GUI thread is held while a large scene is orbited, and the first picture.

`python benchmarks/bench_scene_view.py [gaussians]`; set `QT_QPA_PLATFORM=offscreen` where there is no screen.
Prints one line per figure. Beside each GUI figure stands the same for an empty pane that is orbited as fast,
so that what the machine's other work does to the clock can be told from what the view does.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QObject, Qt, QTimer, Slot
from PySide6.QtWidgets import QApplication

from restora.data.scene import GaussianScene
from restora.io.scenes import write_scene
from restora.splats.framing import framing
from restora_desktop.scene.controller import load_renderer, prepare
from restora_desktop.scene.loading import SceneLoader
from restora_desktop.scene.pane import ScenePane
from restora_desktop.scene.render_worker import RenderThread

C0 = 0.28209479177387814
SIZE = 512
SECONDS = 6.0


def scene_of(count: int) -> GaussianScene:
    """Half on a shell, a quarter on a floor, a quarter in a cloud; degree 3."""
    rng = np.random.default_rng(0)
    shell = rng.normal(size=(count // 2, 3))
    shell /= np.linalg.norm(shell, axis=1, keepdims=True)
    floor = rng.uniform(-3, 3, (count // 4, 3))
    floor[:, 1] = 1.0
    means = np.concatenate([shell, floor, rng.normal(0, 1.2, (count - len(shell) - len(floor), 3))])
    return GaussianScene(
        means=means.astype(np.float32),
        quats=rng.normal(size=(count, 4)).astype(np.float32),
        log_scales=(np.log(0.004) + rng.uniform(-0.5, 0.5, (count, 3))).astype(np.float32),
        logit_opacities=rng.normal(1, 1.5, count).astype(np.float32),
        sh=(rng.normal(size=(count, 16, 3)) * 0.2).astype(np.float32),
    )


class Watchdog(QObject):
    """Clock and processor time that the GUI thread spent between two turns of its event loop."""

    def __init__(self) -> None:
        super().__init__()
        self.wall: list[float] = []
        self.cpu: list[float] = []
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._beat)

    def start(self) -> None:
        self.wall, self.cpu = [], []
        self._last = time.perf_counter(), time.thread_time()
        self._timer.start(0)

    def stop(self) -> None:
        self._timer.stop()

    @Slot()
    def _beat(self) -> None:
        now = time.perf_counter(), time.thread_time()
        self.wall.append((now[0] - self._last[0]) * 1000)
        self.cpu.append((now[1] - self._last[1]) * 1000)
        self._last = now


def live(milliseconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(milliseconds), loop.quit)
    loop.exec()


def orbit(pane: ScenePane, watchdog: Watchdog) -> None:
    """As a hand does: a small turn every 16 ms."""
    watchdog.start()
    end = time.perf_counter() + SECONDS
    while time.perf_counter() < end:
        pane.navigator.orbit(0.01, 0.002)
        live(16)
    watchdog.stop()


def tell(name: str, watchdog: Watchdog) -> None:
    print(
        f"{name}: longest turn of the GUI thread {max(watchdog.wall):.1f} ms by the clock, "
        f"{max(watchdog.cpu):.1f} ms of processor time"
    )


def until(pane: ScenePane, seconds: float = 120) -> None:
    end = time.perf_counter() + seconds
    while pane.side.image is None or not pane.is_settled:
        if time.perf_counter() > end:
            raise TimeoutError("no picture came")
        live(5)


def orbiting(scene: GaussianScene, thread: RenderThread) -> None:
    pane, watchdog = ScenePane(thread), Watchdog()
    pane.resize(SIZE, SIZE)
    pane.show()
    live(100)
    orbit(pane, watchdog)
    tell("empty pane", watchdog)
    most = framing(scene)
    pane.navigator.set_extent(most.centre, most.radius)
    pane.navigator.reset()
    pane.show_scene(scene, "scene")
    until(pane)
    for _ in range(2):  # the controller finds its level in the first
        pictures: list[float] = []
        note = pane.side.changed.connect(lambda taken=pictures: taken.append(pane.side.milliseconds))
        start = time.perf_counter()
        orbit(pane, watchdog)
        rate = len(pictures) / (time.perf_counter() - start)
        pane.side.changed.disconnect(note)
    tell(f"orbiting {scene.count} Gaussians", watchdog)
    quality = pane.side.moving_quality
    print(
        f"moving pictures: {rate:.1f} a second, median {statistics.median(pictures):.0f} ms, "
        f"scale {quality.scale:g}, share {quality.share:g}"
    )
    start = time.perf_counter()
    watchdog.start()
    until(pane)
    watchdog.stop()
    seconds = time.perf_counter() - start
    print(f"full picture after rest: {seconds:.2f} s ({pane.side.milliseconds:.0f} ms drawn)")
    tell("while the full picture comes", watchdog)
    pane.close()


def first_picture(path: Path, thread: RenderThread) -> None:
    """From the wish to read the file to the first picture, and to the full one."""
    from restora.io.opening import open_item

    watchdog, pane, loader = Watchdog(), ScenePane(thread), SceneLoader()
    pane.resize(SIZE, SIZE)
    pane.show()
    live(100)
    read: list[float] = []

    def take(_item: object, scene: GaussianScene, most: object) -> None:
        read.append(time.perf_counter() - start)
        pane.navigator.set_extent(most.centre, most.radius)  # type: ignore[attr-defined]
        pane.navigator.reset()
        pane.show_scene(scene, path.name)

    loader.loaded.connect(take)
    watchdog.start()
    start = time.perf_counter()
    thread.worker.warm_up()
    loader.load(open_item(path))
    while pane.side.image is None:
        live(2)
    first = time.perf_counter() - start
    until(pane)
    full = time.perf_counter() - start
    watchdog.stop()
    size = path.stat().st_size / 1e6
    print(f"{size:.0f} MB: read {read[0]:.2f} s, first picture {first:.2f} s, full picture {full:.2f} s")
    tell("while it is read and drawn", watchdog)
    pane.close()
    loader.close()


PLAIN = """
import sys, time
start = time.perf_counter()
from pathlib import Path
from restora.io.scenes import read_scene
from restora.splats.framing import Optics, fitting_distance, framing, looking_at
from restora.splats.prepared import PreparedScene
from restora.splats.rendering import render
scene = read_scene(Path(sys.argv[1]))
read = time.perf_counter() - start
most, optics = framing(scene), Optics(width=512, height=512)
eye = most.centre - [0, 0, fitting_distance(most.radius, optics)]
render(PreparedScene(scene), looking_at("c", eye, most.centre, optics))
print(f"plain script: read {read:.2f} s, full picture {time.perf_counter() - start:.2f} s", flush=True)
"""
"""The peer: the same work without a window, in a process that has nothing else to do."""


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    application = QApplication.instance() or QApplication(sys.argv[:1])
    thread = RenderThread(prepare, warm=load_renderer)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "scene.ply"
        scene = scene_of(count)
        write_scene(path, scene)
        subprocess.run([sys.executable, "-c", PLAIN, str(path)], check=True)
        first_picture(path, thread)
        orbiting(scene, thread)
    thread.close()
    del application


if __name__ == "__main__":
    main()
