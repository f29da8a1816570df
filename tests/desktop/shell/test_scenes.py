"""Scenes in the window: from opening to closing, as a person goes."""

from __future__ import annotations

import gc
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QMimeData, Qt, QUrl
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest

from restora.data.kinds import Kind
from restora.io.scenes import write_scene
from restora.splats.framing import UpAxis
from restora_desktop.command import Need
from restora_desktop.commands import COMMANDS

sys.path.insert(0, str(Path(__file__).parent))

from scene_samples import balls  # isort: skip

if TYPE_CHECKING:
    from conftest import Studio


pytestmark = pytest.mark.usefixtures("renderer_is_compiled")


@pytest.fixture
def scene_file(tmp_path: Path) -> Path:
    path = tmp_path / "balls.ply"
    write_scene(path, balls())
    return path


def test_a_scene_opens_is_drawn_and_listed_with_a_small_picture(studio: Studio, scene_file: Path) -> None:
    node = studio.open(scene_file)
    assert node.kind is Kind.SPLAT
    assert "60 Gaussians" in node.subtitle
    scenes = studio.desk.scenes
    assert studio.window.stack.currentWidget() is scenes.page
    assert scenes.page.is_scene_shown
    image = scenes.pane.side.image
    assert image is not None
    colours = {image.pixel(x, y) for x in range(0, image.width(), 7) for y in range(0, image.height(), 7)}
    assert len(colours) > 20
    assert node.thumbnail is not None
    assert str(scene_file) in studio.preferences.recent


def test_reading_is_told_in_percent(studio: Studio, scene_file: Path) -> None:
    told: list[int] = []
    state = studio.desk.scenes.page.state
    studio.desk.scenes.loader.progressed.connect(lambda _item, _percents: told.append(state.bar.value()))
    studio.open(scene_file)
    assert told[0] == 0
    assert told[-1] == 100
    assert state.bar.maximum() == 100
    state.show_reading("next.ply", "")
    assert state.bar.maximum() == 0  # busy again, until that file's reader says how far it is


def test_a_scene_that_nobody_waits_for_is_not_read_to_its_end(studio: Studio, scene_file: Path) -> None:
    item = studio.open(scene_file).item
    item.release()
    loader = studio.desk.scenes.loader
    told: list[int] = []
    loader.progressed.connect(lambda _item, percents: told.append(percents))
    loader.load(item)
    loader.cancel()
    studio.settle()
    assert 100 not in told
    assert loader.is_idle


def test_a_dropped_scene_opens(studio: Studio, scene_file: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(scene_file))])
    studio.window.dropped.emit(data)
    studio.wait(lambda: bool(studio.window.items.roots))
    studio.settle()
    assert studio.desk.scenes.entry is not None


def test_pictures_and_scenes_take_turns_and_each_view_stays_where_it_was(
    studio: Studio, scene_file: Path, picture: Path
) -> None:
    scene = studio.open(scene_file)
    navigator = studio.desk.scenes.pane.navigator
    navigator.orbit(0.5, 0.2)
    studio.settle()
    place = navigator.view.position
    studio.open(picture)
    assert studio.window.stack.currentWidget() is not studio.desk.scenes.page
    assert not studio.window.board["scene.frame"].isEnabled()
    assert "no scene" in studio.window.board["scene.frame"].toolTip()
    studio.window.items_panel.select(scene)
    studio.settle()
    assert np.allclose(navigator.view.position, place)
    assert studio.window.board["scene.frame"].isEnabled()


def test_two_selected_scenes_are_wiped_from_one_camera(
    studio: Studio, scene_file: Path, tmp_path: Path
) -> None:
    first = studio.open(scene_file)
    write_scene(tmp_path / "dark.ply", balls(brightness=0.1))
    second = studio.open(tmp_path / "dark.ply")
    studio.window.items_panel.select(first, second)
    studio.settle()
    pane = studio.desk.scenes.pane
    assert pane.wipe is not None
    assert pane.other.title == "dark.ply"
    picture = pane.grab().toImage()
    # Away from the handle in the middle, whose grip is white.
    places = [(x, y) for x in range(60, 220, 9) for y in range(60, 400, 9)]
    left = max(QColor(picture.pixel(x, y)).value() for x, y in places)
    right = max(QColor(picture.pixel(picture.width() - x, y)).value() for x, y in places)
    assert left > right
    studio.window.items_panel.select(first)
    studio.settle()
    assert pane.wipe is None


def test_every_scene_command_can_be_performed(studio: Studio, scene_file: Path) -> None:
    studio.open(scene_file)
    performed = set()
    for command in COMMANDS:
        action = studio.window.board[command.id]
        if Need.SCENE in command.needs:
            studio.desk.scenes.editing.select_row(0)
        if Need.SCENE in command.needs and action.isEnabled():
            action.trigger()
            if command.is_switch and not command.group:
                action.trigger()
            studio.settle()
            performed.add(command.id)
    elsewhere = {Need.SCENE_CAMERAS, Need.SCENE_RENDERING, Need.SCENE_WAY, Need.SCENE_PATH}
    wanted = {each.id for each in COMMANDS if Need.SCENE in each.needs and not elsewhere & {*each.needs}}
    assert wanted <= performed
    assert studio.notices() == []


def test_keys_of_the_scene_work_only_there(studio: Studio, scene_file: Path) -> None:
    studio.open(scene_file)
    pane = studio.desk.scenes.pane
    pane.navigator.fly(1.0, 0.5, 0.2)
    pane.setFocus()
    away = pane.navigator.view.position
    QTest.keyClick(pane, Qt.Key.Key_Home)
    assert not np.allclose(pane.navigator.view.position, away)
    QTest.keyClick(pane, Qt.Key.Key_2)
    studio.settle()
    assert studio.window.board["scene.depth"].isChecked()
    assert studio.desk.scenes.page.bar.channel.currentText() == "Depth"


def test_the_bar_changes_up_background_degree_and_angle(studio: Studio, scene_file: Path) -> None:
    studio.open(scene_file)
    bar, pane = studio.desk.scenes.page.bar, studio.desk.scenes.pane
    bar.up.setCurrentIndex(bar.up.findData(UpAxis.PLUS_Z))
    bar.up.activated.emit(bar.up.currentIndex())
    assert pane.navigator.up is UpAxis.PLUS_Z
    bar.background.setCurrentIndex(2)
    bar.background.activated.emit(2)
    bar.fov.setValue(30)
    studio.settle()
    assert pane.navigator.view.fov == 30
    image = pane.side.image
    assert image is not None
    assert min(QColor(image.pixel(0, 0)).getRgb()) > 240
    answers = studio.answers
    answers.shade = (0.0, 0.0, 1.0)
    bar.background.setCurrentIndex(3)
    bar.background.activated.emit(3)
    studio.settle()
    assert pane.look.background == (0.0, 0.0, 1.0)


def test_a_scene_whose_file_is_gone_says_so_and_can_be_tried_again(studio: Studio, scene_file: Path) -> None:
    content = scene_file.read_bytes()
    studio.desk.scenes.loader.load = lambda _item: None  # type: ignore[method-assign]  # not read yet
    studio.answers.files = (scene_file,)
    studio.trigger("file.open")
    studio.wait(lambda: bool(studio.window.items.roots))
    page = studio.desk.scenes.page
    assert page.state.cancel.isVisible()
    assert "60 Gaussians" in page.state.detail.text()
    del studio.desk.scenes.loader.load
    scene_file.unlink()
    page.state.retried.emit()
    studio.wait(lambda: "balls.ply" in page.state.title.text() and page.state.retry.isVisible())
    scene_file.write_bytes(content)
    page.state.retry.click()
    studio.settle()
    assert page.is_scene_shown


def test_waiting_for_a_scene_can_be_cancelled(studio: Studio, scene_file: Path) -> None:
    scenes = studio.desk.scenes
    scenes.loader.load = lambda _item: None  # type: ignore[method-assign]  # it takes for ever
    studio.answers.files = (scene_file,)
    studio.trigger("file.open")
    studio.wait(lambda: scenes.page.state.cancel.isVisible())
    scenes.page.state.cancel.click()
    assert "was not read" in scenes.page.state.title.text()
    assert scenes.page.state.retry.isVisible()


def test_closing_a_scene_can_be_undone_and_a_session_brings_it_back(
    studio: Studio, scene_file: Path, tmp_path: Path
) -> None:
    studio.open(scene_file)
    studio.answers.place = tmp_path / "kept"
    studio.trigger("file.save_session")
    studio.wait(lambda: (tmp_path / "kept" / "session.json").exists())
    studio.trigger("file.close")
    assert studio.window.stack.currentWidget() is studio.window.welcome
    studio.trigger("edit.undo")
    studio.window.items_panel.select(studio.window.items.roots[0])
    studio.settle()
    assert studio.desk.scenes.page.is_scene_shown
    studio.trigger("file.close")
    studio.answers.folder = tmp_path / "kept"
    studio.trigger("file.open_session")
    studio.wait(lambda: bool(studio.window.items.roots))
    studio.settle()
    assert studio.desk.scenes.entry is not None


def test_closing_scenes_gives_their_memory_back(studio: Studio, scene_file: Path) -> None:
    alive = []
    for _ in range(4):
        studio.open(scene_file)
        entry = studio.desk.scenes.entry
        assert entry is not None
        alive.append(weakref.ref(entry.document.state.scene.means))
        del entry
        studio.trigger("file.close")
        studio.commander.undo_stack.clear()  # closing can be undone: that holds the row
        studio.settle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert sum(ref() is not None for ref in alive) == 0
