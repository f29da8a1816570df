"""What a user can set."""

from __future__ import annotations

from restora.api import ChoiceParam, FloatParam, IntParam, ReferenceParam, TextParam
from restora_dmdiff.prompts import NEGATIVE, NEUTRAL, POSITIVE

_OUTSIDE = "outside the published recipe"

ALPHA = FloatParam(
    id="alpha",
    label="Fidelity to perception",
    default=0.75,
    minimum=-0.5,
    maximum=1.5,
    step=0.05,
    marks=(0.0, 0.75, 1.0, 1.05),
    help="0 is faithful and soft, 1 sharp with invented detail; beyond 1 exaggerates, below 0 softens "
    "further. The "
    "authors measured 0.75 and 1.05. After the first run of a picture a change costs one decoding.",
)

SCALE = FloatParam(
    id="scale",
    label="Scale",
    default=1.28,
    minimum=0.25,
    maximum=4.0,
    step=0.01,
    unit="x",
    marks=(1.0, 1.28),
    help="Result pixels per pixel of the photograph. The network makes 1.28 (400 to 512); others are "
    "resampled.",
)

IMITATION_SCALE = FloatParam(
    id="scale",
    label="Scale",
    default=1.0,
    minimum=0.25,
    maximum=4.0,
    step=0.01,
    unit="x",
    marks=(0.78125, 1.0),
    help="Result pixels per pixel of the picture. The network makes 1; 0.78125 gives photographs of 400 "
    "for 512.",
)

EXTENT = ChoiceParam(
    id="extent",
    label="Field of view",
    default="tiles",
    choices={"tiles": "Overlapping tiles at full detail", "field": "The whole picture as one field"},
    help="The network sees a field of 400 pixels. Tiles go over larger pictures field by field, each with "
    "its own part "
    "of the map. As one field, the picture is shrunk to it: for photographs with more pixels than the lens "
    "resolves.",
)

OVERLAP = IntParam(
    id="overlap",
    label="Overlap of tiles",
    default=2,
    minimum=2,
    maximum=6,
    unit="eighths of a tile",
    advanced=True,
    help="How much neighbouring tiles share; more is smoother and slower.",
    visible_if=("extent", "tiles"),
)

SAMPLES = ChoiceParam(
    id="samples",
    label="Samples per field",
    default="128",
    choices={
        "128": "128 x 128, as trained",
        "256": f"256 x 256 ({_OUTSIDE})",
        "all": f"All ({_OUTSIDE})",
    },
    advanced=True,
    help="As published, a field is shrunk to 128 x 128 samples before the network sees it. More keeps "
    "detail of the "
    "photograph, but the weights never saw such input.",
)

IMITATION_SAMPLES = ChoiceParam(
    id="samples",
    label="Samples per field",
    default="all",
    choices={"128": "128 x 128", "256": "256 x 256", "all": "All"},
    advanced=True,
    help="How far a field is shrunk before the network sees it. Clean pictures probably went in whole when "
    "the weights were trained; "
    "nobody could verify that.",
)

LEVELS = TextParam(
    id="levels",
    label="Quality map",
    default="",
    multiline=True,
    table=(7, 7, 0.0, 16.0),
    advanced=True,
    help="Empty measures it. Otherwise 7 x 7 numbers from 0 (worst) to 16, row by row over the whole "
    "picture, or one "
    "number for everywhere; the window below is still applied.",
)

MAP_PICTURE = ReferenceParam(
    id="map_picture",
    label="Quality map as a picture",
    advanced=True,
    help="A picture of any size that covers the photograph: white where it is good, black where it is worst. "
    "It replaces numbers and window; the gain still applies. The map of a run can be exported, painted over "
    "and given here.",
)

IMITATION_LEVELS = TextParam(
    id="levels",
    label="Quality map",
    default="5",
    multiline=True,
    table=(7, 7, 0.0, 16.0),
    help="How bad the imitated photographs are: 7 x 7 numbers from 0 (worst) to 16, row by row over the "
    "picture, or one "
    "number for everywhere. 5 is a guess. Empty measures the picture itself; not used where a photograph "
    "is given.",
)

PHOTO = ReferenceParam(
    id="photo",
    label="Photograph to imitate",
    help="A metalens photograph whose quality map is measured; this needs the weights of MUSIQ.",
)

GAIN = FloatParam(
    id="gain",
    label="Map gain",
    default=1.0,
    minimum=0.0,
    maximum=2.0,
    step=0.05,
    advanced=True,
    help="Multiplies the map: below 1 the network believes the photograph to be worse than measured.",
)

WINDOW = ChoiceParam(
    id="window",
    label="Window over the field",
    default="centre",
    choices={"centre": "Published: full in the centre", "none": "None", "stated": "Stated below"},
    advanced=True,
    help="Weights the map by the place in the field, because lenses are best in the centre.",
)

WINDOW_VALUES = TextParam(
    id="window_values",
    label="Own window",
    default="",
    multiline=True,
    table=(7, 7, 0.0, 1.0),
    advanced=True,
    help="7 x 7 numbers from 0 to 1, row by row over the whole picture.",
    visible_if=("window", "stated"),
)

DRAW = ChoiceParam(
    id="latent",
    label="Latent",
    default="sample",
    choices={"sample": "Drawn with the seed", "mean": "Mean, without chance"},
    help="As published the encoder's latent is drawn at random; the mean gives the same picture for every "
    "seed.",
)

COLOURS = ChoiceParam(
    id="colours",
    label="Colour fix",
    default="none",
    choices={"none": "None", "wavelet": "Wavelet", "adain": "Mean and spread (AdaIN)"},
    help="Takes colours from the photograph. Its veil and cast are part of the damage and come back with "
    "them.",
)

POSITIVE_TEXT = TextParam(
    id="positive",
    label="Positive prompt",
    default=POSITIVE,
    max_length=500,
    multiline=True,
    advanced=True,
    help="What the knob's 1 stands for. The weights know this text only; another needs the vocabulary files.",
)

NEUTRAL_TEXT = TextParam(
    id="neutral",
    label="Neutral prompt",
    default=NEUTRAL,
    max_length=500,
    multiline=True,
    advanced=True,
    help="What the knob's 0 stands for. The weights know this text only; another needs the vocabulary files.",
)

NEGATIVE_TEXT = TextParam(
    id="negative",
    label="Prompt",
    default=NEGATIVE,
    max_length=500,
    multiline=True,
    advanced=True,
    help="The text under which the weights learnt to imitate. Another needs the vocabulary files.",
)

LENS = ChoiceParam(
    id="lens",
    label="Lens to check against",
    default="none",
    choices={"none": "Not known", "metalens": "Typical metalens", "gaussian": "Gaussian, by hand"},
    group="Consistency",
    advanced=True,
    help="The result is not changed by it. Where the lens's blur is known, the result can be blurred again "
    "and held against the photograph.",
)

LENS_SPREAD = FloatParam(
    id="lens_spread",
    label="Spread of the lens",
    default=1.0,
    minimum=0.25,
    maximum=4.0,
    step=0.05,
    scale="log",
    unit="x",
    group="Consistency",
    advanced=True,
    help="Multiplies all widths of the typical lens.",
    visible_if=("lens", "metalens"),
)

LENS_CENTRE = FloatParam(
    id="lens_centre",
    label="Sigma of the lens, centre",
    default=2.0,
    minimum=0.1,
    maximum=30.0,
    scale="log",
    unit="px of 400",
    group="Consistency",
    advanced=True,
    help="Standard deviation of the blur in the centre, for a shorter side of 400 pixels.",
    visible_if=("lens", "gaussian"),
)

LENS_CORNER = FloatParam(
    id="lens_corner",
    label="Sigma of the lens, corner",
    default=4.0,
    minimum=0.1,
    maximum=30.0,
    scale="log",
    unit="px of 400",
    group="Consistency",
    advanced=True,
    help="Standard deviation of the blur in the corners, for a shorter side of 400 pixels.",
    visible_if=("lens", "gaussian"),
)

_LENS = (LENS, LENS_SPREAD, LENS_CENTRE, LENS_CORNER)
LENS_PARAMS = frozenset(param.id for param in _LENS)
"""They only say what to hold the result against."""

_MAP = (GAIN, WINDOW, WINDOW_VALUES)

RESTORE = (
    ALPHA,
    SCALE,
    EXTENT,
    COLOURS,
    DRAW,
    SAMPLES,
    OVERLAP,
    MAP_PICTURE,
    LEVELS,
    *_MAP,
    POSITIVE_TEXT,
    NEUTRAL_TEXT,
    *_LENS,
)
IMITATE = (
    PHOTO,
    IMITATION_LEVELS,
    MAP_PICTURE,
    IMITATION_SCALE,
    EXTENT,
    DRAW,
    IMITATION_SAMPLES,
    OVERLAP,
    *_MAP,
    NEGATIVE_TEXT,
)
