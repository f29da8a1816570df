"""The view menu: where one looks, and what is drawn there."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need, Scope

_row = partial(Command, menu="&View", needs=(Need.PICTURE,), scope=Scope.VIEWER)

LOOKING = (
    _row(
        id="view.fit", text="&Fit", tip="Show the whole picture", section=2, icon="fit", keys="F", toolbar=3
    ),
    _row(
        id="view.actual",
        text="&1:1",
        tip="One screen pixel per pixel of the picture",
        section=2,
        icon="actual",
        keys="Ctrl+1",
        scope=Scope.WINDOW,
        toolbar=3,
    ),
    _row(id="view.zoom_in", text="Zoom &in", tip="Look closer", section=2, keys="+"),
    _row(id="view.zoom_out", text="Zoom &out", tip="See more", section=2, keys="-"),
    _row(
        id="view.select",
        text="Select &rectangle",
        tip="Drag to draw a rectangle, for figures and for parameters that take one",
        section=2,
        icon="crop",
        keys="S",
        is_switch=True,
    ),
    _row(
        id="view.line",
        text="Draw &line",
        tip="Drag to draw a line; Inspect > Curve shows the numbers along it",
        section=2,
        keys="L",
        is_switch=True,
    ),
    _row(
        id="view.no_line", text="Take line a&way", tip="Draw no line any more", section=2, scope=Scope.WINDOW
    ),
    _row(
        id="view.deselect",
        text="&Take rectangle away",
        tip="Select nothing",
        section=2,
        keys="Escape",
        needs=(Need.PICTURE, Need.SELECTION),
    ),
)
