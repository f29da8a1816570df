"""One running window, and the camera in front of it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtGui import QPainter
from PySide6.QtWidgets import QApplication, QWidget

from screenshots.example import Examples
from screenshots.writing import write_picture

SIZE = (1440, 900)
_BROKEN_PLUGIN = "import a_package_that_is_not_there\n"
"""For the list of plugins to show how it tells of one that cannot be used."""
AT_TWICE = frozenset({"welcome", "wipe", "values", "map", "capture", "scene", "models", "guide"})
"""States that are kept at twice the density as well; the others say nothing more there."""


class Studio:
    """One running window with examples to show."""

    def __init__(self, target: Path, work: Path, tone: str, scale: int, *, keeps_all: bool = False) -> None:
        self.tone, self.scale, self.keeps_all = tone, scale, keeps_all
        os.environ["RESTORA_HOME"] = str(work / "home")
        from restora_desktop.application import Application
        from restora_desktop.theme import Scheme

        broken = work / "home" / "data" / "plugins"
        broken.mkdir(parents=True)
        (broken / "sharpen_more.py").write_text(_BROKEN_PLUGIN, encoding="utf-8")
        self.target = target
        self.application = Application()
        self.window, self.theme = self.application.window, self.application.theme
        self.application.preferences.has_seen_tour = True
        scheme = Scheme.DARK if tone == "dark" else Scheme.LIGHT
        self.application.preferences.scheme = scheme
        self.theme.choose(scheme)
        self.window.resize(*SIZE)
        self.window.show()
        self.wait(lambda: hasattr(self.application, "desk") and self.application.desk.workbench is not None)
        self.window.banners.clear()
        self.desk, self.commander = self.application.desk, self.application.commander
        self.examples = Examples(work)

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
        """Whether a state is kept at this scale."""
        return self.scale == 1 or self.keeps_all or name in AT_TWICE

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
        write_picture(grabbed.toImage(), self.target / f"{self.tone}-{name}{suffix}.webp", self.scale)

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
