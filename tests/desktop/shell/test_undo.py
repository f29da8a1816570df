"""What can be taken back beside closing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from restora_desktop.viewer.levels import Levels

if TYPE_CHECKING:
    from pathlib import Path

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
    before = state.levels()
    for white in (0.9, 0.8, 0.7):
        state.set_levels(Levels(white=white))
    studio.wait(lambda: stack.count() == 1)
    studio.trigger("edit.undo")
    assert state.levels() == before
    studio.trigger("edit.redo")
    assert state.levels() == Levels(white=0.7)
    studio.qtbot.wait(700)
    assert stack.count() == 1


def test_levels_that_come_with_another_item_are_no_step(studio: Studio, picture: Path, capture: Path) -> None:
    first = studio.open(picture)
    studio.open(capture)
    studio.window.items_panel.select(first)
    studio.qtbot.wait(700)
    assert studio.commander.undo_stack.count() == 0


def test_levels_of_an_item_that_is_not_shown_are_left_alone(
    studio: Studio, picture: Path, capture: Path
) -> None:
    studio.open(picture)
    state = studio.desk.view.state
    state.set_levels(Levels(white=0.5))
    studio.wait(lambda: studio.commander.undo_stack.count() == 1)
    studio.open(capture)
    shown = state.levels()
    studio.trigger("edit.undo")
    assert state.levels() == shown
    assert studio.commander.undo_stack.count() == 0
