"""Actions made from the table of commands, with menus, toolbar and the reasons of what is disabled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu, QToolBar, QWidget

from restora_desktop.command import Command, Need, Scope
from restora_desktop.commands import COMMANDS, MENUS
from restora_desktop.icons import icon


class CommandAction(QAction):
    """The action of one command.

    Signals:
        chosen: the command's id, and whether its switch is on.
    """

    chosen = Signal(str, bool)

    def __init__(self, command: Command, parent: QObject) -> None:
        super().__init__(command.text, parent)
        self.command = command
        self.setObjectName(command.id)
        self.setCheckable(command.is_switch)
        if command.scope is not Scope.WINDOW:
            self.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        self.set_keys(command.keys)
        self.refresh_icon()
        self.triggered.connect(self._pass_on)

    def set_keys(self, keys: str) -> None:
        """Use another shortcut; an empty text takes it away."""
        self.setShortcut(QKeySequence(keys))
        self.explain(None)

    def say(self, more: str) -> None:
        """Let the menu say what it is about: `Undo close photo.png`."""
        self.setText(f"{self.command.text} {more.replace('&', '&&')}".rstrip())

    def refresh_icon(self) -> None:
        """Draw the icon in the colours in force."""
        if self.command.icon:
            self.setIcon(icon(self.command.icon))

    def explain(self, reason: str | None) -> None:
        """Enable the command, or disable it and say why."""
        self.setEnabled(reason is None)
        keys = self.shortcut().toString(QKeySequence.SequenceFormat.NativeText)
        tip = f"{self.command.tip} ({keys})" if keys else self.command.tip
        self.setToolTip(tip if reason is None else f"{tip}\nNot now: {reason}.")
        self.setStatusTip(self.command.tip if reason is None else f"{self.command.tip}. Not now: {reason}.")

    def _pass_on(self, checked: bool) -> None:
        self.chosen.emit(self.command.id, checked)


class ActionBoard(QObject):
    """All actions of the window.

    Signals:
        chosen: the id of a command, and whether its switch is on.
    """

    chosen = Signal(str, bool)

    def __init__(self, parent: QObject, commands: Iterable[Command] = COMMANDS) -> None:
        super().__init__(parent)
        self._actions: dict[str, CommandAction] = {}
        self._submenus: dict[str, QMenu] = {}
        self._groups: dict[str, QActionGroup] = {}
        for command in commands:
            action = CommandAction(command, self)
            action.chosen.connect(self.chosen)
            if command.group:
                self._groups.setdefault(command.group, QActionGroup(self)).addAction(action)
            self._actions[command.id] = action

    def __getitem__(self, command_id: str) -> CommandAction:
        return self._actions[command_id]

    def all(self) -> tuple[CommandAction, ...]:
        """In the order of the table; those that open a submenu are left out."""
        return tuple(action for action in self._actions.values() if not action.command.is_menu)

    def submenu(self, command_id: str) -> QMenu:
        """The submenu of a command that has one; made by `fill_menus`."""
        return self._submenus[command_id]

    def fill_menus(self, window: QMainWindow) -> None:
        """Make the menu bar."""
        for title in MENUS:
            menu = window.menuBar().addMenu(title)
            menu.setToolTipsVisible(True)
            menu.setObjectName(f"menu.{title.replace('&', '').lower()}")
            self._fill(menu, [action for action in self._actions.values() if action.command.menu == title])
        for action in self._actions.values():
            if not action.command.is_menu and action.command.scope is Scope.WINDOW:
                window.addAction(action)  # so that shortcuts work while the menu bar is hidden

    def _fill(self, menu: QMenu, actions: Iterable[CommandAction]) -> None:
        section = None
        for action in actions:
            if section is not None and action.command.section != section:
                menu.addSeparator()
            section = action.command.section
            if action.command.is_menu:
                submenu = menu.addMenu(action.command.text)
                submenu.setToolTipsVisible(True)
                self._submenus[action.command.id] = submenu
            else:
                menu.addAction(action)

    def fill_toolbar(self, toolbar: QToolBar) -> None:
        """Put the chosen commands onto the toolbar, part by part."""
        toolbar.setIconSize(QSize(20, 20))
        shown = sorted(
            (action for action in self._actions.values() if action.command.toolbar),
            key=lambda action: action.command.toolbar,
        )
        part = None
        for action in shown:
            if part is not None and action.command.toolbar != part:
                toolbar.addSeparator()
            part = action.command.toolbar
            toolbar.addAction(action)
            toolbar.widgetForAction(action).setAccessibleName(action.command.title)

    def give_keys(self, scope: Scope, widget: QWidget) -> None:
        """Let the commands of a scope listen to keys there."""
        for action in self._actions.values():
            if action.command.scope is scope:
                widget.addAction(action)

    def refresh(self, missing: Mapping[Need, str]) -> None:
        """Enable what can be used; `missing` says what is not so at the moment, and why."""
        for action in self._actions.values():
            reasons = [missing[need] for need in action.command.needs if need in missing]
            action.explain(reasons[0] if reasons else None)

    def refresh_icons(self) -> None:
        """After the theme has changed."""
        for action in self._actions.values():
            action.refresh_icon()

    def conflict(self, command_id: str, keys: str) -> Command | None:
        """Another command that already has these keys where this one listens; None where they are free."""
        wanted, scope = QKeySequence(keys), self._actions[command_id].command.scope
        if wanted.isEmpty():
            return None
        for action in self._actions.values():
            meets = scope is action.command.scope or Scope.WINDOW in (scope, action.command.scope)
            if meets and action.command.id != command_id and action.shortcut() == wanted:
                return action.command
        return None
