"""The pages of the guide: what comes along, the keys in force, and the cards of loaded methods."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from restora.plugins.records import PluginRecord, PluginState
from restora_desktop.actions import CommandAction
from restora_desktop.command import Scope

_SHIPPED = ("desktop.md", "scene_view.md")
_PICTURE = re.compile(r"^!\[[^\]]*\]\([^)]*\)\n+", re.MULTILINE)
_WHERE = {Scope.WINDOW: "everywhere", Scope.VIEWER: "in the viewer", Scope.SCENE: "in a scene"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GuidePage:
    """One page, in Markdown."""

    name: str
    """By which other pages refer to it: `scene_view.md`."""
    title: str
    text: str


def shipped_pages() -> tuple[GuidePage, ...]:
    """What comes along with the window."""
    installed = resources.files("restora_desktop").joinpath("pages")
    folder = installed if installed.is_dir() else Path(__file__).parents[2] / "docs"
    return tuple(_page(name, folder.joinpath(name).read_text(encoding="utf-8")) for name in _SHIPPED)


def keys_page(actions: Iterable[CommandAction]) -> GuidePage:
    """All keys as they are now, a table per menu."""
    lines, menu = ["# Keys", "", "Help > Shortcuts changes them."], ""
    for action in actions:
        command = action.command
        keys = action.shortcut().toString()
        if not keys:
            continue
        if command.menu != menu:
            menu = command.menu
            lines += [
                "",
                f"## {menu.replace('&', '')}",
                "",
                "| keys | command | where |",
                "| --- | --- | --- |",
            ]
        lines.append(
            f"| {_cell(keys)} | {_cell(command.title)}: {_cell(command.tip)} | {_WHERE[command.scope]} |"
        )
    return GuidePage(name="keys", title="Keys", text="\n".join(lines))


def card_pages(records: Sequence[PluginRecord]) -> tuple[GuidePage, ...]:
    """The card of each plugin that is loaded and has one beside its module."""
    pages = []
    for record in records:
        package = record.location.partition(".")[0]
        if record.state is not PluginState.LOADED or record.source is not None or "/" in package:
            continue
        card = resources.files(package).joinpath("README.md")
        if card.is_file():
            pages.append(_page(f"{package}.md", card.read_text(encoding="utf-8")))
    return tuple(pages)


def _page(name: str, text: str) -> GuidePage:
    """Without its pictures: the window itself is in front of whoever reads this."""
    title = text.partition("\n")[0].lstrip("# ").partition(":")[0].strip()
    return GuidePage(name=name, title=title, text=_PICTURE.sub("", text))


def _cell(text: str) -> str:
    """A text that does not end its cell of a table."""
    return text.replace("|", "\\|").replace("[", "\\[").replace("<", "\\<")
