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

from points import C0, Record

from restora.data.camera import Camera, CameraSet
from restora.data.scene import GaussianScene
from restora_desktop.scene.pane import ScenePane
from restora_desktop.scene.render_worker import RenderThread


def make_scene(
    means: list[tuple[float, float, float]],
    colours: list[tuple[float, float, float]],
    size: float = 0.2,
    cameras: tuple[Camera, ...] = (),
) -> GaussianScene:
    """Round Gaussians that hide what is behind them."""
    count = len(means)
    quats = np.zeros((count, 4), np.float32)
    quats[:, 0] = 1
    return GaussianScene(
        means=np.array(means, np.float32),
        quats=quats,
        log_scales=np.full((count, 3), np.log(size), np.float32),
        logit_opacities=np.full(count, 6.0, np.float32),
        sh=((np.array(colours, np.float32) - 0.5) / C0)[:, None, :],
        cameras=CameraSet(cameras=cameras),
    )


def make_camera(name: str, position: tuple[float, float, float], width: int = 80, height: int = 60) -> Camera:
    """Looks along +z."""
    pose = np.eye(4)
    pose[:3, 3] = -np.array(position)
    return Camera(
        name=name,
        width=width,
        height=height,
        fx=60.0,
        fy=60.0,
        cx=width / 2,
        cy=height / 2,
        world_to_camera=pose,
        picture=f"{name}.png",
    )


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
