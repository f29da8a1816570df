"""Methods that turn what a sensor saw into a picture to look at."""

from __future__ import annotations

from dataclasses import replace

from restora.api import BoolParam, ChoiceParam, FloatParam, Grain, SizeRule, TileRule, Tiling
from restora_classic.declarations.common import BALANCES, DEMOSAIC_CHOICES, memory, picture_method

_GAIN = FloatParam(
    id="red",
    label="Red",
    default=1.0,
    minimum=0.1,
    maximum=10.0,
    scale="log",
    unit="x",
    visible_if=("white_balance", "manual"),
    help="Gain of red against green.",
)

DEMOSAIC = picture_method(
    id="classic.demosaic",
    title="Demosaic",
    summary="Colour from a grey picture that was taken through a Bayer filter.",
    factory="restora_classic.methods.demosaic:Demosaic",
    channels=frozenset({1}),
    params=(
        ChoiceParam(
            id="order",
            label="Filter",
            default="rggb",
            choices={"rggb": "RGGB", "grbg": "GRBG", "bggr": "BGGR", "gbrg": "GBRG"},
            help="Colours of the first 2 x 2 pixels, row by row.",
        ),
        ChoiceParam(
            id="demosaic",
            label="Demosaicing",
            default="directed",
            choices=DEMOSAIC_CHOICES,
            help="Along edges is sharper, bilinear is calmer where there is noise.",
        ),
    ),
    memory=memory(4, 58.0),
    seconds_per_mpix={"cpu": 0.1},
    tiling=Tiling.HOST,
    size=SizeRule(minimum=6),
    tile=TileRule(minimum=64, overlap=16, margin=6),
    grain=Grain.CALL,
    paper="J. Hamilton and J. Adams, Adaptive color plan interpolation, US patent 5629734, 1997 (expired)",
)

DEVELOP = picture_method(
    id="classic.develop",
    title="Develop",
    summary="Exposure, white balance, contrast, saturation and tone mapping on linear light.",
    factory="restora_classic.methods.develop:Develop",
    domain="linear",
    params=(
        BoolParam(
            id="auto",
            label="Automatic exposure",
            default=True,
            help="Brings the 97th percentile of the picture to white before the exposure below.",
        ),
        FloatParam(
            id="exposure",
            label="Exposure",
            default=0.0,
            minimum=-8.0,
            maximum=8.0,
            step=0.1,
            unit="EV",
            marks=(0.0,),
            help="Each step doubles or halves the light.",
        ),
        ChoiceParam(
            id="white_balance",
            label="White balance",
            default="none",
            choices=BALANCES | {"manual": "By hand"},
            help="Gains per colour that make grey look grey.",
        ),
        _GAIN,
        replace(_GAIN, id="blue", label="Blue", help="Gain of blue against green."),
        FloatParam(
            id="contrast",
            label="Contrast",
            default=1.0,
            minimum=0.3,
            maximum=3.0,
            step=0.05,
            scale="log",
            help="A power around middle grey (0.18 of white); 1 changes nothing.",
        ),
        FloatParam(
            id="saturation",
            label="Saturation",
            default=1.0,
            minimum=0.0,
            maximum=3.0,
            step=0.05,
            help="0 is grey, 1 changes nothing.",
        ),
        FloatParam(
            id="highlights",
            label="Highlights",
            default=0.0,
            minimum=0.0,
            maximum=8.0,
            step=0.5,
            unit="EV",
            help="How many steps above white still get tones of their own; 0 leaves the curve straight.",
        ),
    ),
    presets={
        "Bright and neutral": {"auto": True, "white_balance": "grey_world"},
        "Much contrast in the scene": {"auto": True, "exposure": 1.0, "highlights": 4.0},
        "Unchanged": {"auto": False},
    },
    memory=memory(4, 26.0),
    seconds_per_mpix={"cpu": 0.1},
    tiling=Tiling.NONE,
    grain=Grain.CALL,
    paper="E. Reinhard et al., Photographic tone reproduction for digital images, SIGGRAPH 2002",
)

METHODS = (DEVELOP, DEMOSAIC)
