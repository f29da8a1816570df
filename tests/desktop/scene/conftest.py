"""Small scenes, and panes that show them with a renderer for tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).parent))

from made_scenes import make_camera, make_scene
from point_renderer import Record

from restora.data.scene import GaussianScene
from restora_desktop.scene.pane import ScenePane
from restora_desktop.scene.render_worker import RenderThread


@pytest.fixture
def corners() -> GaussianScene:
    """Eight coloured balls at the corners of a cube, seen by two cameras."""
    places = [(x, y, z) for x in (-1.0, 1.0) for y in (-1.0, 1.0) for z in (-1.0, 1.0)]
    colours = [(0.2 + 0.6 * (x > 0), 0.2 + 0.6 * (y > 0), 0.2 + 0.6 * (z > 0)) for x, y, z in places]
    cameras = (make_camera("left", (-0.5, 0.0, -5.0)), make_camera("right", (0.5, 0.0, -5.0)))
    return make_scene(places, colours, cameras=cameras)


@pytest.fixture
def record() -> Record:
    return Record()


@pytest.fixture
def thread(qapp: QApplication, record: Record) -> Iterator[RenderThread]:
    threads = RenderThread(record.prepare)
    yield threads
    record.gate.set()
    assert threads.close()
    threads.deleteLater()


@pytest.fixture
def pane(qtbot: QtBot, thread: RenderThread) -> ScenePane:
    widget = ScenePane(thread)
    qtbot.addWidget(widget)
    widget.resize(160, 120)
    widget.show()
    qtbot.waitExposed(widget)
    return widget


@pytest.fixture
def shown(qtbot: QtBot, pane: ScenePane, corners: GaussianScene) -> ScenePane:
    """The pane with the cube of balls, drawn in full."""
    pane.navigator.set_extent(np.zeros(3), 1.8)
    pane.navigator.reset()
    pane.show_scene(corners, "corners.ply")
    qtbot.waitUntil(lambda: pane.is_settled, timeout=5000)
    return pane


@pytest.fixture
def settled(qtbot: QtBot, pane: ScenePane) -> Callable[[], None]:
    """Wait until the full picture is there."""

    def wait() -> None:
        qtbot.waitUntil(lambda: pane.is_settled, timeout=5000)

    return wait
