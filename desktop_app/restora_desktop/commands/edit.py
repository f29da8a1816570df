"""The edit menu."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need, Scope

_row = partial(Command, menu="&Edit")

EDIT = (
    _row(
        id="edit.undo",
        text="&Undo",
        tip="Take the last change of the list back",
        keys="Ctrl+Z",
        needs=(Need.UNDO,),
    ),
    _row(id="edit.redo", text="&Redo", tip="Make it again", keys="Ctrl+Shift+Z", needs=(Need.REDO,)),
    _row(
        id="edit.move_up",
        text="Move row u&p",
        tip="Give the selected row the place of the one above; rows can be dragged too",
        section=1,
        icon="up",
        keys="Ctrl+Shift+Up",
        needs=(Need.ITEM,),
    ),
    _row(
        id="edit.move_down",
        text="Move row &down",
        tip="Give the selected row the place of the one below",
        section=1,
        icon="down",
        keys="Ctrl+Shift+Down",
        needs=(Need.ITEM,),
    ),
    _row(
        id="edit.copy_view",
        text="&Copy view",
        tip="Copy what the viewer shows",
        section=2,
        icon="copy",
        keys="Ctrl+C",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    _row(
        id="edit.copy_pixel",
        text="Copy pixel &value",
        tip="Copy the numbers under the pointer",
        section=2,
        keys="Ctrl+Alt+C",
        needs=(Need.PICTURE,),
    ),
    _row(
        id="edit.copy_recipe",
        text="Copy reci&pe",
        tip="Copy the text that repeats the selected result",
        section=2,
        needs=(Need.RESULT,),
    ),
    _row(
        id="edit.preferences",
        text="Pre&ferences…",
        tip="Look, memory, weights, notifications",
        section=3,
        icon="preferences",
        keys="Ctrl+,",
        needs=(Need.WORKBENCH,),
    ),
)
