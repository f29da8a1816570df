"""The view menu: what of the window is shown."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command

_row = partial(Command, menu="&View")

PANELS = (
    _row(
        id="view.full_screen",
        text="Full s&creen",
        tip="Use the whole screen",
        section=9,
        keys="F11",
        is_switch=True,
    ),
    _row(
        id="view.hide_panels",
        text="&Hide panels",
        tip="Leave the screen to the picture",
        section=9,
        keys="F9",
        is_switch=True,
    ),
    _row(id="view.panels", text="&Panels", tip="Which panels are shown", section=9, is_menu=True),
    _row(
        id="view.reset_layout",
        text="R&eset layout",
        tip="Put all panels back where they were at first",
        section=9,
    ),
)
