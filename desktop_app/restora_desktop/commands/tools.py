"""The tools menu."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need

_row = partial(Command, menu="&Tools", needs=(Need.WORKBENCH,))

TOOLS = (
    _row(id="tools.models", text="&Models…", tip="The files of weights that methods need", icon="models"),
    _row(
        id="tools.plugins", text="&Plugins…", tip="What is loaded, and why something is not", icon="plugins"
    ),
    _row(
        id="tools.consistency",
        text="&Hold against the measurement",
        tip="Send the result back through the method's forward model and map what it does not explain",
        section=1,
        needs=(Need.WORKBENCH, Need.RESULT),
    ),
    _row(
        id="tools.spread",
        text="&Spread over seeds",
        tip="Map how much the results of different seeds differ: what the data did not determine",
        section=1,
        needs=(Need.WORKBENCH, Need.RESULT),
    ),
    _row(
        id="tools.verify",
        text="&Verify recipe…",
        tip="Repeat a stored result and say whether the same comes out",
        section=1,
    ),
    _row(
        id="tools.diagnostics",
        text="&Diagnostics…",
        tip="Versions, devices, folders and problems, to copy into a report",
        section=1,
    ),
    _row(
        id="tools.palette",
        text="&Command palette…",
        tip="Find a command by its name",
        section=2,
        icon="palette",
        keys="Ctrl+Shift+P",
        needs=(),
    ),
)
