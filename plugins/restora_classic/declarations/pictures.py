"""Methods for any picture."""

from __future__ import annotations

from restora.api import BoolParam, ChoiceParam, FloatParam, Grain, TileRule, Tiling
from restora_classic.declarations.common import memory, picture_method

ANY_CHANNELS = frozenset({1, 3, 4})

IDENTITY = picture_method(
    id="classic.identity",
    title="Identity",
    summary="Gives back the picture unchanged: for trying things out and for converting files.",
    factory="restora_classic.methods.identity:Identity",
    channels=ANY_CHANNELS,
    memory=memory(1, 12.5),
    seconds_per_mpix={"cpu": 0.01},
    tiling=Tiling.HOST,
    tile=TileRule(minimum=64, overlap=0, margin=0),
    grain=Grain.CALL,
    paper="None: it does nothing.",
)

RESIZE = picture_method(
    id="classic.resize",
    title="Resize",
    summary="Makes a picture larger or smaller with a stated filter; pixel centres lie at +0.5.",
    factory="restora_classic.methods.resize:Resize",
    scale=None,
    scale_param="scale",
    channels=ANY_CHANNELS,
    params=(
        FloatParam(
            id="scale",
            label="Scale",
            default=2.0,
            minimum=0.05,
            maximum=8.0,
            step=0.05,
            scale="log",
            unit="x",
            marks=(0.25, 0.5, 1.0, 2.0, 4.0),
            help="Output pixels per input pixel and side; each side is rounded and has at least one pixel.",
        ),
        ChoiceParam(
            id="filter",
            label="Filter",
            default="lanczos",
            choices={
                "nearest": "Nearest",
                "bilinear": "Bilinear",
                "bicubic": "Bicubic (a = -0.5)",
                "lanczos": "Lanczos (3 lobes)",
            },
            help="How a new pixel is computed from old ones: from hard blocks to sharp with slight ringing.",
        ),
        BoolParam(
            id="antialias",
            label="Antialiasing",
            default=True,
            help="Widens the filter when shrinking, so that fine detail does not turn into moire. "
            "Nearest never does.",
        ),
    ),
    presets={
        "Half": {"scale": 0.5, "filter": "lanczos"},
        "Double": {"scale": 2.0, "filter": "lanczos"},
        "Pixel blocks x4": {"scale": 4.0, "filter": "nearest"},
    },
    memory=memory(4, 58.0),
    seconds_per_mpix={"cpu": 0.45},
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    forward_model="restora_classic.methods.picture_prediction:of_resize",
    paper="R. Keys, Cubic convolution interpolation, IEEE TASSP 1981; C. Duchon, Lanczos filtering, 1979",
)

UNSHARP = picture_method(
    id="classic.unsharp",
    title="Unsharp mask",
    summary="Sharpens by adding back what a blur takes away.",
    factory="restora_classic.methods.unsharp:Unsharp",
    params=(
        FloatParam(
            id="sigma",
            label="Radius",
            default=1.5,
            minimum=0.3,
            maximum=8.0,
            step=0.1,
            scale="log",
            unit="px",
            help="Standard deviation of the blur: about the width of the edges to sharpen.",
        ),
        FloatParam(
            id="amount",
            label="Amount",
            default=0.8,
            minimum=0.0,
            maximum=5.0,
            step=0.1,
            help="How much of the lost detail is added; 0 changes nothing.",
        ),
        FloatParam(
            id="threshold",
            label="Threshold",
            default=0.0,
            minimum=0.0,
            maximum=0.25,
            step=0.005,
            help="Detail weaker than this (white is 1) counts as noise and is left alone.",
        ),
    ),
    presets={
        "Gentle": {"sigma": 1.0, "amount": 0.5, "threshold": 0.0},
        "Strong": {"sigma": 2.0, "amount": 1.5, "threshold": 0.01},
        "Local contrast": {"sigma": 8.0, "amount": 0.3, "threshold": 0.0},
    },
    memory=memory(4, 30.0),
    seconds_per_mpix={"cpu": 0.08},
    tiling=Tiling.HOST,
    # 4 standard deviations of the largest radius: what a tile's border can spoil.
    tile=TileRule(minimum=128, overlap=64, margin=32),
    grain=Grain.STEP,
    tuning="amount",
    tuning_is_live=True,
    paper="Unsharp masking, darkroom practice since the 1930s",
)

METHODS = (IDENTITY, RESIZE, UNSHARP)
