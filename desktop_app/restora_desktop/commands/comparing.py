"""The view menu: what is shown against what."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need, Scope

_row = partial(Command, menu="&View", needs=(Need.PICTURE, Need.TWO), scope=Scope.VIEWER)

COMPARING = (
    _row(
        id="view.single",
        text="&Single",
        tip="Show one picture; hold Space to see the other",
        icon="single",
        keys="1",
        needs=(Need.PICTURE,),
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    _row(
        id="view.wipe",
        text="&Wipe",
        tip="A to the left and B to the right of a line that can be dragged",
        icon="wipe",
        keys="2",
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    _row(
        id="view.wipe_rows",
        text="Wipe &upright",
        tip="A above and B below a line that can be dragged",
        keys="Shift+2",
        is_switch=True,
        group="mode",
    ),
    _row(
        id="view.side",
        text="S&ide by side",
        tip="Up to four pictures beside each other, at the same place",
        icon="side",
        keys="3",
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    _row(
        id="view.difference",
        text="&Difference",
        tip="What B adds to A, or takes away",
        icon="difference",
        keys="4",
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    _row(
        id="view.blink",
        text="&Blink",
        tip="A and B in turn",
        icon="blink",
        keys="B",
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    _row(
        id="view.sheet",
        text="Contact s&heet",
        tip="All pictures, small",
        icon="sheet",
        keys="5",
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    _row(
        id="view.swap",
        text="S&wap A and B",
        tip="Let A and B change places",
        section=1,
        icon="swap",
        keys="X",
    ),
    _row(
        id="view.flip",
        text="&Flip A and B",
        tip="Bring the other picture to the front",
        section=1,
        keys="Shift+X",
    ),
    _row(
        id="view.link",
        text="&Link views",
        tip="All panes look at the same place",
        section=1,
        keys="Ctrl+L",
        needs=(Need.PICTURE,),
        scope=Scope.WINDOW,
        is_switch=True,
    ),
    _row(
        id="view.previous",
        text="&Previous result",
        tip="Select the row above in the list",
        section=1,
        keys="[",
        needs=(Need.PICTURE,),
    ),
    _row(
        id="view.next",
        text="&Next result",
        tip="Select the row below in the list",
        section=1,
        keys="]",
        needs=(Need.PICTURE,),
    ),
)
