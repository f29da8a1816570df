"""The run menu."""

from __future__ import annotations

from functools import partial

from restora_desktop.command import Command, Need

_row = partial(Command, menu="&Run")

RUNNING = (
    _row(
        id="run.run",
        text="&Run",
        tip="Run the method on what is selected, before all jobs that wait",
        icon="run",
        keys="Ctrl+Return",
        needs=(Need.WORKBENCH, Need.ITEM, Need.RUNNABLE),
        toolbar=4,
    ),
    _row(
        id="run.crop",
        text="Run on &visible part",
        tip="Run the method on the part of the picture that is in view",
        icon="crop",
        keys="Ctrl+Shift+Return",
        needs=(Need.WORKBENCH, Need.ITEM, Need.RUNNABLE, Need.CROP),
        toolbar=4,
    ),
    _row(
        id="run.queue",
        text="&Add to queue",
        tip="Run the method after all jobs that wait",
        icon="queue",
        keys="Ctrl+Alt+Return",
        needs=(Need.WORKBENCH, Need.ITEM, Need.RUNNABLE),
        toolbar=4,
    ),
    _row(
        id="run.batch",
        text="&Batch…",
        tip="Run the method on whole folders",
        section=1,
        icon="batch",
        keys="Ctrl+B",
        needs=(Need.WORKBENCH,),
    ),
    _row(
        id="run.seeds",
        text="&Seeds…",
        tip="Run the method several times with different seeds",
        section=1,
        icon="seeds",
        needs=(Need.WORKBENCH, Need.ITEM, Need.RUNNABLE, Need.STOCHASTIC),
    ),
    _row(
        id="run.ladder",
        text="&Ladder…",
        tip="See the visible part at five values of the method's tuning parameter, and choose one",
        section=1,
        icon="ladder",
        keys="Ctrl+T",
        needs=(Need.WORKBENCH, Need.ITEM, Need.RUNNABLE, Need.TUNING),
    ),
    _row(
        id="run.pause",
        text="&Pause queue",
        tip="Start no further job; the running one goes on",
        section=2,
        icon="pause",
        needs=(Need.WORKBENCH,),
        is_switch=True,
    ),
    _row(
        id="run.cancel",
        text="&Cancel job",
        tip="Stop the running job, or the one selected in the list of jobs",
        section=2,
        icon="cancel",
        keys="Ctrl+.",
        needs=(Need.JOBS,),
    ),
    _row(
        id="run.cancel_all",
        text="Cancel &all",
        tip="Take all jobs back, waiting and running",
        section=2,
        needs=(Need.JOBS,),
    ),
)
