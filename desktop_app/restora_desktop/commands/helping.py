"""The help menu."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command

_row = partial(Command, menu="&Help")

HELPING = (
    _row(
        id="help.guide",
        text="&Guide",
        tip="How things are done, all keys, and what each method does",
        icon="info",
        keys="F1",
    ),
    _row(id="help.shortcuts", text="&Shortcuts…", tip="See and change the keys of all commands", keys="?"),
    _row(id="help.tour", text="&Tips", tip="Three tips for the start"),
    _row(id="help.log", text="&Log folder", tip="Open the folder in which the log lies", section=1),
    _row(id="help.about", text="&About restora", tip="Version and licence", section=1, icon="info"),
)
