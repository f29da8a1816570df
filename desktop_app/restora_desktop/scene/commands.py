"""The commands of the scene view, as rows of the table of commands."""

from __future__ import annotations

from restora_desktop.command import Command, Need, Scope

MENU = "S&cene"
_SCENE = (Need.SCENE,)
_SELECTION = (Need.SCENE, Need.SCENE_SELECTION)
_KEY = (Need.SCENE, Need.SCENE_KEY)
_PATH = (Need.SCENE, Need.SCENE_PATH)
_RUNNING = (Need.WORKBENCH, Need.SCENE)
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
        "cameras_file",
        "Ca&meras from file…",
        "Say where the cameras stand: COLMAP's images.bin, transforms.json, cameras.json or camera_path.json",
        section=2,
        needs=(Need.WORKBENCH, Need.SCENE, Need.FILE),
    ),
    _row(
        "photos_folder",
        "Photos from folder…",
        "Say where the photographs lie that the cameras name",
        section=2,
        needs=(Need.WORKBENCH, Need.SCENE, Need.FILE, Need.SCENE_CAMERAS),
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
    _row(
        "fixed",
        "Compare with fi&xed picture",
        "Wipe between the scene and what a method made of the render of the same camera",
        "B",
        section=2,
        needs=_CAMERAS,
        is_switch=True,
    ),
)

SELECTING = (
    _row(
        "orbit", "&Orbit by dragging", "Drag to look around", "V", section=3, icon="orbit", group="scene_hand"
    ),
    _row(
        "rectangle",
        "Select by rec&tangle",
        "Drag over what is to be selected; Shift adds, Ctrl takes away",
        "R",
        section=3,
        icon="crop",
        group="scene_hand",
    ),
    _row(
        "sphere",
        "Select by &sphere",
        "Drag from what is in the middle of it; Shift adds, Ctrl takes away",
        "G",
        section=3,
        icon="sphere",
        group="scene_hand",
    ),
    _row("select_all", "Select all", "Select every Gaussian", "Ctrl+A", section=4),
    _row("select_none", "Select none", "Select no Gaussian", "Ctrl+Shift+A", section=4, needs=_SELECTION),
    _row("invert", "In&vert selection", "Select what is not selected", "Ctrl+I", section=4),
    _row(
        "delete",
        "&Delete selected",
        "Take the selected Gaussians away; a scene from a file is copied first",
        "Delete",
        section=4,
        icon="trash",
        needs=_SELECTION,
    ),
    _row(
        "keep_only",
        "&Keep only selected",
        "Take away what is not selected; a scene from a file is copied first",
        section=4,
        needs=_SELECTION,
    ),
    _row("save", "Save scene &as…", "Write the scene, as it is now, to another file", section=6, icon="save"),
)

PATH = (
    _row(
        "path",
        "Camera pat&h",
        "Show the editor of a camera path",
        "T",
        section=5,
        icon="path",
        is_switch=True,
    ),
    _row("key", "&Add key", "The camera path passes through the present view", "K", section=5),
    _row("replace_key", "Replace key", "The selected key looks from here", "Shift+K", section=5, needs=_KEY),
    _row("delete_key", "Delete key", "Take the selected key away", "Shift+Delete", section=5, needs=_KEY),
    _row("play", "Pla&y path", "Move along the camera path", "Space", section=5, needs=_PATH, is_switch=True),
    _row("orbit_path", "Add orbit", "Twelve keys on a circle around the scene", section=5),
    _row("camera_path", "Add cameras", "A key for every camera of the scene", section=5, needs=_CAMERAS),
    _row("open_path", "Open path…", "Add the cameras of a file as keys", section=5),
    _row(
        "export_path",
        "Expor&t frames…",
        "Render every frame of the path into a folder, with transforms.json and camera_path.json",
        section=5,
        needs=_PATH,
        icon="save",
    ),
    _row(
        "screenshot",
        "Screens&hot…",
        "Render the view into a file, at any size",
        "Ctrl+Shift+E",
        section=6,
        icon="camera",
    ),
)

FIXING = (
    _row(
        "fix_view",
        "Fix this &view…",
        "Render the view and hand it to a method, beside photographs from nearby",
        "Ctrl+Alt+F",
        section=7,
        needs=_RUNNING,
        icon="run",
    ),
    _row(
        "fix_cameras",
        "Fix all cameras…",
        "Render every camera of the scene and make a job of each",
        section=7,
        needs=(*_RUNNING, Need.SCENE_CAMERAS),
    ),
    _row(
        "fix_path",
        "Fix pat&h…",
        "Hand the scene and the camera path to a method that renders and fixes every frame",
        section=7,
        needs=(*_RUNNING, Need.SCENE_WAY),
    ),
    _row(
        "stop",
        "Stop rendering",
        "Render no further views; jobs that are queued stay",
        section=7,
        needs=(Need.SCENE, Need.SCENE_RENDERING),
        icon="cancel",
    ),
)

SCENE_COMMANDS: tuple[Command, ...] = (*LOOKING, *CAMERAS, *SELECTING, *PATH, *FIXING)
