"""Makes the pictures of the window in docs/images: `python docs/make_screenshots.py [folder]`.

Needs a display; on a machine without one:
`xvfb-run -s "-screen 0 1600x1000x24" python docs/make_screenshots.py`.
"""

from __future__ import annotations

import os
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

    def __init__(self, target: Path, work: Path) -> None:
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

    def wait(self, condition: Callable[[], bool], seconds: float = 60) -> None:
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

    def shoot(self, name: str, *extra: QWidget) -> None:
        """Write the window, with dialogs where they stand."""
        self.rest(300)
        image = self.window.grab().toImage()
        painter = QPainter(image)
        for dialog in extra:
            place = dialog.geometry()
            place.moveCenter(self.window.rect().center())
            painter.drawPixmap(place.topLeft(), dialog.grab())
            painter.setPen(dialog.palette().color(dialog.foregroundRole()))
            painter.drawRect(place.adjusted(-1, -1, 0, 0))
        painter.end()
        self._write(image, name)

    def _write(self, image: QImage, name: str) -> None:
        path = self.target / f"{name}.png"
        image.save(str(path), "PNG", 0)
        with PIL.Image.open(path) as grabbed:
            colours = 256
            while path.stat().st_size > LARGEST_BYTES and colours >= 32:
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


def make(studio: Studio, *, is_dark: bool) -> None:
    """All pictures of one theme; the light one shows only the most telling states."""
    from restora_desktop.dialogs.reading import ReadingDialog
    from restora_desktop.opening import Failure
    from restora_desktop.theme import Scheme

    studio.theme.choose(Scheme.DARK if is_dark else Scheme.LIGHT)
    tone = "dark" if is_dark else "light"
    window, board = studio.window, studio.window.board
    studio.rest()
    if is_dark:
        studio.shoot(f"{tone}-welcome")
        studio.open(studio.photo)
        studio.open(studio.truth)
        window.items_panel.select(window.items.roots[0])
        studio.settle()
        studio.run("classic.denoise", noise=0.07)
        studio.run("classic.unsharp", amount=1.5)
        studio.run("classic.nonlocal_means")
    results = window.items.roots[0].children
    window.items_panel.select(results[0])
    board["view.wipe"].trigger()
    studio.settle()
    studio.shoot(f"{tone}-wipe")
    if not is_dark:
        studio.dialog("edit.preferences", f"{tone}-preferences")
        return
    for command in ("view.side", "view.difference", "view.single"):
        board[command].trigger()
        studio.settle()
        studio.shoot(f"{tone}-{command.partition('.')[2]}")
    window.items_panel.select(window.items.roots[0], *results)
    board["view.sheet"].trigger()
    studio.settle()
    studio.shoot(f"{tone}-contact-sheet")
    board["view.single"].trigger()
    window.items_panel.select(results[0])
    studio.desk.view.state.look_at(330, 80, 44)
    studio.settle()
    studio.shoot(f"{tone}-values")
    studio.desk.view.fit()
    board["view.wipe"].trigger()
    figures = window.inspect_panel
    figures.setCurrentWidget(figures.figures)
    place = figures.figures.reference.findData(window.items.roots[1].id)
    figures.figures.reference.setCurrentIndex(place)
    figures.figures.start()
    studio.wait(lambda: figures.figures.is_idle)
    studio.shoot(f"{tone}-figures")
    figures.setCurrentIndex(0)
    dialogs = {
        "file.export": "export",
        "run.batch": "batch",
        "tools.models": "models",
        "tools.plugins": "plugins",
        "tools.diagnostics": "diagnostics",
        "tools.palette": "palette",
        "help.shortcuts": "shortcuts",
        "edit.preferences": "preferences",
    }
    for command, name in dialogs.items():
        studio.dialog(command, f"{tone}-{name}")
    busy(studio, tone)
    studio.desk.open_name(str(studio.capture))
    studio.wait(lambda: bool(window.banners.notices))
    failure = Failure(name=studio.capture, reading={"layout": "thw"}, error=ValueError())
    studio.commander.files.state_reading(failure)
    dialog = next(each for each in QApplication.topLevelWidgets() if isinstance(each, ReadingDialog))
    studio.wait(lambda: dialog.is_idle)
    studio.shoot(f"{tone}-reading", dialog)
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
    studio.shoot(f"{tone}-capture")
    studio.run("classic.spad_denoise")
    studio.shoot(f"{tone}-capture-restored")


def busy(studio: Studio, tone: str) -> None:
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
    studio.shoot(f"{tone}-jobs")
    studio.settle()
    studio.desk.open_name(str(studio.photo.with_name("missing.png")))
    studio.rest(400)
    studio.settle()
    studio.shoot(f"{tone}-error")
    studio.window.banners.clear()


def main() -> None:
    """Everything, into the folder that is named, or docs/images."""
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent / "images"
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(target, Path(folder))
        make(studio, is_dark=True)
        make(studio, is_dark=False)
        studio.close()
        studio.rest(200)


if __name__ == "__main__":
    main()
