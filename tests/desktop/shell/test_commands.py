"""The table of commands and what is made from it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMenu, QToolButton

from restora_desktop.command import REASONS, Need, Scope
from restora_desktop.commands import COMMANDS, MENUS
from restora_desktop.dialogs.palette import CommandPalette
from restora_desktop.dialogs.shortcuts import ShortcutsDialog, apply_own_keys

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Studio


def test_ids_are_unique_and_menus_exist() -> None:
    ids = [command.id for command in COMMANDS]
    assert len(ids) == len(set(ids))
    assert {command.menu for command in COMMANDS} == set(MENUS)


@pytest.mark.qt_log_ignore("This plugin does not support")  # a popup wants what only a real display has
def test_a_row_of_the_item_list_offers_what_can_be_done_with_it(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    tree = studio.window.items_panel.tree
    place = tree.visualRect(tree.currentIndex()).center()
    tree.customContextMenuRequested.emit(place)
    menu = tree.findChild(QMenu)
    offered = {action.objectName() for action in menu.actions()}
    assert {"file.reload", "file.export", "file.close", "edit.copy_recipe"} <= offered
    menu.close()


def test_no_two_commands_that_listen_at_one_place_have_the_same_keys() -> None:
    for scope in Scope:
        heard = [command for command in COMMANDS if command.keys and command.scope in {scope, Scope.WINDOW}]
        keys = Counter(QKeySequence(command.keys).toString() for command in heard)
        assert [key for key, count in keys.items() if count > 1] == []


def test_every_need_has_a_reason_and_every_command_a_tip() -> None:
    assert set(REASONS) == set(Need)
    assert all(command.tip for command in COMMANDS)


def test_every_command_is_answered_and_stands_in_a_menu_and_in_the_palette(studio: Studio) -> None:
    ids = {action.command.id for action in studio.window.board.all()}
    assert studio.desk.answered == ids
    in_menus: set[str] = set()
    for menu in studio.window.menuBar().findChildren(QMenu):
        in_menus |= {action.objectName() for action in menu.actions()}
    assert ids <= in_menus
    studio.trigger("tools.palette")
    palette = studio.window.findChild(CommandPalette)
    assert set(palette.shown_ids()) == ids


def test_a_disabled_command_says_why(studio: Studio, picture: Path) -> None:
    board = studio.window.board
    assert not board["run.run"].isEnabled()
    assert REASONS[Need.ITEM] in board["run.run"].toolTip()
    assert REASONS[Need.PICTURE] in board["view.wipe"].toolTip()
    studio.open(picture)
    assert board["run.run"].isEnabled()
    assert REASONS[Need.TWO] in board["view.wipe"].toolTip()
    assert REASONS[Need.CROP] in board["run.crop"].toolTip()


def test_every_control_with_only_an_icon_has_a_name_and_a_tooltip(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    nameless = [
        button.objectName() or repr(button)
        for button in studio.window.findChildren(QToolButton)
        if button.isVisible()
        and not button.text()
        and not button.objectName().startswith("qt_")
        and not (button.accessibleName() and button.toolTip())
    ]
    assert nameless == []


def test_a_disabled_control_of_the_panels_says_why(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    silent = [
        button.text() or button.accessibleName()
        for dock in studio.window.docks.values()
        for button in dock.widget().findChildren(QToolButton)
        if button.isVisible() and not button.isEnabled() and "Not now" not in button.toolTip()
    ]
    assert silent == []


def test_the_palette_finds_by_parts_of_words_and_performs(studio: Studio) -> None:
    studio.trigger("tools.palette")
    palette = studio.window.findChild(CommandPalette)
    QTest.keyClicks(palette.line, "hide pan")
    assert palette.shown_ids() == ["view.hide_panels"]
    QTest.keyClick(palette.line, Qt.Key.Key_Return)
    assert studio.window.docks["items"].isHidden()
    studio.trigger("view.hide_panels")
    assert not studio.window.docks["items"].isHidden()


def test_keys_can_be_changed_and_come_back_at_the_next_start(studio: Studio) -> None:
    board = studio.window.board
    dialog = ShortcutsDialog(board, studio.preferences, studio.window)
    assert dialog.set_keys("run.batch", "Ctrl+Alt+B")
    assert not dialog.set_keys("file.open", "Ctrl+Alt+B")
    assert "Batch" in dialog.note.text()
    board["run.batch"].set_keys("")
    apply_own_keys(board, studio.preferences)
    assert board["run.batch"].shortcut().toString() == "Ctrl+Alt+B"
    assert dialog.set_keys("run.batch", "Ctrl+B")
    assert studio.preferences.shortcut("run.batch") is None


def test_docks_have_names_and_the_layout_is_remembered(studio: Studio) -> None:
    assert all(dock.objectName() for dock in studio.window.docks.values())
    studio.window.docks["log"].hide()
    studio.window.save_layout()
    studio.trigger("view.reset_layout")
    assert not studio.window.docks["log"].isHidden()
    studio.window.restore_layout()
    assert studio.window.docks["log"].isHidden()


def test_every_command_can_be_performed_with_a_result_on_the_screen(
    studio: Studio, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("PySide6.QtGui.QDesktopServices.openUrl", lambda _url: True)
    performed = set()
    for action in studio.window.board.all():
        if action.command.id == "file.quit":
            continue  # the fixture closes the window
        if not any(root.children for root in studio.window.items.roots):
            studio.open(picture)
            studio.run("classic.unsharp")
        studio.window.items_panel.select(
            next(root for root in studio.window.items.roots if root.children).children[0]
        )
        if action.isEnabled():
            performed.add(action.command.id)
            action.trigger()
            if action.isCheckable() and not action.command.group:
                action.trigger()
        studio.settle()
        assert studio.log.lines == ()
    needy = {
        "run.cancel",
        "run.cancel_all",
        "run.crop",
        "run.seeds",
        "view.deselect",
        "edit.redo",
        "file.quit",
    } | {command.id for command in COMMANDS if Need.SCENE in command.needs}
    assert {action.command.id for action in studio.window.board.all()} - performed <= needy
