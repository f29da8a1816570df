"""What a command of the window is, what it needs, and where its keys work."""

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
    TUNING = "tuning"
    SELECTION = "selection"
    JOBS = "jobs"
    UNDO = "undo"
    REDO = "redo"
    SCENE = "scene"
    SCENE_CAMERAS = "scene-cameras"
    SCENE_SELECTION = "scene-selection"
    SCENE_RENDERING = "scene-rendering"
    SCENE_WAY = "scene-way"
    SCENE_KEY = "scene-key"
    SCENE_PATH = "scene-path"


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
        Need.TUNING: "the method declares no parameter to go through step by step",
        Need.SELECTION: "no rectangle is drawn; choose Select rectangle and drag over the picture",
        Need.JOBS: "no job is waiting or running",
        Need.UNDO: "there is nothing to undo",
        Need.REDO: "there is nothing to redo",
        Need.SCENE: "no scene is shown",
        Need.SCENE_KEY: "no key of the camera path is selected",
        Need.SCENE_PATH: "the camera path needs two keys; look somewhere and add a key",
        Need.SCENE_WAY: "the scene has no cameras, and no camera path is drawn",
        Need.SCENE_RENDERING: "no view is being rendered for a job or a film",
        Need.SCENE_SELECTION: "no Gaussian is selected",
        Need.SCENE_CAMERAS: "the scene has no cameras; state them under How it is read",
    }
)
"""What a disabled command says; the window may know a better reason."""


class Scope(StrEnum):
    """Where a shortcut works."""

    WINDOW = "window"
    VIEWER = "viewer"
    """Only while the viewer has the keyboard, so that letters can be typed elsewhere."""
    SCENE = "scene"
    """Only while the view of a scene has the keyboard; it may use the viewer's letters for itself."""


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
