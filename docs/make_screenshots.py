"""Makes the pictures of the window in docs/images: `python docs/make_screenshots.py [folder]`.

Every state in the dark theme, the most telling ones in the light theme and at twice the density (`@2x`).

Needs a display; on a machine without one:
`xvfb-run -s "-screen 0 3000x2000x24" python docs/make_screenshots.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QApplication, QWidget

from restora.data.geometry import FrameWindow
from restora.data.image import Image
from restora.io.writing import write_image

SIZE = (1440, 900)
LARGEST_BYTES = 300_000
RUNS = (("dark", 1), ("light", 1), ("dark", 2))
"""Theme and scale; each is a process of its own, because Qt reads the scale when it starts."""
_PICTURES_IN_LIGHT = ("welcome", "wipe", "side", "knob", "ladder", "map", "capture", "scene", "scene-photo")
IN_LIGHT = frozenset({*_PICTURES_IN_LIGHT, "jobs", "error", "preferences", "models"})
AT_TWICE = frozenset({"welcome", "wipe", "values", "map", "capture"})


def scene(height: int = 480, width: int = 640) -> np.ndarray:  # type: ignore[type-arg]  # float32 throughout
    """A picture with smooth shading, edges and fine detail, made of arithmetic only."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = x / width, y / height
    sky = np.stack([0.55 + 0.25 * v, 0.68 + 0.15 * v, 0.85 - 0.1 * v], axis=2)
    hills = v > 0.55 + 0.08 * np.sin(7 * u) + 0.03 * np.sin(23 * u)
    shade = 0.5 + 0.5 * np.sin(60 * (u + 0.4 * v)) * np.sin(47 * (v - 0.2 * u))
    ground = np.stack([0.22 + 0.2 * shade, 0.34 + 0.22 * shade, 0.16 + 0.1 * shade], axis=2)
    picture = np.where(hills[:, :, None], ground, sky)
    balls = ((0.3, 0.42, 0.13, (0.86, 0.36, 0.2)), (0.68, 0.5, 0.17, (0.2, 0.42, 0.75)))
    for cx, cy, radius, colour in balls:
        distance = np.hypot((u - cx) * width / height, v - cy) / radius
        across, down = (u - cx) * width / height / radius, (v - cy) / radius
        light = np.clip(1.15 - 0.75 * np.hypot(across + 0.4, down + 0.4), 0.15, 1)
        ball = np.asarray(colour, np.float32) * light[:, :, None]
        picture = np.where((distance < 1)[:, :, None], ball, picture)
    stripes = (np.abs(u - 0.5) < 0.05) & (v > 0.1) & (v < 0.34)
    fine = 0.5 + 0.5 * np.sign(np.sin(x * (0.3 + 1.6 * v)))
    picture = np.where(stripes[:, :, None], fine[:, :, None], picture)
    return np.ascontiguousarray(picture, np.float32)


class Studio:
    """One running window with examples to show."""

    def __init__(self, target: Path, work: Path, tone: str = "dark", scale: int = 1) -> None:
        self.tone, self.scale = tone, scale
        os.environ["RESTORA_HOME"] = str(work / "home")
        from restora_desktop.application import Application

        self.target = target
        self.application = Application()
        self.window, self.theme = self.application.window, self.application.theme
        self.application.preferences.has_seen_tour = True
        self.window.resize(*SIZE)
        self.window.show()
        self.wait(lambda: hasattr(self.application, "desk") and self.application.desk.workbench is not None)
        self.desk, self.commander = self.application.desk, self.application.commander
        rng = np.random.default_rng(1)
        clean = scene()
        self.photo, self.truth = work / "courtyard.png", work / "truth.png"
        self.capture = work / "photons.npy"
        write_image(self.truth, Image(pixels=clean))
        write_image(self.photo, Image(pixels=clean + rng.normal(0, 0.06, clean.shape).astype(np.float32)))
        light = clean.mean(axis=2)[::2, ::2]
        frames = rng.random((256, *light.shape), dtype=np.float32) < 1 - np.exp(-0.35 * light)
        np.save(self.capture, frames.astype(np.uint8))

    def wait(self, condition: Callable[[], bool], seconds: float = 300) -> None:
        """Let the window live until something is so."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise TimeoutError("the window did not get there")
            self.rest(20)

    def rest(self, milliseconds: int = 400) -> None:
        """Let the window live for a while."""
        loop = QEventLoop()
        QTimer.singleShot(milliseconds, loop.quit)
        loop.exec()

    def settle(self) -> None:
        """Until nothing is under way."""
        desk = self.desk
        self.wait(
            lambda: (
                desk.opener.is_idle
                and desk.runner.is_idle
                and desk.tasks.is_idle
                and not self.window.jobs.active()
                and (desk.view.is_settled or not desk.view.isVisible())
                and desk.scene_desk.is_settled
            )
        )
        self.rest(300)

    def open(self, path: Path) -> None:
        """Open a file and wait."""
        count = len(self.window.items.roots)
        self.desk.open_name(str(path))
        self.wait(lambda: len(self.window.items.roots) > count)
        self.settle()

    def run(self, method: str, **params: object) -> None:
        """Run a method and wait."""
        plan = self.window.plan
        plan.choose(method)
        for name, value in params.items():
            assert plan.parameters is not None
            plan.parameters.set(name, value)
        self.settle()
        self.window.board["run.run"].trigger()
        self.rest(200)
        self.settle()

    def is_wanted(self, name: str) -> bool:
        """Whether a state is shown in this theme and at this scale."""
        return (self.scale == 1 and (self.tone == "dark" or name in IN_LIGHT)) or name in AT_TWICE

    def shoot(self, name: str, *extra: QWidget) -> None:
        """Write the window, with dialogs where they stand."""
        if not self.is_wanted(name):
            return
        self.rest(300)
        grabbed = self.window.grab()
        painter = QPainter(grabbed)
        for dialog in extra:
            place = dialog.geometry()
            place.moveCenter(self.window.rect().center())
            painter.drawPixmap(place.topLeft(), dialog.grab())
            painter.setPen(dialog.palette().color(dialog.foregroundRole()))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.end()
        suffix = "" if self.scale == 1 else f"@{self.scale}x"
        self._write(grabbed.toImage(), f"{self.tone}-{name}{suffix}")

    def _write(self, image: QImage, name: str) -> None:
        path = self.target / f"{name}.png"
        image.setDevicePixelRatio(1)
        image.save(str(path), "PNG", 0)
        with PIL.Image.open(path) as grabbed:
            colours = 256
            while path.stat().st_size > LARGEST_BYTES * self.scale and colours >= 32:
                reduced = grabbed.convert("RGB").quantize(colours, dither=PIL.Image.Dither.NONE)
                reduced.save(path, optimize=True)
                colours //= 2
        sys.stdout.write(f"{path.name}: {path.stat().st_size // 1000} kB\n")

    def dialog(self, command_id: str, name: str) -> None:
        """Show what a command opens."""
        before = set(QApplication.topLevelWidgets())
        self.window.board[command_id].trigger()
        self.rest(500)
        self.desk_idle()
        dialogs = [each for each in QApplication.topLevelWidgets() if each not in before and each.isVisible()]
        self.shoot(name, *dialogs)
        for each in dialogs:
            each.close()

    def desk_idle(self) -> None:
        """Until what a dialog asked for is there."""
        self.wait(lambda: self.desk.tasks.is_idle)

    def close(self) -> None:
        """End."""
        self.window.close()


def make(studio: Studio) -> None:
    """All states, one after the other."""
    from restora_desktop.theme import Scheme

    studio.theme.choose(Scheme.DARK if studio.tone == "dark" else Scheme.LIGHT)
    studio.rest()
    studio.shoot("welcome")
    for step in (compared, measured, tuned, dialogs, busy, captured, lens, unready):
        step(studio)


def compared(studio: Studio) -> None:
    """One picture, two, and many."""
    window, board = studio.window, studio.window.board
    studio.open(studio.photo)
    studio.open(studio.truth)
    window.items_panel.select(window.items.roots[0])
    studio.settle()
    studio.run("classic.denoise", noise=0.07)
    studio.run("classic.unsharp", amount=1.5)
    studio.run("classic.nonlocal_means")
    results = window.items.roots[0].children
    window.items_panel.select(results[0])
    for command in ("view.wipe", "view.side", "view.difference", "view.single"):
        board[command].trigger()
        studio.settle()
        studio.shoot(command.partition(".")[2])
    window.items_panel.select(window.items.roots[0], *results)
    board["view.sheet"].trigger()
    studio.settle()
    studio.shoot("contact-sheet")
    board["view.single"].trigger()
    window.items_panel.select(results[0])
    studio.desk.view.state.look_at(330, 80, 44)
    studio.settle()
    studio.shoot("values")
    studio.desk.view.fit()
    board["view.wipe"].trigger()


def measured(studio: Studio) -> None:
    """Figures against a reference, and curves along a line."""
    window, inspect = studio.window, studio.window.inspect_panel
    inspect.setCurrentWidget(inspect.figures)
    place = inspect.figures.reference.findData(window.items.roots[1].id)
    inspect.figures.reference.setCurrentIndex(place)
    inspect.figures.start()
    studio.wait(lambda: inspect.figures.is_idle)
    studio.shoot("figures")
    inspect.setCurrentWidget(inspect.curve)
    studio.desk.view.line_drawn.emit(120.5, 200.5, 560.5, 250.5)
    studio.settle()
    studio.shoot("curve")
    window.board["view.no_line"].trigger()
    inspect.setCurrentIndex(0)


def tuned(studio: Studio) -> None:
    """The knob on a result, and the ladder before a run."""
    window = studio.window
    result = window.items.roots[0].children[1]
    window.items_panel.select(result)
    studio.settle()
    tuner = studio.application.tuning_desk.tuner
    assert tuner.bar.editor is not None
    tuner.bar.editor.box.setValue(0.6)
    studio.wait(lambda: "Follows" in tuner.bar.note.text())
    studio.settle()
    studio.shoot("knob")
    window.plan.choose("classic.denoise")
    studio.desk.view.state.look_at(230, 200, 3)
    studio.settle()
    window.board["run.ladder"].trigger()
    studio.wait(lambda: studio.application.tuning_desk.trials.is_idle)
    studio.rest(600)
    studio.shoot("ladder")
    studio.application.tuning_desk.ladder.close()
    studio.desk.view.fit()


def dialogs(studio: Studio) -> None:
    """What menus open."""
    names = {
        "file.export": "export",
        "run.batch": "batch",
        "tools.models": "models",
        "tools.plugins": "plugins",
        "tools.diagnostics": "diagnostics",
        "tools.palette": "palette",
        "help.shortcuts": "shortcuts",
        "edit.preferences": "preferences",
    }
    for command, name in names.items():
        studio.dialog(command, name)


def busy(studio: Studio) -> None:
    """Jobs that run and wait, and one that failed."""
    plan, board = studio.window.plan, studio.window.board
    plan.choose("classic.nonlocal_means")
    studio.wait(lambda: board["run.queue"].isEnabled())
    for method in ("classic.nonlocal_means", "classic.denoise", "classic.bilateral"):
        plan.choose(method)
        studio.wait(lambda: board["run.queue"].isEnabled())
        board["run.queue"].trigger()
        studio.rest(60)
    studio.rest(250)
    studio.shoot("jobs")
    studio.settle()
    studio.desk.open_name(str(studio.photo.with_name("missing.png")))
    studio.rest(400)
    studio.settle()
    studio.shoot("error")
    studio.window.banners.clear()


def captured(studio: Studio) -> None:
    """A capture that lacks a statement, its frames, a result, and the map of what it does not explain."""
    from restora_desktop.dialogs.reading import ReadingDialog
    from restora_desktop.opening import Failure

    window = studio.window
    studio.desk.open_name(str(studio.capture))
    studio.wait(lambda: bool(window.banners.notices))
    failure = Failure(name=studio.capture, reading={"layout": "thw"}, error=ValueError())
    studio.commander.files.state_reading(failure)
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, ReadingDialog))
    studio.wait(lambda: dialog.is_idle)
    studio.shoot("reading", dialog)
    window.banners.clear()
    count = len(window.items.roots)
    dialog.accept()
    studio.wait(lambda: len(window.items.roots) > count)
    studio.settle()
    strip = studio.desk.capture.strip
    strip.set_window(FrameWindow(64, 96))
    strip.window_changed.emit(FrameWindow(64, 96))
    studio.desk.view.auto_levels()
    studio.settle()
    studio.shoot("capture")
    studio.run("classic.spad_denoise")
    studio.shoot("capture-restored")
    window.board["tools.consistency"].trigger()
    studio.wait(lambda: bool(studio.desk.view.panes[0].overlays))
    studio.settle()
    studio.shoot("map")
    window.banners.clear()


def lens(studio: Studio) -> None:
    """A photograph through a lens, with rings of its field."""
    count = len(studio.window.items.roots)
    studio.desk.open_name("sample:metalens")
    studio.wait(lambda: len(studio.window.items.roots) > count)
    studio.settle()
    studio.window.board["view.rings"].trigger()
    studio.settle()
    studio.shoot("metalens")
    studio.window.board["view.rings"].trigger()


def unready(studio: Studio) -> None:
    """A method whose weights are not here."""
    studio.window.plan.choose("dmdiff.restore")
    studio.settle()
    studio.shoot("weights-missing")


def main() -> None:
    """Everything, into the folder that is named, or docs/images."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images"
    target.mkdir(parents=True, exist_ok=True)
    if len(sys.argv) < 4:
        for tone, scale in RUNS:
            environment = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
            words = [sys.executable, __file__, str(target), tone, str(scale)]
            subprocess.run(words, check=True, env=environment)
        return
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(target, Path(folder), sys.argv[2], int(sys.argv[3]))
        make(studio)
        studio.close()
        studio.rest(200)


if __name__ == "__main__":
    main()
