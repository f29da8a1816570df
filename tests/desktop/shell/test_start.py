"""Starting: quickly, without torch, and with what a crash left."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize
from PySide6.QtGui import QFontInfo, QRawFont
from pytestqt.qtbot import QtBot

from restora_desktop.application import Application
from restora_desktop.keeping import Keeper
from restora_desktop.models.items import ItemsModel
from restora_desktop.theme import FONT_FAMILY
from restora_desktop.window import first_size

if TYPE_CHECKING:
    from conftest import Studio


def _start(own_home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "RESTORA_HOME": str(own_home), "QT_QPA_PLATFORM": "offscreen"}
    program = (
        "import sys\nfrom restora_desktop.app import main\ncode = main(sys.argv[1:])\n"
        "heavy = ('torch', 'diffusers', 'transformers', 'open3d', 'gsplat', 'cv2', 'numba', 'numpy')\n"
        "print('loaded:', *[name for name in heavy if name in sys.modules])\nsys.exit(code)"
    )
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_first_frame_is_measured_and_needs_neither_torch_nor_numpy(own_home: Path) -> None:
    done = _start(own_home, "--measure-start")
    assert done.returncode == 0, done.stderr
    assert re.match(r"first frame \d+\.\d\d s, torch: no\nloaded:\n", done.stdout), done.stdout


@pytest.mark.slow
def test_the_first_frame_comes_in_about_half_a_second(own_home: Path) -> None:
    best = min(float(_start(own_home, "--measure-start").stdout.split()[2]) for _ in range(5))
    assert best < 0.8


def test_the_program_starts_opens_what_it_was_given_and_ends(
    qtbot: QtBot, own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import numpy as np

    from restora.data.image import Image
    from restora.io.writing import write_image

    monkeypatch.setenv("RESTORA_PLUGINS", "")
    write_image(tmp_path / "a.png", Image(pixels=np.zeros((8, 8, 3), np.float32)))
    application = Application(files=[str(tmp_path / "a.png"), str(tmp_path / "none.png")], safe_mode=True)
    with qtbot.waitSignal(application.became_ready, timeout=20_000):
        application.window.show()
    qtbot.waitUntil(lambda: len(application.window.items.roots) == 1, timeout=10_000)
    texts = [notice.text for notice in application.window.banners.notices]
    assert any("none.png" in text for text in texts)
    assert any("Tip 1" in text for text in texts)
    with qtbot.waitSignal(application.desk.closed, timeout=10_000):
        application.window.close()
    application.window.deleteLater()
    application.theme.deleteLater()
    application.deleteLater()
    assert not (own_home / "state" / "session" / "open").exists()
    application.qt.setStyleSheet("")


def test_a_crash_is_noticed_and_a_good_end_is_not(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "session.json").write_text("{}")
    first = Keeper(folder, ItemsModel())
    assert not first.found_crash
    assert first.close()
    (folder / "open").write_text("999999999")  # no process has this number
    second = Keeper(folder, ItemsModel())
    assert second.found_crash
    assert second.close()
    third = Keeper(folder, ItemsModel())
    assert not third.found_crash
    assert third.close()


def test_a_second_window_leaves_the_session_of_the_first_alone(tmp_path: Path, qtbot: QtBot) -> None:
    folder = tmp_path / "session"
    folder.mkdir()
    (folder / "open").write_text(str(os.getppid()))
    second = Keeper(folder, ItemsModel())
    second.note_change()
    assert second.is_idle
    assert second.close()
    assert (folder / "open").exists()


def test_the_window_is_written_in_the_font_that_comes_along(studio: Studio) -> None:
    font = QFontInfo(studio.window.font())
    assert font.family() == FONT_FAMILY
    licence = resources.files("restora_resources").joinpath("fonts", "LICENCE.txt").read_text()
    assert "SIL OPEN FONT LICENSE" in licence
    glyphs = QRawFont.fromFont(studio.window.font()).glyphIndexesForString("äß×·→⚠…αµ")
    assert 0 not in glyphs


@pytest.mark.parametrize(
    ("screen", "opens"),
    [
        ((2560, 1440), (1440, 900)),
        ((1366, 768), (1350, 720)),
        ((1366, 728), (1350, 680)),
        ((800, 600), (1024, 640)),
    ],
)
def test_the_window_opens_no_larger_than_the_screen(screen: tuple[int, int], opens: tuple[int, int]) -> None:
    assert first_size(QSize(*screen)).toTuple() == opens


def test_only_a_window_that_nobody_sized_is_fitted(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    window = studio.window
    monkeypatch.setattr("restora_desktop.window.first_size", lambda _available: QSize(1100, 650))
    window.resize(1200, 700)
    window.save_layout()
    window.fit_screen()
    assert window.size().toTuple() == (1200, 700)
    monkeypatch.setattr(window._preferences, "layout", lambda: None)
    window.fit_screen()
    assert window.size().toTuple() == (1100, 650)
