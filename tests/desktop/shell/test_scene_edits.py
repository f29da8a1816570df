"""Scenes are selected in, cleaned, cropped, turned and saved; nothing of it touches the file."""

from __future__ import annotations

import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from shiboken6 import isValid

from restora.data.kinds import Kind
from restora.data.scene import GaussianScene
from restora.io.scenes import read_scene, write_scene

sys.path.insert(0, str(Path(__file__).parent))

from scene_samples import balls  # isort: skip

if TYPE_CHECKING:
    from conftest import Studio

    from restora_desktop.models.items import Node
    from restora_desktop.scene.sources import Entry


pytestmark = pytest.mark.usefixtures("renderer_is_compiled")


@pytest.fixture
def node(studio: Studio, tmp_path: Path) -> Node:
    """A scene that is open: 60 balls in a cube, one faint, one far away."""
    scene = balls()
    scene.logit_opacities[0] = -8.0
    scene.means[1] = (40.0, 0.0, 0.0)
    write_scene(tmp_path / "balls.ply", scene)
    return studio.open(tmp_path / "balls.ply")


def entry(studio: Studio) -> Entry:
    found = studio.desk.scenes.entry
    assert found is not None
    return found


def shown(studio: Studio) -> GaussianScene:
    return entry(studio).document.state.scene


def test_the_first_edit_makes_a_copy_and_the_file_stays_as_it_is(
    studio: Studio, node: Node, tmp_path: Path
) -> None:
    before = (tmp_path / "balls.ply").read_bytes()
    studio.desk.scenes.editing.select_range("x", -9, 0.0)
    studio.settle()
    chosen = int(entry(studio).document.selection.sum())
    assert 10 < chosen < 50
    studio.trigger("scene.delete")
    studio.settle()
    copy = studio.window.items_panel.current()
    assert copy is not None
    assert copy is not node
    assert copy.title == "balls.ply (edited)"
    assert shown(studio).count == 60 - chosen
    assert f"{60 - chosen} Gaussians" in copy.subtitle
    assert node.item.scene().count == 60
    assert (tmp_path / "balls.ply").read_bytes() == before
    studio.desk.scenes.editing.select_all()
    studio.trigger("scene.delete")
    studio.settle()
    assert shown(studio).count == 60 - chosen
    assert any("would be left" in text for text in studio.notices())


def test_everything_is_undone_and_done_again_with_the_windows_undo(studio: Studio, node: Node) -> None:
    editing = studio.desk.scenes.editing
    editing.select_range("x", -9, 0.0)
    studio.settle()
    first = entry(studio).document.selection.copy()
    studio.trigger("scene.invert")
    studio.trigger("edit.undo")
    assert np.array_equal(entry(studio).document.selection, first)
    studio.trigger("scene.delete")
    studio.settle()
    editing.reduce_degree(0)
    studio.settle()
    counts = [shown(studio).count]
    for command in ("edit.undo", "edit.undo", "edit.redo", "edit.redo"):
        studio.trigger(command)
        studio.settle()
        counts.append(shown(studio).count)
    left = 60 - int(first.sum())
    assert counts == [left, left, 60, left, left]
    assert len(studio.window.items.roots) == 2, "one copy, however many edits"


def test_selections_join_and_are_counted_and_drawn(studio: Studio, node: Node) -> None:
    editing, pane = studio.desk.scenes.editing, studio.desk.scenes.pane
    shift, ctrl = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
    plain = Qt.KeyboardModifier.NoModifier
    camera = pane.camera()
    editing.select_rectangle(camera, (0.0, 0.0, 0.5, 1.0), plain)
    studio.settle()
    left = int(entry(studio).document.selection.sum())
    editing.select_rectangle(camera, (0.5, 0.0, 1.0, 1.0), shift)
    studio.settle()
    both = int(entry(studio).document.selection.sum())
    assert 0 < left < both <= 60
    assert len(pane.marks.selection) == both
    editing.select_sphere(np.zeros(3), 0.8, ctrl)
    studio.settle()
    assert int(entry(studio).document.selection.sum()) < both
    assert f"of {60}" in studio.window.scene_tools.select.count.text()
    studio.trigger("scene.select_none")
    assert not studio.window.board["scene.delete"].isEnabled()
    assert "no Gaussian is selected" in studio.window.board["scene.delete"].toolTip()


def test_floaters_are_found_looked_at_and_deleted(studio: Studio, node: Node) -> None:
    tab = studio.window.scene_tools.edit
    tab.alone.setChecked(True)
    tab.neighbours.setValue(5)
    tab.look.click()
    studio.settle()
    selection = entry(studio).document.selection
    assert selection[0], "the faint one"
    assert selection[1], "the lonely one"
    assert selection.sum() < 10
    studio.trigger("scene.delete")
    studio.settle()
    assert shown(studio).count == 60 - int(selection.sum())


def test_a_crop_box_is_drawn_and_cuts(studio: Studio, node: Node) -> None:
    tab, pane = studio.window.scene_tools.edit, studio.desk.scenes.pane
    tab.is_box_shown.setChecked(True)
    assert pane.marks.box is not None
    for field in tab.low:
        field.setValue(-0.5)
    for field in tab.high:
        field.setValue(0.5)
    assert pane.marks.box[1].tolist() == [0.5, 0.5, 0.5]
    tab.crop.click()
    studio.settle()
    assert 0 < shown(studio).count < 60
    assert np.abs(shown(studio).means).max() <= 0.5


def test_a_transform_moves_turns_and_scales_once(studio: Studio, node: Node) -> None:
    tab = studio.window.scene_tools.edit
    before = shown(studio).means.copy()
    tab.shift[0].setValue(2.0)
    tab.angles[2].setValue(90.0)
    tab.scale.setValue(3.0)
    tab.apply.click()
    studio.settle()
    turned = 3 * np.stack([-before[:, 1], before[:, 0], before[:, 2]], axis=1) + [2, 0, 0]
    assert np.allclose(shown(studio).means, turned, atol=1e-4)
    assert tab.scale.value() == 1.0
    assert tab.shift[0].value() == 0.0


def test_an_attribute_is_drawn_described_and_selected_by(studio: Studio, node: Node) -> None:
    tab = studio.window.scene_tools.select
    tab.attribute.setCurrentIndex(tab.attribute.findData("opacity"))
    tab.ask()
    studio.settle()
    assert "median" in tab.figures.text()
    tab.high.setValue(0.01)
    tab.choose.click()
    studio.settle()
    assert entry(studio).document.selection.tolist() == [True] + [False] * 59


def test_a_click_tells_which_gaussian_is_there(studio: Studio, node: Node) -> None:
    pane, tab = studio.desk.scenes.pane, studio.window.scene_tools.info
    camera = pane.camera()
    spot = camera.world_to_camera @ np.append(shown(studio).means[5], 1)
    x = (spot[0] / spot[2] * camera.fx + camera.cx) / camera.width
    y = (spot[1] / spot[2] * camera.fy + camera.cy) / camera.height
    pane.inspected.emit(x, y)
    studio.settle()
    assert "of this pixel" in tab.found.text()
    assert not tab.select.isHidden()
    tab.select.click()
    assert entry(studio).document.selected_count == 1
    pane.inspected.emit(0.001, 0.001)
    studio.settle()
    assert "Nothing is there" in tab.found.text()


def test_what_is_saved_is_what_is_shown_and_losses_are_told_first(
    studio: Studio, node: Node, tmp_path: Path
) -> None:
    studio.desk.scenes.editing.select_range("x", -9, 0.0)
    studio.settle()
    studio.trigger("scene.keep_only")
    studio.settle()
    studio.answers.place = tmp_path / "left.ply"
    told: list[str] = []
    studio.window.statusBar().messageChanged.connect(told.append)
    studio.trigger("scene.save")
    studio.settle()
    assert read_scene(tmp_path / "left.ply").count == shown(studio).count
    assert any("left.ply" in text for text in studio.notices())
    assert "Writing left.ply: 100 %" in told
    assert told[-1] == ""
    studio.answers.place = tmp_path / "scene.unknown"
    studio.trigger("scene.save")
    studio.settle()
    assert any("unknown" in text and "ending" in text for text in studio.notices())


def test_a_method_runs_on_the_edited_scene_and_not_on_the_file(studio: Studio, node: Node) -> None:
    studio.desk.scenes.editing.select_range("x", -9, 0.0)
    studio.settle()
    studio.trigger("scene.delete")
    studio.settle()
    item = studio.desk.runner.target_item()
    assert item is not None
    assert item.kind is Kind.SPLAT
    assert item.scene().count == shown(studio).count < 60


def test_an_edited_scene_comes_back_with_the_session(studio: Studio, node: Node, tmp_path: Path) -> None:
    studio.desk.scenes.editing.select_range("x", -9, 0.0)
    studio.settle()
    studio.trigger("scene.delete")
    studio.settle()
    left = shown(studio).count
    studio.answers.place = tmp_path / "kept"
    studio.trigger("file.save_session")
    studio.wait(lambda: (tmp_path / "kept" / "session.json").exists())
    studio.window.items_panel.select(*studio.window.items.roots)
    studio.trigger("file.close")
    studio.answers.folder = tmp_path / "kept"
    studio.trigger("file.open_session")
    studio.wait(lambda: len(studio.window.items.roots) == 2)
    studio.settle()
    copy = studio.window.items.roots[1]
    assert copy.title == "balls.ply (edited)"
    assert copy.item.path is None
    assert copy.item.scene().count == left


def test_edits_can_be_undone_after_the_scene_was_closed_and_brought_back(studio: Studio, node: Node) -> None:
    studio.desk.scenes.editing.select_range("x", -9, 0.0)
    studio.settle()
    studio.trigger("scene.delete")
    studio.settle()
    left = shown(studio).count
    studio.trigger("file.close")
    studio.settle()
    for _ in range(2):  # the closing, then the deleting
        studio.trigger("edit.undo")
    studio.window.items_panel.select(studio.window.items.roots[-1])
    studio.settle()
    assert shown(studio).count == 60
    studio.trigger("edit.redo")
    studio.settle()
    assert shown(studio).count == left


def test_a_scene_that_was_only_looked_at_is_given_back_when_it_is_closed(studio: Studio, node: Node) -> None:
    gone = weakref.ref(entry(studio).document)
    assert not entry(studio).document.has_history
    studio.trigger("file.close")
    studio.settle()
    assert studio.desk.scenes.entry_of(node) is None
    studio.wait(lambda: gone() is None or not isValid(gone()))
