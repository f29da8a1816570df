"""Keys go on working where somebody was working with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton

from restora_desktop.viewer.compare_modes import CompareMode
from restora_desktop.viewer.keyboard import holds_keyboard

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio


def press(studio: Studio, key: Qt.Key) -> None:
    focused = QApplication.focusWidget()
    assert focused is not None
    studio.qtbot.keyClick(focused, key)


def test_keys_of_the_viewer_work_after_the_handle_that_had_them_is_gone(
    studio: Studio, picture: Path
) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    view = studio.desk.view
    assert view.mode is CompareMode.WIPE
    wipe = view.panes[0].wipe
    assert wipe is not None
    studio.window.activateWindow()
    wipe.setFocus()
    studio.wait(wipe.hasFocus)
    for key, mode in (
        (Qt.Key.Key_1, CompareMode.SINGLE),
        (Qt.Key.Key_3, CompareMode.SIDE_BY_SIDE),
        (Qt.Key.Key_2, CompareMode.WIPE),
    ):
        press(studio, key)
        assert view.mode is mode
        assert holds_keyboard(view)


def test_keys_of_the_viewer_work_after_the_pane_that_had_them_is_gone(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    view = studio.desk.view
    studio.trigger("view.side")
    studio.window.activateWindow()
    view.panes[1].setFocus()
    studio.wait(view.panes[1].hasFocus)
    press(studio, Qt.Key.Key_1)
    assert view.mode is CompareMode.SINGLE
    assert view.panes[0].hasFocus()


def test_whoever_opens_from_the_first_page_goes_on_with_the_keys_of_the_viewer(
    studio: Studio, picture: Path
) -> None:
    studio.window.activateWindow()
    button = next(each for each in studio.window.welcome.findChildren(QPushButton) if each.isVisible())
    button.setFocus()
    studio.wait(button.hasFocus)
    studio.open(picture)
    assert studio.desk.view.panes[0].hasFocus()


def test_whoever_works_in_the_list_stays_there(studio: Studio, picture: Path) -> None:
    first = studio.open(picture)
    studio.window.activateWindow()
    tree = studio.window.items_panel.tree
    tree.setFocus()
    studio.wait(tree.hasFocus)
    studio.open(picture)
    studio.window.items_panel.select(first)
    assert tree.hasFocus()
