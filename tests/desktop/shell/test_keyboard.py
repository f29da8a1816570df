"""Keys go on working where somebody was working with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

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


def stops(studio: Studio, start: QWidget, count: int) -> list[QWidget]:
    """Where the Tab key leads."""
    start.setFocus()
    studio.wait(start.hasFocus)
    found: list[QWidget] = []
    for _ in range(count):
        focused = QApplication.focusWidget()
        assert focused is not None
        found.append(focused)
        studio.qtbot.keyClick(focused, Qt.Key.Key_Tab)
    return found


def test_the_tab_key_goes_from_the_method_through_its_parameters_to_run(
    studio: Studio, picture: Path
) -> None:
    studio.open(picture)
    studio.window.plan.choose("classic.bilateral")
    studio.settle()
    studio.window.activateWindow()
    panel = studio.window.method_panel
    assert panel.rows is not None
    names = {id(panel.chooser): "method", id(panel.run): "run"}
    names.update({id(row): name for name, row in panel.rows.rows.items()})
    seen: list[str] = []
    for stop in stops(studio, panel.chooser, 12):
        place: QWidget | None = stop
        while place is not None and id(place) not in names:
            place = place.parentWidget()
        if place is not None and names[id(place)] not in seen[-1:]:
            seen.append(names[id(place)])
    assert seen[: seen.index("run") + 1] == ["method", *panel.rows.rows, "run"]


def test_the_tab_key_stops_at_nothing_that_lies_behind_another_tab(studio: Studio) -> None:
    studio.window.activateWindow()
    log, jobs = studio.window.log_panel, studio.window.jobs_panel
    found = stops(studio, studio.window.items_panel.tree, 40)
    assert not any(log.isAncestorOf(stop) for stop in found)
    assert any(jobs.isAncestorOf(stop) for stop in found)
    studio.window.docks["log"].raise_()
    studio.settle()
    assert log.list.isVisible()
    found = stops(studio, studio.window.items_panel.tree, 40)
    assert any(log.isAncestorOf(stop) for stop in found)
    assert not any(jobs.isAncestorOf(stop) for stop in found)
