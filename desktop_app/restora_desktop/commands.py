"""Every command of the window, once: menus, toolbar, palette and shortcuts are made from this table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class Need(StrEnum):
    """What must be so before a command can be used."""

    WORKBENCH = "workbench"
    ITEM = "item"
    PICTURE = "picture"
    RESULT = "result"
    TWO = "two"
    FILE = "file"
    RUNNABLE = "runnable"
    CROP = "crop"
    STOCHASTIC = "stochastic"
    SELECTION = "selection"
    JOBS = "jobs"
    UNDO = "undo"
    REDO = "redo"


REASONS: Mapping[Need, str] = MappingProxyType(
    {
        Need.WORKBENCH: "restora is still loading its plugins",
        Need.ITEM: "nothing is open yet",
        Need.PICTURE: "no picture is shown",
        Need.RESULT: "no result is selected",
        Need.TWO: "there is only one picture to show; run a method or select two rows",
        Need.FILE: "what is selected does not come from a file",
        Need.RUNNABLE: "no method is chosen",
        Need.CROP: "the whole picture is visible; zoom in first",
        Need.STOCHASTIC: "the method gives the same result for every seed",
        Need.SELECTION: "no rectangle is drawn; choose Select rectangle and drag over the picture",
        Need.JOBS: "no job is waiting or running",
        Need.UNDO: "there is nothing to undo",
        Need.REDO: "there is nothing to redo",
    }
)
"""What a disabled command says; the window may know a better reason."""


class Scope(StrEnum):
    """Where a shortcut works."""

    WINDOW = "window"
    VIEWER = "viewer"
    """Only while the viewer has the keyboard, so that letters can be typed elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """One row of the table."""

    id: str
    text: str
    """As in the menu, with `&` before the letter that opens it."""
    tip: str
    menu: str
    section: int = 0
    """Entries of a menu with different sections are parted by a line."""
    icon: str = ""
    keys: str = ""
    needs: tuple[Need, ...] = ()
    scope: Scope = Scope.WINDOW
    is_switch: bool = False
    group: str = ""
    """Switches of one group exclude each other."""
    toolbar: int = 0
    """Part of the toolbar, counted from 1; 0 leaves it out."""
    is_menu: bool = False
    """The window fills a submenu of this name."""

    @property
    def title(self) -> str:
        """The text without its mark."""
        return self.text.replace("&", "").removesuffix("…")


_WB, _ITEM, _RUN = (Need.WORKBENCH,), (Need.WORKBENCH, Need.ITEM), (Need.WORKBENCH, Need.ITEM, Need.RUNNABLE)

_FILE = (
    Command(
        id="file.open",
        text="&Open…",
        tip="Open pictures or captures",
        menu="&File",
        icon="open",
        keys="Ctrl+O",
        needs=_WB,
        toolbar=1,
    ),
    Command(
        id="file.open_folder",
        text="Open &folder…",
        tip="Open a folder: a capture, or every picture in it",
        menu="&File",
        icon="folder",
        keys="Ctrl+Shift+O",
        needs=_WB,
    ),
    Command(id="file.recent", text="&Recent", tip="What was opened last", menu="&File", is_menu=True),
    Command(
        id="file.samples", text="Sa&mples", tip="Data that come with restora", menu="&File", is_menu=True
    ),
    Command(
        id="file.paste",
        text="&Paste as item",
        tip="Open what was copied: a picture, or files",
        menu="&File",
        keys="Ctrl+V",
        needs=_WB,
    ),
    Command(
        id="file.reload",
        text="Re&load",
        tip="Read the file again",
        menu="&File",
        section=1,
        icon="retry",
        keys="F5",
        needs=(*_ITEM, Need.FILE),
    ),
    Command(
        id="file.watch",
        text="&Watch file",
        tip="Read the file again whenever it changes",
        menu="&File",
        section=1,
        needs=(*_ITEM, Need.FILE),
        is_switch=True,
    ),
    Command(
        id="file.reading",
        text="&How it is read…",
        tip="State what the file does not say: layout, packing, bit order, colour filter, transfer",
        menu="&File",
        section=1,
        needs=(*_ITEM, Need.FILE),
    ),
    Command(
        id="file.export",
        text="&Export result…",
        tip="Write the result and its recipe",
        menu="&File",
        section=2,
        icon="save",
        keys="Ctrl+E",
        needs=(Need.WORKBENCH, Need.RESULT),
        toolbar=1,
    ),
    Command(
        id="file.export_view",
        text="Export &view…",
        tip="Write what the viewer shows, as it shows it",
        menu="&File",
        section=2,
        needs=(Need.PICTURE,),
    ),
    Command(
        id="file.use_result",
        text="&Use result as item",
        tip="Open the result as an item of its own, to run further methods on it",
        menu="&File",
        section=2,
        needs=(Need.WORKBENCH, Need.RESULT),
    ),
    Command(
        id="file.save_session",
        text="&Save session…",
        tip="Keep what is open, with all results, in a folder",
        menu="&File",
        section=3,
        keys="Ctrl+S",
        needs=_ITEM,
    ),
    Command(
        id="file.open_session",
        text="Open sess&ion…",
        tip="Go on where a session was saved",
        menu="&File",
        section=3,
        needs=_WB,
    ),
    Command(
        id="file.close",
        text="&Close item",
        tip="Close what is selected; a result is taken off the list",
        menu="&File",
        section=4,
        icon="close",
        keys="Ctrl+W",
        needs=(Need.ITEM,),
    ),
    Command(
        id="file.quit",
        text="&Quit",
        tip="End restora",
        menu="&File",
        section=4,
        keys="Ctrl+Q",
    ),
)

_EDIT = (
    Command(
        id="edit.undo",
        text="&Undo",
        tip="Take the last change of the list back",
        menu="&Edit",
        keys="Ctrl+Z",
        needs=(Need.UNDO,),
    ),
    Command(
        id="edit.redo",
        text="&Redo",
        tip="Make it again",
        menu="&Edit",
        keys="Ctrl+Shift+Z",
        needs=(Need.REDO,),
    ),
    Command(
        id="edit.copy_view",
        text="&Copy view",
        tip="Copy what the viewer shows",
        menu="&Edit",
        section=1,
        icon="copy",
        keys="Ctrl+C",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="edit.copy_pixel",
        text="Copy pixel &value",
        tip="Copy the numbers under the pointer",
        menu="&Edit",
        section=1,
        keys="Ctrl+Alt+C",
        needs=(Need.PICTURE,),
    ),
    Command(
        id="edit.copy_recipe",
        text="Copy reci&pe",
        tip="Copy the text that repeats the selected result",
        menu="&Edit",
        section=1,
        needs=(Need.RESULT,),
    ),
    Command(
        id="edit.preferences",
        text="Pre&ferences…",
        tip="Look, memory, weights, notifications",
        menu="&Edit",
        section=2,
        icon="preferences",
        keys="Ctrl+,",
        needs=_WB,
    ),
)

_RUN_MENU = (
    Command(
        id="run.run",
        text="&Run",
        tip="Run the method on what is selected, before all jobs that wait",
        menu="&Run",
        icon="run",
        keys="Ctrl+Return",
        needs=_RUN,
        toolbar=4,
    ),
    Command(
        id="run.crop",
        text="Run on &visible part",
        tip="Run the method on the part of the picture that is in view",
        menu="&Run",
        icon="crop",
        keys="Ctrl+Shift+Return",
        needs=(*_RUN, Need.CROP),
        toolbar=4,
    ),
    Command(
        id="run.queue",
        text="&Add to queue",
        tip="Run the method after all jobs that wait",
        menu="&Run",
        icon="queue",
        keys="Ctrl+Alt+Return",
        needs=_RUN,
        toolbar=4,
    ),
    Command(
        id="run.batch",
        text="&Batch…",
        tip="Run the method on whole folders",
        menu="&Run",
        section=1,
        icon="batch",
        keys="Ctrl+B",
        needs=_WB,
    ),
    Command(
        id="run.seeds",
        text="&Seeds…",
        tip="Run the method several times with different seeds",
        menu="&Run",
        section=1,
        icon="seeds",
        needs=(*_RUN, Need.STOCHASTIC),
    ),
    Command(
        id="run.pause",
        text="&Pause queue",
        tip="Start no further job; the running one goes on",
        menu="&Run",
        section=2,
        icon="pause",
        needs=_WB,
        is_switch=True,
    ),
    Command(
        id="run.cancel",
        text="&Cancel job",
        tip="Stop the running job, or the one selected in the list of jobs",
        menu="&Run",
        section=2,
        icon="cancel",
        keys="Ctrl+.",
        needs=(Need.JOBS,),
    ),
    Command(
        id="run.cancel_all",
        text="Cancel &all",
        tip="Take all jobs back, waiting and running",
        menu="&Run",
        section=2,
        needs=(Need.JOBS,),
    ),
)

_TOOLS = (
    Command(
        id="tools.models",
        text="&Models…",
        tip="The files of weights that methods need",
        menu="&Tools",
        icon="models",
        needs=_WB,
    ),
    Command(
        id="tools.plugins",
        text="&Plugins…",
        tip="What is loaded, and why something is not",
        menu="&Tools",
        icon="plugins",
        needs=_WB,
    ),
    Command(
        id="tools.verify",
        text="&Verify recipe…",
        tip="Repeat a stored result and say whether the same comes out",
        menu="&Tools",
        section=1,
        needs=_WB,
    ),
    Command(
        id="tools.diagnostics",
        text="&Diagnostics…",
        tip="Versions, devices, folders and problems, to copy into a report",
        menu="&Tools",
        section=1,
        needs=_WB,
    ),
    Command(
        id="tools.palette",
        text="&Command palette…",
        tip="Find a command by its name",
        menu="&Tools",
        section=2,
        icon="palette",
        keys="Ctrl+Shift+P",
    ),
)

_HELP = (
    Command(
        id="help.shortcuts",
        text="&Shortcuts…",
        tip="See and change the keys of all commands",
        menu="&Help",
        keys="F1",
    ),
    Command(id="help.tour", text="&Tips", tip="Three tips for the start", menu="&Help"),
    Command(
        id="help.log",
        text="&Log folder",
        tip="Open the folder in which the log lies",
        menu="&Help",
        section=1,
    ),
    Command(
        id="help.about",
        text="&About restora",
        tip="Version and licence",
        menu="&Help",
        section=1,
        icon="info",
    ),
)

_VIEW = (
    Command(
        id="view.single",
        text="&Single",
        tip="Show one picture; hold Space to see the other",
        menu="&View",
        section=0,
        icon="single",
        keys="1",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    Command(
        id="view.wipe",
        text="&Wipe",
        tip="A to the left and B to the right of a line that can be dragged",
        menu="&View",
        section=0,
        icon="wipe",
        keys="2",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    Command(
        id="view.wipe_rows",
        text="Wipe &upright",
        tip="A above and B below a line that can be dragged",
        menu="&View",
        section=0,
        keys="Shift+2",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
    ),
    Command(
        id="view.side",
        text="S&ide by side",
        tip="Up to four pictures beside each other, at the same place",
        menu="&View",
        section=0,
        icon="side",
        keys="3",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    Command(
        id="view.difference",
        text="&Difference",
        tip="What B adds to A, or takes away",
        menu="&View",
        section=0,
        icon="difference",
        keys="4",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    Command(
        id="view.blink",
        text="&Blink",
        tip="A and B in turn",
        menu="&View",
        section=0,
        icon="blink",
        keys="B",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    Command(
        id="view.sheet",
        text="Contact s&heet",
        tip="All pictures, small",
        menu="&View",
        section=0,
        icon="sheet",
        keys="5",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
        is_switch=True,
        group="mode",
        toolbar=2,
    ),
    Command(
        id="view.swap",
        text="S&wap A and B",
        tip="Let A and B change places",
        menu="&View",
        section=1,
        icon="swap",
        keys="X",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.flip",
        text="&Flip A and B",
        tip="Bring the other picture to the front",
        menu="&View",
        section=1,
        keys="Shift+X",
        needs=(Need.PICTURE, Need.TWO),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.link",
        text="&Link views",
        tip="All panes look at the same place",
        menu="&View",
        section=1,
        keys="Ctrl+L",
        needs=(Need.PICTURE,),
        is_switch=True,
    ),
    Command(
        id="view.previous",
        text="&Previous result",
        tip="Select the row above in the list",
        menu="&View",
        section=1,
        keys="[",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.next",
        text="&Next result",
        tip="Select the row below in the list",
        menu="&View",
        section=1,
        keys="]",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.fit",
        text="&Fit",
        tip="Show the whole picture",
        menu="&View",
        section=2,
        icon="fit",
        keys="F",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
        toolbar=3,
    ),
    Command(
        id="view.actual",
        text="&1:1",
        tip="One screen pixel per pixel of the picture",
        menu="&View",
        section=2,
        icon="actual",
        keys="Ctrl+1",
        needs=(Need.PICTURE,),
        toolbar=3,
    ),
    Command(
        id="view.zoom_in",
        text="Zoom &in",
        tip="Look closer",
        menu="&View",
        section=2,
        keys="+",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.zoom_out",
        text="Zoom &out",
        tip="See more",
        menu="&View",
        section=2,
        keys="-",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.select",
        text="Select &rectangle",
        tip="Drag to draw a rectangle, for figures and for parameters that take one",
        menu="&View",
        section=2,
        icon="crop",
        keys="S",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
        is_switch=True,
    ),
    Command(
        id="view.deselect",
        text="&Take rectangle away",
        tip="Select nothing",
        menu="&View",
        section=2,
        keys="Escape",
        needs=(Need.PICTURE, Need.SELECTION),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.channel",
        text="Next &channel",
        tip="Colour, red, green, blue, luminance, alpha in turn",
        menu="&View",
        section=3,
        icon="channels",
        keys="C",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.levels_auto",
        text="Levels &auto",
        tip="Black and white from what is visible",
        menu="&View",
        section=3,
        icon="levels",
        keys="A",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.levels_reset",
        text="Levels &reset",
        tip="Show numbers as they are meant",
        menu="&View",
        section=3,
        keys="R",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.brighter",
        text="&Brighter",
        tip="Half a stop more light",
        menu="&View",
        section=3,
        keys="E",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.darker",
        text="&Darker",
        tip="Half a stop less light",
        menu="&View",
        section=3,
        keys="Shift+E",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
    ),
    Command(
        id="view.marks",
        text="&Mark out of range",
        tip="Hatch numbers below black and above white",
        menu="&View",
        section=3,
        keys="M",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
        is_switch=True,
    ),
    Command(
        id="view.values",
        text="Pixel &values",
        tip="Write the numbers into pixels that are large enough",
        menu="&View",
        section=4,
        keys="V",
        needs=(Need.PICTURE,),
        scope=Scope.VIEWER,
        is_switch=True,
    ),
    Command(
        id="view.rulers",
        text="R&ulers",
        tip="Show where one is along the edges",
        menu="&View",
        section=4,
        needs=(Need.PICTURE,),
        is_switch=True,
    ),
    Command(
        id="view.rings",
        text="Field rin&gs",
        tip="Circles of equal distance from the middle, for lens pictures",
        menu="&View",
        section=4,
        needs=(Need.PICTURE,),
        is_switch=True,
    ),
)

_PANELS = (
    Command(
        id="view.full_screen",
        text="Full s&creen",
        tip="Use the whole screen",
        menu="&View",
        section=9,
        keys="F11",
        is_switch=True,
    ),
    Command(
        id="view.hide_panels",
        text="&Hide panels",
        tip="Leave the screen to the picture",
        menu="&View",
        section=9,
        keys="F9",
        is_switch=True,
    ),
    Command(
        id="view.panels", text="&Panels", tip="Which panels are shown", menu="&View", section=9, is_menu=True
    ),
    Command(
        id="view.reset_layout",
        text="R&eset layout",
        tip="Put all panels back where they were at first",
        menu="&View",
        section=9,
    ),
)

MENUS = ("&File", "&Edit", "&View", "&Run", "&Tools", "&Help")

COMMANDS: tuple[Command, ...] = (*_FILE, *_EDIT, *_VIEW, *_PANELS, *_RUN_MENU, *_TOOLS, *_HELP)
