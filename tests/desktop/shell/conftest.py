"""A whole window with fake and classic methods, without the plugins and the theme of the user."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from restora.data.image import Image
from restora.folders import Folders
from restora.io.writing import write_image
from restora.plugins.host import PluginHost
from restora.testing.fakes import FAKES
from restora.workbench import Workbench
from restora_desktop.commander import Commander
from restora_desktop.desk import Desk
from restora_desktop.file_dialogs import Dialogs
from restora_desktop.jobs_desk import JobsDesk
from restora_desktop.models.items import Node
from restora_desktop.models.log import LogModel
from restora_desktop.preferences import Preferences
from restora_desktop.theme import Theme
from restora_desktop.tuning_desk import TuningDesk
from restora_desktop.window import MainWindow

sys.path.insert(0, str(Path(__file__).parent))

from scene_samples import balls  # isort: skip

PLUGINS = {**FAKES, "classic": "restora_classic.manifest"}


@dataclass
class Answers(Dialogs):
    """Answers every question with what the test has put here."""

    files: tuple[Path, ...] = ()
    file: str | None = None
    folder: Path | None = None
    place: Path | None = None
    line: str | None = None
    yes: bool = True
    shade: tuple[float, float, float] | None = None
    asked: list[str] = field(default_factory=list)

    def open_files(self, parent: QWidget, title: str, folder: str) -> tuple[Path, ...]:
        return self.files

    def open_file(self, parent: QWidget, title: str, folder: str, pattern: str = "") -> str | None:
        return self.file

    def open_folder(self, parent: QWidget, title: str, folder: str) -> Path | None:
        return self.folder

    def save_file(self, parent: QWidget, title: str, suggestion: str, pattern: str = "") -> Path | None:
        return self.place

    def text(self, parent: QWidget, title: str, label: str, start: str = "") -> str | None:
        return self.line

    def colour(
        self, parent: QWidget, title: str, start: tuple[float, float, float]
    ) -> tuple[float, float, float] | None:
        return self.shade

    def confirm(self, parent: QWidget, title: str, question: str, yes: str) -> bool:
        self.asked.append(question)
        return self.yes


@dataclass
class Studio:
    """The window and everything behind it."""

    qtbot: QtBot
    window: MainWindow
    desk: Desk
    commander: Commander
    answers: Answers
    preferences: Preferences
    log: LogModel
    tuning: TuningDesk

    def trigger(self, command_id: str) -> None:
        action = self.window.board[command_id]
        assert action.isEnabled(), action.toolTip()
        action.trigger()

    def wait(self, condition: Callable[[], bool], seconds: float = 110) -> None:
        self.qtbot.waitUntil(condition, timeout=round(seconds * 1000))

    def settle(self) -> None:
        """Until nothing is under way."""
        desk = self.desk
        self.wait(
            lambda: (
                desk.opener.is_idle
                and desk.runner.is_idle
                and desk.tasks.is_idle
                and self.tuning.trials.is_idle
                and not desk.window.jobs.active()
                and not desk.batches.is_working
                and (desk.view.is_settled or not desk.view.isVisible())
                and desk.scene_desk.is_settled
            ),
        )

    def open(self, *paths: Path) -> Node:
        """Open files and give back the row of the last."""
        before = len(self.window.items.roots)
        self.answers.files = paths
        self.trigger("file.open")
        self.wait(lambda: len(self.window.items.roots) == before + len(paths))
        self.settle()
        return self.window.items.roots[-1]

    def run(self, method_id: str, **params: object) -> Node:
        """Run a method with the button and give back the row of the result."""
        plan = self.window.plan
        plan.choose(method_id)
        for name, value in params.items():
            assert plan.parameters is not None
            plan.parameters.set(name, value)
        self.settle()
        root = self.window.items_panel.current().root  # type: ignore[union-attr]  # something is selected
        before = len(root.children)
        self.trigger("run.run")
        self.wait(lambda: len(root.children) > before)
        self.settle()
        return root.children[-1]

    def notices(self) -> list[str]:
        return [notice.text for notice in self.window.banners.notices]


@pytest.fixture(scope="session")
def renderer_is_compiled() -> None:
    """Once, and not while a test waits for a picture."""
    from restora.splats.framing import Optics, looking_at
    from restora.splats.prepared import PreparedScene
    from restora.splats.rendering import RenderOptions, render

    prepared, camera = (
        PreparedScene(balls()),
        looking_at("c", (0, 0, -4), (0, 0, 0), Optics(width=32, height=32)),
    )
    for fraction in (0.5, 1.0):
        render(prepared, camera, RenderOptions(fraction=fraction))


@pytest.fixture
def folders(own_home: Path) -> Folders:
    return Folders.below(own_home)


@pytest.fixture
def studio(
    request: pytest.FixtureRequest, qtbot: QtBot, qapp: QApplication, folders: Folders
) -> Iterator[Studio]:
    """A window that is shown, with a workbench attached; `more_plugins` adds to the usual ones."""
    more = request.node.get_closest_marker("more_plugins")
    plugins = {**PLUGINS, **(more.kwargs if more else {})}
    preferences = Preferences(folders.config / "desktop.ini")
    preferences.keeps_awake = False
    log = LogModel()
    window = MainWindow(preferences, log)
    answers = Answers()
    window.dialogs = answers
    desk = Desk(window, preferences, folders)
    theme = Theme(qapp)
    commander = Commander(desk, theme)
    jobs_desk = JobsDesk(desk, commander)
    tuning = TuningDesk(desk)
    workbench = Workbench(folders, PluginHost(builtins=plugins, entry_points=False).discover())
    window.resize(1300, 850)
    window.show()
    desk.attach(workbench)
    yield Studio(qtbot, window, desk, commander, answers, preferences, log, tuning)
    jobs_desk.close()
    desk.close()
    theme.deleteLater()
    window.deleteLater()


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A picture with structure, 96 x 64."""
    rng = np.random.default_rng(3)
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    smooth = np.stack([x / 96, y / 64, 0.5 + 0.4 * np.sin(x / 7)], axis=2)
    path = tmp_path / "photo.png"
    write_image(path, Image(pixels=(smooth + rng.normal(0, 0.02, smooth.shape)).astype(np.float32)))
    return path


@pytest.fixture
def capture(tmp_path: Path) -> Path:
    """200 binary frames of 24 x 32."""
    rng = np.random.default_rng(5)
    light = np.linspace(0.05, 0.9, 32)[None, None, :]
    path = tmp_path / "capture.npy"
    np.save(path, (rng.random((200, 24, 32)) < light).astype(np.uint8))
    return path
