"""The view menu: how numbers become a picture, and what lies over it."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need, Scope

_row = partial(Command, menu="&View", needs=(Need.PICTURE,), scope=Scope.VIEWER)

SHOWING = (
    _row(
        id="view.channel",
        text="Next &channel",
        tip="Colour, red, green, blue, luminance, alpha in turn",
        section=3,
        icon="channels",
        keys="C",
    ),
    _row(
        id="view.levels_auto",
        text="Levels &auto",
        tip="Black and white from what is visible",
        section=3,
        icon="levels",
        keys="A",
    ),
    _row(
        id="view.levels_reset",
        text="Levels &reset",
        tip="Show numbers as they are meant",
        section=3,
        keys="R",
    ),
    _row(id="view.brighter", text="&Brighter", tip="Half a stop more light", section=3, keys="E"),
    _row(id="view.darker", text="&Darker", tip="Half a stop less light", section=3, keys="Shift+E"),
    _row(
        id="view.marks",
        text="&Mark out of range",
        tip="Hatch numbers below black and above white",
        section=3,
        keys="M",
        is_switch=True,
    ),
    _row(
        id="view.values",
        text="Pixel &values",
        tip="Write the numbers into pixels that are large enough",
        section=4,
        keys="V",
        is_switch=True,
    ),
    _row(
        id="view.rulers",
        text="R&ulers",
        tip="Show where one is along the edges",
        section=4,
        scope=Scope.WINDOW,
        is_switch=True,
    ),
    _row(
        id="view.tiles",
        text="&Tile grid",
        tip="The tiles that a run of the chosen method would be cut into",
        section=4,
        keys="G",
        is_switch=True,
    ),
    _row(
        id="view.rings",
        text="Field rin&gs",
        tip="Circles of equal distance from the middle, for lens pictures",
        section=4,
        scope=Scope.WINDOW,
        is_switch=True,
    ),
)
