"""The file menu."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need

_row = partial(Command, menu="&File")

FILE = (
    _row(
        id="file.open",
        text="&Open…",
        tip="Open pictures or captures",
        icon="open",
        keys="Ctrl+O",
        needs=(Need.WORKBENCH,),
        toolbar=1,
    ),
    _row(
        id="file.open_folder",
        text="Open &folder…",
        tip="Open a folder: a capture, or every picture in it",
        icon="folder",
        keys="Ctrl+Shift+O",
        needs=(Need.WORKBENCH,),
    ),
    _row(id="file.recent", text="&Recent", tip="What was opened last", is_menu=True),
    _row(id="file.samples", text="Sa&mples", tip="Data that come with restora", is_menu=True),
    _row(
        id="file.paste",
        text="&Paste as item",
        tip="Open what was copied: a picture, or files",
        keys="Ctrl+V",
        needs=(Need.WORKBENCH,),
    ),
    _row(
        id="file.reload",
        text="Re&load",
        tip="Read the file again",
        section=1,
        icon="retry",
        keys="F5",
        needs=(Need.WORKBENCH, Need.ITEM, Need.FILE),
    ),
    _row(
        id="file.watch",
        text="&Watch file",
        tip="Read the file again whenever it changes",
        section=1,
        needs=(Need.WORKBENCH, Need.ITEM, Need.FILE),
        is_switch=True,
    ),
    _row(
        id="file.reading",
        text="&How it is read…",
        tip="State what the file does not say: layout, packing, bit order, colour filter, transfer",
        section=1,
        needs=(Need.WORKBENCH, Need.ITEM, Need.FILE),
    ),
    _row(
        id="file.export",
        text="&Export result…",
        tip="Write the result and its recipe",
        section=2,
        icon="save",
        keys="Ctrl+E",
        needs=(Need.WORKBENCH, Need.RESULT),
        toolbar=1,
    ),
    _row(
        id="file.export_view",
        text="Export &view…",
        tip="Write what the viewer shows, as it shows it",
        section=2,
        needs=(Need.PICTURE,),
    ),
    _row(
        id="file.use_result",
        text="&Use result as item",
        tip="Open the result as an item of its own, to run further methods on it",
        section=2,
        needs=(Need.WORKBENCH, Need.RESULT),
    ),
    _row(
        id="file.save_session",
        text="&Save session…",
        tip="Keep what is open, with all results, in a folder",
        section=3,
        keys="Ctrl+S",
        needs=(Need.WORKBENCH, Need.ITEM),
    ),
    _row(
        id="file.open_session",
        text="Open sess&ion…",
        tip="Go on where a session was saved",
        section=3,
        needs=(Need.WORKBENCH,),
    ),
    _row(
        id="file.close",
        text="&Close item",
        tip="Close what is selected; a result is taken off the list",
        section=4,
        icon="close",
        keys="Ctrl+W",
        needs=(Need.ITEM,),
    ),
    _row(
        id="file.bin",
        text="&Bring back closed",
        tip="Results that were closed: the last 20, for 30 days, up to 4 GiB",
        section=4,
        is_menu=True,
    ),
    _row(id="file.quit", text="&Quit", tip="End restora", section=4, keys="Ctrl+Q"),
)
