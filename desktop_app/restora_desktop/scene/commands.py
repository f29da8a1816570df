"""The commands of the scene view, as rows of the table of commands."""

from __future__ import annotations

from restora_desktop.command import Command, Need, Scope

MENU = "S&cene"
_SCENE = (Need.SCENE,)
_CAMERAS = (Need.SCENE, Need.SCENE_CAMERAS)


def _row(
    name: str,
    text: str,
    tip: str,
    keys: str = "",
    *,
    section: int = 0,
    icon: str = "",
    needs: tuple[Need, ...] = _SCENE,
    is_switch: bool = False,
    group: str = "",
) -> Command:
    return Command(
        id=f"scene.{name}",
        text=text,
        tip=tip,
        menu=MENU,
        section=section,
        icon=icon,
        keys=keys,
        needs=needs,
        scope=Scope.SCENE,
        is_switch=is_switch or bool(group),
        group=group,
    )


LOOKING = (
    _row("frame", "&Frame", "See the scene whole, from the present direction", "F", icon="fit"),
    _row("reset", "&Reset view", "Look as at first", "Home", icon="reset"),
    _row("level", "&Level", "Take the roll of the camera away", "L"),
    _row(
        "pivot",
        "Set &pivot",
        "Orbit what is in the middle of the view; a double click takes what is under the pointer",
        "Return",
    ),
    _row("colour", "&Colour", "Draw colours", "1", section=1, group="scene_channel"),
    _row(
        "depth", "&Depth", "Draw how far away things are; near is dark", "2", section=1, group="scene_channel"
    ),
    _row("alpha", "&Alpha", "Draw how much the Gaussians cover", "3", section=1, group="scene_channel"),
    _row(
        "figures",
        "F&igures",
        "Count, degree, time and quality below the picture",
        "I",
        section=1,
        is_switch=True,
    ),
)

CAMERAS = (
    _row(
        "next_camera",
        "&Next camera",
        "Stand where the next photograph was taken",
        "N",
        section=2,
        needs=_CAMERAS,
    ),
    _row(
        "previous_camera",
        "Pre&vious camera",
        "Stand where the photograph before was taken",
        "P",
        section=2,
        needs=_CAMERAS,
    ),
    _row(
        "nearest_camera",
        "Near&est camera",
        "Stand at the camera that is nearest to the view",
        "C",
        section=2,
        needs=_CAMERAS,
    ),
    _row(
        "photo",
        "Compare with p&hoto",
        "Wipe between the scene and the photograph from the same camera",
        "O",
        section=2,
        icon="wipe",
        needs=_CAMERAS,
        is_switch=True,
    ),
)

SCENE_COMMANDS: tuple[Command, ...] = (*LOOKING, *CAMERAS)
