"""What was closed lies in the bin, also after the next start."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from restora_desktop.history.bin import LONGEST_DAYS, MOST_ENTRIES, Bin, clear_old
from restora_desktop.session_folder import SESSION_FILE

if TYPE_CHECKING:
    from conftest import Studio
    from pytestqt.qtbot import QtBot

    from restora.folders import Folders


def menu(studio: Studio) -> QMenu:
    opened = studio.window.board.submenu("file.bin")
    opened.aboutToShow.emit()
    return opened


def offered(studio: Studio) -> list[str]:
    studio.wait(lambda: studio.desk.bin.is_idle)
    return [entry.text() for entry in menu(studio).actions() if entry.isEnabled() and entry.text()]


def bring_back(studio: Studio, title: str) -> None:
    studio.wait(lambda: studio.desk.bin.is_idle)
    next(entry for entry in menu(studio).actions() if entry.text() == title).trigger()
    studio.wait(lambda: studio.desk.bin.is_idle)
    studio.settle()


def test_a_closed_result_lies_in_the_bin_and_comes_back_below_its_item(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    result = studio.run("classic.unsharp", amount=1.5)
    assert offered(studio) == []
    studio.trigger("file.close")
    assert offered(studio) == ["Unsharp mask · photo.png", "Forget these"]
    bring_back(studio, "Unsharp mask · photo.png")
    (back,) = root.children
    assert back is not result
    assert back.result is not None
    assert result.result is not None
    assert back.result.recipe == result.result.recipe
    assert back.result.image.sha256() == result.result.image.sha256()
    assert studio.window.items.roots == (root,)
    assert offered(studio) == []
    studio.trigger("edit.undo")  # bringing back is a step like others
    assert root.children == []
    assert offered(studio) == ["Unsharp mask · photo.png", "Forget these"]


def test_undo_takes_it_out_of_the_bin_and_redo_puts_it_there_again(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("file.close")
    studio.trigger("edit.undo")
    assert offered(studio) == []
    studio.trigger("edit.redo")
    assert len(offered(studio)) == 2


def test_an_item_comes_back_with_all_its_results(studio: Studio, picture: Path) -> None:
    root = studio.open(picture)
    studio.run("classic.unsharp")
    studio.run("classic.bilateral")
    studio.window.items_panel.select(root)
    studio.trigger("file.close")
    bring_back(studio, "photo.png · 2 results")
    (again,) = studio.window.items.roots
    assert [child.title for child in again.children] == ["Unsharp mask", "Bilateral smoothing"]


def test_an_item_that_a_file_holds_is_not_kept_twice(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.trigger("file.close")
    assert offered(studio) == []


def test_a_pasted_picture_is_kept(studio: Studio, picture: Path) -> None:
    opened = studio.open(picture).picture
    assert opened is not None
    studio.desk.opener.take_picture(opened, "pasted 1")
    studio.wait(lambda: len(studio.window.items.roots) == 2)
    studio.settle()
    studio.trigger("file.close")
    bring_back(studio, "pasted 1")
    assert studio.window.items.roots[1].picture.sha256() == opened.sha256()


def test_the_bin_can_be_emptied(studio: Studio, picture: Path) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("file.close")
    bring_back(studio, offered(studio)[-1])
    assert offered(studio) == []


def test_what_was_closed_outlives_the_program(
    studio: Studio, picture: Path, folders: Folders, qtbot: QtBot
) -> None:
    studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("file.close")
    studio.wait(lambda: studio.desk.bin.is_idle)
    later = Bin(folders.state / "session")
    qtbot.waitUntil(lambda: later.is_idle)
    assert [entry.title for entry in later.entries()] == ["Unsharp mask · photo.png"]
    later.close()


def filled(studio: Studio, picture: Path, folders: Folders, count: int) -> Path:
    studio.open(picture)
    studio.run("classic.unsharp")
    studio.trigger("file.close")
    studio.wait(lambda: studio.desk.bin.is_idle)
    folder = folders.state / "session" / "bin"
    (first,) = folder.iterdir()
    for number in range(1, count):
        shutil.copytree(first, folder / f"{int(first.name[:20]) + number:020d}-copy")
    return folder


def test_the_oldest_leave_when_there_are_too_many(studio: Studio, picture: Path, folders: Folders) -> None:
    folder = filled(studio, picture, folders, MOST_ENTRIES + 3)
    names = sorted(each.name for each in folder.iterdir())
    clear_old(folder)
    assert sorted(each.name for each in folder.iterdir()) == names[3:]


def test_what_is_too_old_or_was_never_written_to_its_end_leaves(
    studio: Studio, picture: Path, folders: Folders
) -> None:
    folder = filled(studio, picture, folders, 4)
    old, torn, written, good = sorted(folder.iterdir())
    long_ago = time.time() - (LONGEST_DAYS + 1) * 86400
    os.utime(old, (long_ago, long_ago))
    (torn / SESSION_FILE).unlink()
    (written / SESSION_FILE).unlink()
    hours_ago = time.time() - 2 * 3600
    os.utime(torn, (hours_ago, hours_ago))
    clear_old(folder)
    assert sorted(folder.iterdir()) == [written, good]  # another window may be at work on the one


def test_a_bin_that_cannot_be_written_is_told_and_undo_still_works(
    studio: Studio, picture: Path, folders: Folders
) -> None:
    root = studio.open(picture)
    result = studio.run("classic.unsharp")
    place = folders.state / "session" / "bin"
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text("no folder")
    studio.trigger("file.close")
    studio.wait(lambda: any("cannot hold what was closed" in text for text in studio.notices()))
    studio.trigger("edit.undo")
    assert root.children == [result]


def test_what_cannot_be_read_any_more_stays_and_is_told(
    studio: Studio, picture: Path, folders: Folders
) -> None:
    folder = filled(studio, picture, folders, 1)
    (held,) = folder.rglob("*.tiff")
    held.write_bytes(b"nothing")
    bring_back(studio, "Unsharp mask · photo.png")
    assert any(held.name in text for text in studio.notices())
    assert offered(studio) != []
