"""Camera paths, their frames in files, and screenshots."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from restora.io.cameras import read_cameras, read_frame_rate
from restora.io.opening import read_image
from restora_desktop.scene.render_dialog import RenderDialog

sys.path.insert(0, str(Path(__file__).parent))

from scene_samples import scene_with_photos  # isort: skip

if TYPE_CHECKING:
    from conftest import Studio

    from restora_desktop.models.items import Node
    from restora_desktop.scene.path_model import PathModel

pytestmark = pytest.mark.usefixtures("renderer_is_compiled")


@pytest.fixture
def node(studio: Studio, tmp_path: Path) -> Node:
    path, stated = scene_with_photos(tmp_path)
    studio.desk.opener.open([path], stated)
    studio.wait(lambda: bool(studio.window.items.roots))
    studio.settle()
    studio.trigger("scene.path")
    return studio.window.items.roots[0]


@pytest.fixture
def model(studio: Studio, node: Node) -> PathModel:
    """Two keys, a quarter second apart."""
    model = studio.desk.scene_desk.paths.model
    studio.trigger("scene.key")
    studio.desk.scenes.pane.navigator.orbit(0.6, 0.1)
    studio.trigger("scene.key")
    model.set_seconds(0, 0.25)
    return model


def test_keys_are_added_at_the_view_and_the_playhead_moves_it(studio: Studio, model: PathModel) -> None:
    navigator = studio.desk.scenes.pane.navigator
    assert len(model.keys) == 2
    assert model.duration == pytest.approx(0.25)
    model.move_to(0.0)
    first = navigator.view.position.copy()
    assert np.allclose(first, model.keys[0].camera.centre)
    model.move_to(0.125)
    between = navigator.view.position
    assert not np.allclose(between, first)
    assert not np.allclose(between, model.keys[1].camera.centre)
    assert len(studio.desk.scenes.pane.marks.path) == len(model.frames()) == 7


def test_the_path_is_undone_with_the_windows_undo(studio: Studio, model: PathModel) -> None:
    studio.trigger("edit.undo")
    assert model.duration == pytest.approx(2.0)
    studio.trigger("edit.undo")
    assert len(model.keys) == 1
    studio.trigger("edit.redo")
    assert len(model.keys) == 2
    model.select(0)
    studio.trigger("scene.delete_key")
    assert len(model.keys) == 1
    assert not studio.window.board["scene.export_path"].isEnabled()
    assert "two keys" in studio.window.board["scene.export_path"].toolTip()


def test_the_timeline_is_used_by_mouse_and_keyboard(studio: Studio, model: PathModel) -> None:
    bar = studio.desk.scene_desk.paths.bar
    line = bar.timeline
    assert line.isVisible()
    line.setFocus()
    QTest.keyClick(line, Qt.Key.Key_Home)
    assert model.seconds == 0
    QTest.keyClick(line, Qt.Key.Key_Right)
    assert model.seconds == pytest.approx(1 / 24)
    QTest.keyClick(line, Qt.Key.Key_PageDown)
    assert model.selected == 1
    QTest.mouseClick(line, Qt.MouseButton.LeftButton, pos=QPoint(line.width() // 2, 10))
    assert model.seconds == pytest.approx(0.125, abs=0.01)
    bar.rate.setValue(12.0)
    bar.is_closed.click()
    assert model.path is not None
    assert model.path.frames_per_second == 12
    assert model.path.is_closed
    QTest.keyClick(line, Qt.Key.Key_Delete)
    assert len(model.keys) == 1


def test_orbits_and_cameras_become_keys_and_each_scene_keeps_its_path(
    studio: Studio, model: PathModel, picture: Path, node: Node
) -> None:
    studio.trigger("scene.orbit_path")
    studio.trigger("scene.camera_path")
    assert len(model.keys) == 2 + 12 + 4
    studio.open(picture)
    studio.window.items_panel.select(node)
    studio.settle()
    assert len(model.keys) == 18


def test_playing_moves_the_view_and_ends_by_itself(studio: Studio, model: PathModel) -> None:
    model.move_to(0.0)
    start = studio.desk.scenes.pane.navigator.view.position.copy()
    studio.window.board["scene.play"].trigger()
    studio.wait(lambda: not studio.window.board["scene.play"].isChecked())
    assert model.seconds == pytest.approx(0.25)
    assert not np.allclose(studio.desk.scenes.pane.navigator.view.position, start)


def test_frames_are_written_with_their_cameras(studio: Studio, model: PathModel, tmp_path: Path) -> None:
    studio.answers.folder = tmp_path / "film"
    studio.answers.folder.mkdir()
    studio.trigger("scene.export_path")
    dialog = studio.window.findChild(RenderDialog)
    dialog.width_field.setValue(64)
    dialog.height_field.setValue(36)
    dialog.accept()
    studio.wait(lambda: studio.desk.scene_desk.is_settled, 30)
    names = sorted(path.name for path in studio.answers.folder.iterdir())
    assert names == ["camera_path.json", *[f"frame_{n:04}.png" for n in range(7)], "transforms.json"]
    read = read_cameras(studio.answers.folder / "transforms.json")
    assert len(read) == 7
    assert read.picture_of(read.cameras[3]) == studio.answers.folder / "frame_0003.png"
    assert np.allclose(read.cameras[0].centre, model.keys[0].camera.centre, atol=1e-5)
    assert read_frame_rate(studio.answers.folder / "camera_path.json") == 24
    picture = read_image(studio.answers.folder / "frame_0000.png")
    assert (picture.width, picture.height) == (64, 36)
    assert picture.pixels.std() > 0.01


def test_a_screenshot_has_any_size(studio: Studio, node: Node, tmp_path: Path) -> None:
    studio.answers.place = tmp_path / "shot.png"
    studio.trigger("scene.screenshot")
    dialog = studio.window.findChild(RenderDialog)
    dialog.width_field.setValue(123)
    dialog.height_field.setValue(77)
    dialog.accept()
    studio.wait(lambda: studio.desk.scene_desk.is_settled, 30)
    picture = read_image(tmp_path / "shot.png")
    assert (picture.width, picture.height) == (123, 77)
    assert any("shot.png" in text for text in studio.notices())
