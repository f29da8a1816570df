"""Every command of the window, once, a module per menu; menus, toolbar, palette and keys are made from it."""

from __future__ import annotations

from restora_desktop.command import Command
from restora_desktop.commands.comparing import COMPARING
from restora_desktop.commands.edit import EDIT
from restora_desktop.commands.file import FILE
from restora_desktop.commands.helping import HELPING
from restora_desktop.commands.looking import LOOKING
from restora_desktop.commands.panels import PANELS
from restora_desktop.commands.running import RUNNING
from restora_desktop.commands.showing import SHOWING
from restora_desktop.commands.tools import TOOLS
from restora_desktop.scene.commands import MENU as SCENE_MENU
from restora_desktop.scene.commands import SCENE_COMMANDS

MENUS = ("&File", "&Edit", "&View", SCENE_MENU, "&Run", "&Tools", "&Help")

COMMANDS: tuple[Command, ...] = (
    *FILE,
    *EDIT,
    *COMPARING,
    *LOOKING,
    *SHOWING,
    *PANELS,
    *SCENE_COMMANDS,
    *RUNNING,
    *TOOLS,
    *HELPING,
)
"""In the order of the menus."""
