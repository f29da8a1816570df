"""Somebody in front of the window: knows where things are in it."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from hand import Condition, Journey, click, dialog_on_top, focus, keys, write
from PySide6.QtWidgets import QLineEdit, QPushButton, QWidget


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def rest(seconds: float) -> Condition:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


class Person:
    """Knows where things are in the window."""

    def __init__(self, folder: Path) -> None:
        os.environ["RESTORA_HOME"] = str(folder / "home")
        from restora_desktop.application import Application

        self.folder = folder
        self.application = Application()
        self.application.preferences.has_seen_tour = True
        self.application.preferences.folder = str(folder)
        self.window = self.application.window
        self.window.show()

    def is_ready(self) -> bool:
        desk = getattr(self.application, "desk", None)
        return desk is not None and desk.workbench is not None and desk.opener.is_idle and desk.tasks.is_idle

    def is_settled(self) -> bool:
        desk = self.application.desk
        is_quiet = desk.opener.is_idle and desk.runner.is_idle and desk.tasks.is_idle
        is_drawn = desk.view.is_settled or not desk.view.isVisible()
        return is_quiet and not self.window.jobs.active() and is_drawn

    def button(self, name: str) -> QPushButton:
        found = self.window.findChild(QPushButton, name)
        assert isinstance(found, QPushButton), name
        return found

    def sample_button(self, title_part: str) -> QPushButton:
        desk = self.application.desk
        assert desk.workbench is not None
        title = next(info.title for info in desk.workbench.host.samples() if info.id == title_part)
        return next(each for each in self.window.welcome.findChildren(QPushButton) if each.text() == title)

    def choose(self, command_id: str) -> Journey:
        """Through the menu bar, with the mouse."""
        window = self.window
        action = window.board[command_id]
        bar = window.menuBar()
        title = next(each for each in bar.actions() if each.text() == action.command.menu)
        menu = title.menu()
        assert isinstance(menu, QWidget)
        click(bar, bar.actionGeometry(title).center())
        yield menu.isVisible
        assert action.isEnabled(), action.toolTip()
        click(menu, menu.actionGeometry(action).center())

    def notices(self) -> list[str]:
        return [notice.text for notice in self.window.banners.notices]

    def answer_file_dialog(self, path: Path) -> Journey:
        yield lambda: dialog_on_top() is not None
        dialog = dialog_on_top()
        assert dialog is not None
        yield rest(0.4)
        focus(dialog)
        line = dialog.findChild(QLineEdit, "fileNameEdit")
        assert line is not None
        click(line)
        yield line.hasFocus
        write(str(path))
        yield lambda: line.text() == str(path)
        keys("Return")
        yield lambda: dialog_on_top() is not dialog
        focus(dialog_on_top() or self.window)

    def reopen(self, kept: Path) -> Journey:
        """Open a session that was kept, beside what is open."""
        count = len(self.window.items.roots)
        yield from self.choose("file.open_session")
        yield from self.answer_file_dialog(kept)
        yield lambda: len(self.window.items.roots) > count
        yield self.is_settled

    def keep(self, folder: Path) -> Journey:
        """Save the session."""
        keys("ctrl+s")
        yield from self.answer_file_dialog(folder)
        yield lambda: any("is kept in" in text for text in self.notices())
