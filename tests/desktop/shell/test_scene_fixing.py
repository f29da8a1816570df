"""From the view of a scene to fixed pictures: one view, all cameras, a path."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent

from restora.data.image import Image
from restora.io.writing import write_image
from restora.jobs.states import JobState
from restora_desktop.viewer.compare_modes import CompareMode

sys.path.insert(0, str(Path(__file__).parent))

from scene_samples import scene_with_photos  # isort: skip

if TYPE_CHECKING:
    from conftest import Studio

    from restora_desktop.models.items import Node
    from restora_desktop.scene.fix_dialog import FixDialog
    from restora_desktop.scene.reference_slot import ReferenceSlot

pytestmark = pytest.mark.usefixtures("renderer_is_compiled")


@pytest.fixture
def node(studio: Studio, tmp_path: Path) -> Node:
    """A scene with four cameras and their photographs."""
    path, stated = scene_with_photos(tmp_path)
    studio.desk.opener.open([path], stated)
    studio.wait(lambda: bool(studio.window.items.roots))
    studio.settle()
    return studio.window.items.roots[0]


def dialog(studio: Studio, command: str) -> FixDialog:
    studio.trigger(command)
    found = studio.desk.scene_desk.fixer.dialog
    assert found is not None
    studio.settle()
    return found


def choose(found: FixDialog, method: str) -> None:
    found.method.setCurrentIndex(found.method.findData(method))


def test_cameras_stand_in_the_strip_with_renders_and_photos(studio: Studio, node: Node) -> None:
    scenes = studio.desk.scenes
    assert scenes.page.strip.isVisible()
    assert "4 cameras" in scenes.page.strip.note.text()
    studio.trigger("scene.next_camera")
    studio.settle()
    camera = scenes.pane.navigator.camera
    assert camera is not None
    assert camera.name == "camera 1"
    assert scenes.page.strip.list.currentIndex().row() == 1
    studio.trigger("scene.photo")
    studio.settle()
    assert scenes.pane.wipe is not None
    assert "photo_1.png" in scenes.pane.photo_title
    studio.trigger("scene.next_camera")
    studio.settle()
    assert "photo_2.png" in scenes.pane.photo_title
    scenes.pane.navigator.orbit(0.2, 0)
    assert scenes.pane.wipe is None


def test_a_missing_photo_is_told_in_one_sentence(studio: Studio, node: Node, tmp_path: Path) -> None:
    (tmp_path / "photos" / "photo_0.png").unlink()
    studio.trigger("scene.photo")
    studio.settle()
    assert any("photo_0.png" in text for text in studio.notices())
    assert not studio.window.board["scene.photo"].isChecked()


def test_a_view_is_rendered_listed_and_fixed_beside_the_best_photograph(studio: Studio, node: Node) -> None:
    found = dialog(studio, "scene.fix_view")
    choose(found, "fake.beside")
    assert found.size_field.value() == 64
    assert len(found.slots) == 1
    assert found.slots[0].count() == 4, "none, and three other cameras"
    assert "sees" in found.slots[0].currentText()
    assert not found.slots[0].itemIcon(1).isNull()
    chosen = found.slots[0].currentText().partition(" ·")[0]
    found.accept()
    studio.wait(lambda: any(child.children for child in node.children), 20)
    studio.settle()
    render = node.children[0]
    result = render.children[0]
    assert render.title == "camera 0"
    assert "render, 64 × 48" in render.subtitle
    assert result.seen_from is render.camera
    assert result.picture is not None
    assert render.picture is not None
    number = int(chosen.rpartition(" ")[2])
    expected = (render.picture.pixels + (number + 1) / 5) / 2
    assert np.abs(result.picture.pixels - expected).max() < 0.01
    assert studio.window.items_panel.current() is result
    assert studio.desk.view.mode is CompareMode.WIPE
    assert [layer.name for layer in studio.desk.view.layers] == ["camera 0", "Beside"]


def test_another_photograph_or_none_can_be_chosen(studio: Studio, node: Node) -> None:
    studio.trigger("scene.next_camera")
    found = dialog(studio, "scene.fix_view")
    choose(found, "fake.beside")
    found.slots[0].setCurrentIndex(0)
    found.accept()
    studio.wait(lambda: any(child.children for child in node.children), 20)
    render = node.children[0]
    assert render.picture is not None
    assert render.children[0].picture is not None
    assert np.array_equal(render.children[0].picture.pixels, render.picture.pixels)


def drop(onto: ReferenceSlot, data: QMimeData) -> bool:
    """As a hand does it; whether the slot welcomed it."""
    place, nothing = onto.rect().center(), Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(place, Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)
    enter.ignore()
    onto.dragEnterEvent(enter)
    if enter.isAccepted():
        onto.dropEvent(
            QDropEvent(QPointF(place), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, nothing)
        )
    return enter.isAccepted()


def test_a_camera_of_the_strip_is_dropped_as_reference(studio: Studio, node: Node) -> None:
    found = dialog(studio, "scene.fix_view")
    choose(found, "fake.beside")
    strip = studio.desk.scenes.page.strip.list.model()
    assert strip.flags(strip.index(3, 0)) & Qt.ItemFlag.ItemIsDragEnabled
    (slot,) = found.slots
    slot.setCurrentIndex(0)
    assert drop(slot, strip.mimeData([strip.index(3, 0)]))
    assert slot.currentText().startswith("camera 3")
    assert slot.count() == 4, "it was offered already"
    assert drop(slot, strip.mimeData([strip.index(0, 0)]))
    assert slot.currentText() == "camera 0", "the camera itself is not offered, but may be wanted"
    studio.settle()
    assert not slot.itemIcon(slot.currentIndex()).isNull()
    found.accept()
    studio.wait(lambda: any(child.children for child in node.children), 20)
    render = node.children[0]
    assert render.picture is not None
    assert render.children[0].picture is not None
    expected = (render.picture.pixels + 1 / 5) / 2
    assert np.abs(render.children[0].picture.pixels - expected).max() < 0.01


def test_a_camera_without_photograph_cannot_be_dropped(studio: Studio, node: Node, tmp_path: Path) -> None:
    (tmp_path / "photos" / "photo_3.png").unlink()
    found = dialog(studio, "scene.fix_view")
    choose(found, "fake.beside")
    (slot,) = found.slots
    before = slot.currentText()
    strip = studio.desk.scenes.page.strip.list.model()
    assert drop(slot, strip.mimeData([strip.index(3, 0)]))
    assert slot.currentText() == before
    assert any("no photograph" in said for said in studio.notices())


def test_a_picture_file_is_dropped_as_reference_and_other_things_are_not(
    studio: Studio, node: Node, tmp_path: Path
) -> None:
    write_image(tmp_path / "mine.png", Image(pixels=np.full((20, 30, 3), 0.9, np.float32)))
    (tmp_path / "notes.txt").write_text("no picture")
    found = dialog(studio, "scene.fix_view")
    choose(found, "fake.beside")
    (slot,) = found.slots
    before = slot.currentText()
    text, data = QMimeData(), QMimeData()
    text.setText("camera 3")
    assert not drop(slot, text)
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "notes.txt"))])
    assert drop(slot, data)
    studio.settle()
    assert any("notes.txt" in said for said in studio.notices())
    assert slot.currentText() == before
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "mine.png"))])
    assert drop(slot, data)
    studio.settle()
    assert slot.currentText() == "mine.png"
    assert not slot.itemIcon(slot.currentIndex()).isNull()
    found.accept()
    studio.wait(lambda: any(child.children for child in node.children), 20)
    render = node.children[0]
    assert render.picture is not None
    assert render.children[0].picture is not None
    expected = (render.picture.pixels + 0.9) / 2
    assert np.abs(render.children[0].picture.pixels - expected).max() < 0.01


def test_all_cameras_become_jobs_and_their_results_stand_in_the_strip(studio: Studio, node: Node) -> None:
    found = dialog(studio, "scene.fix_cameras")
    choose(found, "fake.beside")
    found.size_field.setValue(64)
    found.accept()
    studio.wait(lambda: len(node.children) == 4 and all(child.children for child in node.children), 30)
    studio.settle()
    assert [child.title for child in node.children] == [f"camera {n}" for n in range(4)]
    assert all(row.state is JobState.DONE for row in studio.window.jobs.rows)
    assert studio.window.items_panel.current() is node
    studio.trigger("scene.fixed")
    studio.settle()
    pane = studio.desk.scenes.pane
    assert pane.wipe is not None
    assert "Beside" in pane.photo_title


def test_rendering_can_be_stopped(studio: Studio, node: Node) -> None:
    found = dialog(studio, "scene.fix_cameras")
    found.accept()
    studio.trigger("scene.stop")
    assert not studio.window.board["scene.stop"].isEnabled()
    studio.settle()
    assert len(node.children) < 4


def test_a_path_goes_to_a_method_that_gives_frames(studio: Studio, node: Node) -> None:
    found = dialog(studio, "scene.fix_path")
    assert [found.method.itemData(row) for row in range(found.method.count())] == [
        "fake.frames",
        "fake.scene-and-frames",
    ]
    found.accept()
    studio.wait(lambda: bool(node.children), 20)
    studio.settle()
    result = node.children[0].result
    assert result is not None
    assert len(result.frames) == 4
    assert result.frames[0].camera.name == "camera 0"
    row = node.children[0]
    studio.window.items_panel.select(row)
    studio.settle()
    frames = studio.desk.frames
    assert frames.bar.isVisible()
    first = row.picture
    frames.slider.setValue(2)
    studio.wait(lambda: row.picture is not first)
    assert row.picture is not None
    assert np.array_equal(row.picture.pixels, result.frames[2].image().pixels)
    assert row.seen_from is result.frames[2].camera
    assert "3 / 4" in frames.label.text()
    studio.window.items_panel.select(node)
    studio.settle()
    assert frames.bar.isHidden()


def test_a_method_that_gives_a_scene_is_shown_as_one(studio: Studio, node: Node) -> None:
    result = studio.run("fake.scene")
    assert result.result is not None
    assert result.result.scene is not None
    studio.window.items_panel.select(result)
    studio.settle()
    entry = studio.desk.scenes.entry
    assert entry is not None
    assert entry.node is result
    studio.window.items_panel.select(node, result)
    studio.settle()
    assert studio.desk.scenes.pane.wipe is not None


def test_missing_weights_are_told_and_lead_to_the_models(studio: Studio, node: Node) -> None:
    found = dialog(studio, "scene.fix_view")
    found.show_missing({found.info.id: "weights are missing: 3 files, 5 GB"})
    assert not found.go.isEnabled()
    assert "weights are missing" in found.go.toolTip()
    found.get_weights.click()
    assert studio.commander.tools.weights_dialog is not None
    assert studio.commander.tools.weights_dialog.isVisible()
    found.reject()
    studio.commander.tools.weights_dialog.close()


def test_cameras_and_photos_are_stated_later(studio: Studio, tmp_path: Path) -> None:
    path, stated = scene_with_photos(tmp_path)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "photos").rename(tmp_path / "elsewhere" / "pictures")
    node = studio.open(path)
    assert not studio.desk.scenes.page.strip.isVisible()
    assert "cameras" in studio.window.board["scene.next_camera"].toolTip()
    studio.answers.file = stated["cameras"]
    studio.trigger("scene.cameras_file")
    studio.wait(lambda: studio.desk.scenes.page.strip.isVisible())
    studio.settle()
    studio.answers.folder = tmp_path / "elsewhere" / "pictures"
    studio.trigger("scene.photos_folder")
    studio.wait(lambda: "pictures" in node.item.reading)
    studio.settle()
    studio.trigger("scene.photo")
    studio.settle()
    assert "photo_0.png" in studio.desk.scenes.pane.photo_title
