"""What a user can set where a scene is looked at along a path."""

from __future__ import annotations

from dataclasses import replace

from restora.api import ChoiceParam, FloatParam, IntParam
from restora_gsvar import declared_parameters as params
from restora_gsvar.shapes_of_parameters import or_published, share

WAY = ChoiceParam(
    id="way",
    label="Frames",
    default="cameras",
    choices={
        "cameras": "Along its camera path, or from every camera",
        "between": "On a smooth way through the cameras",
        "orbit": "On a circle around the scene",
    },
    help="Where frames are taken. A path is drawn in the window or stated with --as camera_path=FILE.",
)

EVERY = IntParam(
    id="every",
    label="Take each so many-th camera",
    default=1,
    minimum=1,
    maximum=1000,
    advanced=True,
    help="Leaves out cameras of the scene, as frames and as corners of a way.",
)

FRAMES = IntParam(
    id="frames",
    label="Number of frames",
    default=60,
    minimum=1,
    maximum=5000,
    help="On a way or a circle. Every frame takes minutes on a CPU; the log says how many after the first.",
)

LONGEST = IntParam(
    id="longest_side",
    label="Longest side",
    default=0,
    minimum=0,
    maximum=8192,
    unit="px",
    help="Of a frame; 0 takes the cameras' own size.",
)

ELEVATION = FloatParam(
    id="elevation",
    label="Height of the circle",
    default=20.0,
    minimum=-80.0,
    maximum=80.0,
    step=5.0,
    unit="degrees",
    visible_if=("way", "orbit"),
    help="How far the circle is lifted towards the sky.",
)

UP = ChoiceParam(
    id="up",
    label="Sky",
    default="-y",
    choices={"-y": "-y", "+y": "+y", "+z": "+z", "-z": "-z"},
    visible_if=("way", "orbit"),
    advanced=True,
    help="The scene's direction towards the sky; scenes made from COLMAP mostly have y down.",
)

BACKGROUND = ChoiceParam(
    id="background",
    label="Background",
    default="black",
    choices={"black": "Black", "white": "White"},
    help="What shows where the scene is transparent: the one that it was trained with.",
)

REFERENCE = ChoiceParam(
    id="reference",
    label="Reference",
    default="overlap",
    choices={
        "overlap": "The photograph that sees most of the frame",
        "pose": "The nearest photograph (published)",
        "previous": "The frame before, mended",
        "file": "The picture that is handed in",
        "none": "None",
    },
    help="What lies beside each frame. Photographs are those that the scene's cameras name; where none is "
    "found, frames are mended alone.",
)

REFERENCE_WINDOW = or_published(
    "reference_window",
    "Part of the reference",
    "Found by rendered depth for every tile; where that leads nowhere the same pixels are taken.",
    ours=("projected", "Where a tile's content is seen in it"),
    published=("same", "The same pixels (published)"),
)

STABILISE = share(
    "stabilise",
    "Stabilising",
    0.5,
    "How much of a frame is taken over from the one before it, where rendered depth says that both show "
    "the same. 0 leaves every frame alone.",
    maximum=0.9,
    advanced=False,
)

FIX_PATH = (
    WAY,
    FRAMES,
    LONGEST,
    REFERENCE,
    STABILISE,
    params.EXTENT,
    params.BRIDGE,
    params.COLOURS,
    params.COLOUR_SOURCE,
    params.BLEND,
    BACKGROUND,
    ELEVATION,
    UP,
    EVERY,
    REFERENCE_WINDOW,
    *params.HOW,
)

ROUNDS = IntParam(
    id="rounds",
    label="Rounds",
    default=3,
    minimum=1,
    maximum=60,
    help="In each, new views a step farther away are mended, and the scene learns from them.",
)

STEPS = IntParam(
    id="steps",
    label="Steps of learning per round",
    default=500,
    minimum=10,
    maximum=20_000,
    help="Each looks at one picture. The state that is closest to held-out photographs is kept.",
)

VIEWS = replace(
    FRAMES,
    id="views",
    label="New views",
    default=12,
    maximum=1000,
    help="How many are mended in each round, on a way or a circle. Each takes minutes on a CPU.",
)

TARGETS = replace(
    WAY,
    default="between",
    choices={
        "between": "On a smooth way through the cameras",
        "cameras": "Along its camera path, or from cameras that have no photograph",
        "orbit": "On a circle around the scene",
    },
    label="New views",
    help="Where new views are to get to, step by step from the photographs.",
)

MOVE = or_published(
    "move",
    "Step towards new views",
    "How far new views move away from the photographs in each round.",
    ours=("relative", "A share of the scene's radius"),
    published=("published", "Half a scene unit (published)"),
)

MOVE_SHARE = FloatParam(
    id="move_share",
    label="Share of the radius",
    default=0.1,
    minimum=0.01,
    maximum=10.0,
    step=0.01,
    visible_if=("move", "relative"),
    advanced=True,
    help="10 goes to the new views at once.",
)

NOVEL_WEIGHT = share("novel_weight", "Weight of mended views", 0.3, "A photograph counts 1.5.", maximum=1.5)

NOVEL_SHARE = share(
    "novel_share",
    "Share of mended views",
    0.3,
    "How often the scene looks at a mended view rather than at a photograph.",
)

ALPHA_WEIGHTS = or_published(
    "pixels",
    "Pixels of mended views",
    "Where the scene is transparent a mended view shows only what was made up.",
    ours=("alpha", "Count by their alpha"),
    published=("published", "Count above one half (published)"),
)

KEEP = or_published(
    "keep",
    "Go on with",
    "Every eighth photograph judges and is not learnt from, where there are at least five.",
    ours=("best", "What is closest to held-out photographs"),
    published=("last", "The latest step (published)"),
)

FIX_SCENE = (
    TARGETS,
    VIEWS,
    ROUNDS,
    STEPS,
    LONGEST,
    REFERENCE,
    params.EXTENT,
    params.BRIDGE,
    params.COLOURS,
    params.COLOUR_SOURCE,
    params.BLEND,
    BACKGROUND,
    ELEVATION,
    UP,
    EVERY,
    MOVE,
    MOVE_SHARE,
    NOVEL_WEIGHT,
    NOVEL_SHARE,
    ALPHA_WEIGHTS,
    KEEP,
    REFERENCE_WINDOW,
    *params.HOW,
)
