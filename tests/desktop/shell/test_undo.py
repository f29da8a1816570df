"""What can be taken back."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QModelIndex, QPoint, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent
from PySide6.QtWidgets import QApplication

from restora.data.kinds import Transfer
from restora_desktop.session_folder import save
from restora_desktop.viewer.levels import Levels

if TYPE_CHECKING:
    from conftest import Studio


def test_a_new_name_is_taken_back(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    items = studio.window.items
    assert items.setData(items.index_of(root), "  mine ", Qt.ItemDataRole.EditRole)
    assert root.title == "mine"
    studio.trigger("edit.undo")
    assert root.title == "photo.png"
    studio.trigger("edit.redo")
    assert root.title == "mine"


def test_a_name_of_a_row_that_is_closed_is_forgotten(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    items = studio.window.items
    items.setData(items.index_of(root), "mine", Qt.ItemDataRole.EditRole)
    items.remove(root)
    studio.trigger("edit.undo")
    assert root.title == "mine"


def test_a_drag_of_the_levels_is_one_step_that_is_taken_back(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    state, stack = studio.desk.view.state, studio.commander.undo_stack
    before, steps = state.levels(), stack.count()
    for white in (0.9, 0.8, 0.7):
        state.set_levels(Levels(white=white))
    studio.wait(lambda: stack.count() == steps + 1)
    studio.trigger("edit.undo")
    assert state.levels() == before
    studio.trigger("edit.redo")
    assert state.levels() == Levels(white=0.7)
    studio.qtbot.wait(700)
    assert stack.count() == steps + 1


def test_levels_that_come_with_another_item_are_no_step(studio: Studio, picture: Path, capture: Path) -> None:
    first = studio.open(picture)
    studio.open(capture)
    steps = studio.commander.undo_stack.count()
    studio.window.items_panel.select(first)
    studio.qtbot.wait(700)
    assert studio.commander.undo_stack.count() == steps


def test_levels_of_an_item_that_is_not_shown_are_left_alone(
    studio: Studio, picture: Path, capture: Path
) -> None:
    other, first = studio.open(capture), studio.open(picture)
    state, stack = studio.desk.view.state, studio.commander.undo_stack
    steps = stack.count()
    state.set_levels(Levels(white=0.5))
    studio.wait(lambda: stack.count() == steps + 1)
    studio.window.items_panel.select(other)
    shown = state.levels()
    studio.trigger("edit.undo")
    assert state.levels() == shown
    assert stack.count() == steps
    assert studio.window.items.roots == (other, first)


def titles(studio: Studio) -> list[str]:
    return [root.title for root in studio.window.items.roots]


def picture_beside(picture: Path, name: str) -> Path:
    return Path(shutil.copy(picture, picture.with_name(name)))


def test_opening_is_taken_back_and_the_menu_says_what_it_would_take_back(
    studio: Studio, picture: Path
) -> None:
    undo, redo = studio.window.board["edit.undo"], studio.window.board["edit.redo"]
    assert not undo.isEnabled()
    root = studio.open(picture)
    assert undo.text() == "&Undo open photo.png"
    assert not redo.isEnabled()
    studio.trigger("edit.undo")
    assert studio.window.items.roots == ()
    assert redo.text() == "&Redo open photo.png"
    studio.trigger("edit.redo")
    assert studio.window.items.roots == (root,)
    assert studio.window.items_panel.current() is root


def test_an_item_with_results_stays_open_and_says_so(studio: Studio, picture: Path) -> None:
    other = studio.open(picture)
    root = studio.open(picture_beside(picture, "b.png"))
    result = studio.run("classic.unsharp")
    studio.trigger("edit.undo")
    assert studio.window.items.roots == (other, root)
    assert root.children == [result]
    assert any("b.png has results by now" in text for text in studio.notices())
    assert studio.window.board["edit.undo"].text() == "&Undo open photo.png"  # the step is gone
    studio.trigger("edit.undo")
    assert studio.window.items.roots == (root,)


def test_results_that_came_with_a_session_go_with_it(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    save(tmp_path / "kept", studio.desk.sessions.snapshot())
    studio.answers.folder = tmp_path / "kept"
    studio.trigger("file.open_session")
    studio.wait(lambda: len(studio.window.items.roots) == 2)
    studio.settle()
    studio.trigger("edit.undo")
    assert len(studio.window.items.roots) == 1
    studio.trigger("edit.redo")
    assert [child.title for child in studio.window.items.roots[1].children] == ["Unsharp mask"]


def test_several_rows_are_closed_and_come_back_in_one_step(studio: Studio, picture: Path) -> None:
    first = studio.open(picture)
    second = studio.open(picture_beside(picture, "b.png"))
    third = studio.open(picture_beside(picture, "c.png"))
    result = studio.run("classic.unsharp")
    studio.window.items_panel.select(first, third, result)
    studio.trigger("file.close")
    assert studio.window.items.roots == (second,)
    studio.trigger("edit.undo")
    assert studio.window.items.roots == (first, second, third)
    assert third.children == [result]


def test_rows_change_places_by_command_and_by_dragging(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.open(picture_beside(picture, "b.png"))
    third = studio.open(picture_beside(picture, "c.png"))
    studio.trigger("edit.move_up")
    assert titles(studio) == ["photo.png", "c.png", "b.png"]
    assert studio.window.items_panel.current() is third
    items = studio.window.items
    dragged = items.mimeData([items.index_of(third)])
    move = Qt.DropAction.MoveAction
    assert items.canDropMimeData(dragged, move, 3, 0, QModelIndex())
    items.dropMimeData(dragged, move, 3, 0, QModelIndex())
    assert titles(studio) == ["photo.png", "b.png", "c.png"]
    items.dropMimeData(dragged, move, -1, 0, items.index_of(items.roots[0]))
    assert titles(studio) == ["c.png", "photo.png", "b.png"]
    steps = studio.commander.undo_stack.count()
    studio.trigger("edit.move_up")  # it is the first already
    assert studio.commander.undo_stack.count() == steps
    for _ in range(3):
        studio.trigger("edit.undo")
    assert titles(studio) == ["photo.png", "b.png", "c.png"]


def test_a_result_cannot_be_dragged_to_another_item(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    result = studio.run("classic.unsharp")
    other = studio.open(picture_beside(picture, "b.png"))
    items = studio.window.items
    dragged = items.mimeData([items.index_of(result)])
    move = Qt.DropAction.MoveAction
    assert not items.canDropMimeData(dragged, move, 0, 0, items.index_of(other))
    assert not items.canDropMimeData(dragged, move, 1, 0, QModelIndex())


def test_another_way_to_read_a_file_is_taken_back(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    before = root.picture
    studio.desk.opener.reload(root, {"transfer": "linear"})
    studio.settle()
    after = root.picture
    assert after is not None
    assert after.transfer is Transfer.LINEAR
    studio.trigger("edit.undo")
    assert root.picture is before
    assert [layer.image for layer in studio.desk.view.layers] == [before]
    studio.trigger("edit.redo")
    assert root.picture is after


def test_reading_a_file_again_as_before_is_no_step(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    steps = studio.commander.undo_stack.count()
    studio.trigger("file.reload")
    studio.settle()
    assert studio.commander.undo_stack.count() == steps


def test_a_session_is_opened_in_one_step(studio: Studio, picture: Path, tmp_path: Path) -> None:
    studio.open(picture)
    studio.open(picture_beside(picture, "b.png"))
    save(tmp_path / "kept", studio.desk.sessions.snapshot())
    studio.answers.folder = tmp_path / "kept"
    studio.trigger("file.open_session")
    studio.wait(lambda: len(studio.window.items.roots) == 4)
    studio.settle()
    studio.trigger("edit.undo")
    assert titles(studio) == ["photo.png", "b.png"]


def test_a_name_of_a_row_whose_opening_was_taken_back_comes_back_with_it(
    studio: Studio, picture: Path
) -> None:
    root = studio.open(picture)
    items = studio.window.items
    items.setData(items.index_of(root), "mine", Qt.ItemDataRole.EditRole)
    studio.trigger("edit.undo")
    studio.trigger("edit.undo")
    studio.trigger("edit.redo")
    studio.trigger("edit.redo")
    assert titles(studio) == ["mine"]


def test_what_a_job_made_after_its_item_was_closed_can_still_be_opened(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.window.plan.choose("fake.slow")
    studio.settle()
    studio.trigger("run.pause")
    studio.trigger("run.run")
    jobs = studio.window.jobs
    studio.wait(lambda: len(jobs.rows) == 1)
    studio.trigger("edit.undo")
    assert studio.window.items.roots == ()
    studio.trigger("run.pause")
    studio.settle()
    (row,) = jobs.rows
    assert row.job is not None
    assert row.job.result is not None
    studio.window.jobs_panel.activated.emit(row)
    studio.wait(lambda: len(studio.window.items.roots) == 1)
    studio.settle()
    (opened,) = studio.window.items.roots
    assert opened.picture is row.job.result.image


def test_the_delete_key_closes_what_is_selected_in_the_list(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp")
    tree = studio.window.items_panel.tree
    studio.qtbot.mouseClick(tree.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(60, 90))
    tree.setFocus()
    studio.qtbot.keyClick(tree, Qt.Key.Key_Delete)
    assert root.children == []


def test_files_dragged_over_the_list_are_still_taken_by_the_window(studio: Studio, picture: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(picture))])
    viewport = studio.window.items_panel.tree.viewport()
    enter = QDragEnterEvent(
        QPoint(20, 20),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    QApplication.sendEvent(viewport, enter)
    assert enter.isAccepted()
    assert studio.window.welcome.drop.property("active") == "true"
