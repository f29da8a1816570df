"""What a user can set."""

from __future__ import annotations

from dataclasses import replace

from restora.api import BoolParam, ChoiceParam, FloatParam, IntParam
from restora_gsvar.shapes_of_parameters import or_published, share

EXTENT = ChoiceParam(
    id="extent",
    label="Seen at once",
    default="auto",
    choices={
        "auto": "Tiles if larger than 512 x 512",
        "resize": "The whole picture, shrunk to 512",
        "tiles": "Overlapping tiles of 512 at full detail",
    },
    help="The network sees 512 x 512 pixels. Shrinking is quick and loses detail, tiles keep it.",
)

FIT = or_published(
    "fit",
    "Proportions",
    "How a picture is brought to the network's size.",
    ours=("kept", "Kept, filled up by reflection"),
    published=("published", "Stretched, as published"),
)

WINDOWS = or_published(
    "windows",
    "Placing of tiles",
    "As published, the last tile is moved back and weights stand half a latent off centre.",
    ours=("even", "Spread evenly, symmetric weights"),
    published=("published", "As published"),
)

OVERLAP = IntParam(
    id="overlap",
    label="Overlap of tiles",
    default=8,
    minimum=4,
    maximum=16,
    unit="latents of 16 pixels",
    advanced=True,
    help="How much neighbouring tiles share; more is smoother and slower.",
)

BATCH = IntParam(
    id="batch",
    label="Tiles at once",
    default=0,
    minimum=0,
    maximum=16,
    advanced=True,
    help="0 takes as many as the declared memory holds on a graphics card, and one on a processor, which "
    "gains nothing by more. Each takes 1.9 GB (half with bf16). Results stay the same up to rounding.",
)

WEIGHTS = ChoiceParam(
    id="weights",
    label="Weights",
    default="auto",
    choices={
        "auto": "Those trained for what is given",
        "paired": "Trained with references",
        "single": "Trained without references",
    },
    help="Automatic takes the weights trained with references where one is given, else the others; and the "
    "other sort where only that is here. Nobody published how well the one does in the other's place.",
    advanced=True,
)

BRIDGE = ChoiceParam(
    id="bridge",
    label="Bridge",
    default="auto",
    choices={"auto": "If its weights are here", "on": "On", "off": "Off"},
    help="Mixes features and pixels of the render back in, so that fine detail stays as it was.",
)

REFINER = BoolParam(
    id="refiner",
    label="Refiner",
    default=True,
    help="Adds what lies between the codes. Off is a little quicker and leaves no chance in the result.",
)

TEMPERATURE = share(
    "temperature",
    "Refiner's temperature",
    1.0,
    "How much chance the refiner is given; less is calmer from frame to frame.",
    visible_if=("refiner", True),
)

TOP_K = IntParam(
    id="top_k",
    label="Likeliest codes to draw from",
    default=1,
    minimum=1,
    maximum=4096,
    advanced=True,
    help="1 always takes the likeliest, as published.",
)

TOP_P = FloatParam(
    id="top_p",
    label="Probability to draw from",
    default=0.96,
    minimum=0.0,
    maximum=1.0,
    step=0.01,
    advanced=True,
    help="Codes are drawn from the likeliest that carry this much together; without effect where only one is "
    "left.",
)

COLOURS = ChoiceParam(
    id="colours",
    label="Colour fix",
    default="none",
    choices={"none": "None", "wavelet": "Wavelet", "adain": "Mean and spread (AdaIN)"},
    help="Takes over colours from the render or the reference.",
)

COLOUR_SOURCE = or_published(
    "colour_source",
    "Colours from",
    "As published, those of the reference are taken; that shifts colours where it shows other things.",
    ours=("render", "The render"),
    published=("reference", "The reference"),
)

BLEND = share("blend", "Strength", 1.0, "1 is the network's picture, 0 the render.", advanced=False)

WHOLE = BoolParam(
    id="whole",
    label="Decode at once",
    default=False,
    advanced=True,
    help="Pictures above 0.6 megapixels are decoded in overlapping blocks. At once, as published, takes "
    "about 8 GB per megapixel.",
)

SCALE = FloatParam(
    id="scale",
    label="Scale",
    default=1.0,
    minimum=1.0,
    maximum=4.0,
    step=0.1,
    unit="x",
    marks=(1.0, 2.0, 4.0),
    help="The picture is enlarged first. The weights were trained for 4, on small and damaged pictures.",
)

GUIDANCE = FloatParam(
    id="guidance",
    label="Guidance",
    default=6.0,
    minimum=0.0,
    maximum=10.0,
    step=0.5,
    marks=(6.0, 7.0),
    help="How far the result is pushed away from what a bad picture looks like; published: 6, for tiles 7.",
)

_GENERATION = (REFINER, TEMPERATURE, TOP_K, TOP_P)
_PLACING = (FIT, WINDOWS, OVERLAP, BATCH, WHOLE)

HOW = (WEIGHTS, *_GENERATION, *_PLACING)
FIX = (EXTENT, BRIDGE, COLOURS, COLOUR_SOURCE, BLEND, *HOW)

ENHANCE = (
    SCALE,
    GUIDANCE,
    EXTENT,
    replace(COLOURS, default="adain", help="Takes over the colours of the picture."),
    BLEND,
    REFINER,
    TEMPERATURE,
    TOP_K,
    replace(TOP_P, default=0.75),
    *_PLACING,
)
