"""Methods for single-photon captures."""

from __future__ import annotations

from restora.api import ChoiceParam, FloatParam, FrameNeed, Grain, IntParam
from restora_classic.declarations.common import BALANCES, DEMOSAIC_CHOICES, capture_method, memory

BAD_PIXELS = ChoiceParam(
    id="bad_pixels",
    label="Bad pixels",
    default="find",
    choices={
        "find": "Repair the known and find others",
        "map": "Repair only those of the capture's map",
        "keep": "Leave as they are",
    },
    help="Pixels that fire without light or never fire take the value of their nearest good neighbour of the "
    "same colour. Finding compares each with the 5 x 5 pixels around it and may take single bright points.",
)
DEMOSAIC = ChoiceParam(
    id="demosaic",
    label="Demosaicing",
    default="directed",
    choices=DEMOSAIC_CHOICES,
    help="How missing colours are filled in behind a colour filter; no effect without one. Along edges is "
    "sharper, bilinear is calmer where there is noise.",
    advanced=True,
)
LIGHT = (
    FloatParam(
        id="brightness",
        label="Photons at white",
        default=1.0,
        minimum=0.001,
        maximum=1000.0,
        step=0.1,
        scale="log",
        unit="per frame",
        help="Mean detections per binary frame that stand for linear light 1; the result is divided by it.",
    ),
    FloatParam(
        id="dark",
        label="Dark counts",
        default=0.0,
        minimum=0.0,
        maximum=1.0,
        step=0.001,
        unit="per frame",
        help="Mean detections per pixel and binary frame without light; taken off after the inversion.",
        advanced=True,
    ),
    ChoiceParam(
        id="white",
        label="White",
        default="photons",
        choices={"photons": "As stated by photons at white", "percentile": "97th percentile of the picture"},
        help="What becomes white: a stated amount of light, or the brightest three percent of the picture.",
    ),
    ChoiceParam(
        id="white_balance",
        label="White balance",
        default="none",
        choices=BALANCES,
        help="Gains per colour on linear light, after the inversion; no effect on grey captures.",
    ),
)
STRENGTH = FloatParam(
    id="strength",
    label="Denoising",
    default=1.0,
    minimum=0.0,
    maximum=2.0,
    step=0.05,
    help="1 removes as much noise as the photon statistics predict; more is smoother, 0 removes none.",
)

_LOOKS: dict[str, dict[str, object]] = {
    "Physical": {"white": "photons", "white_balance": "none"},
    "For looking at": {"white": "percentile", "white_balance": "grey_world"},
}

AVERAGE = capture_method(
    id="classic.spad_average",
    title="Count average",
    summary="The share of frames in which each pixel fired: what the sensor says, without any model.",
    factory="restora_classic.methods.spad_average:SpadAverage",
    params=(BAD_PIXELS, DEMOSAIC),
    memory=memory(8, 68.0),
    seconds_per_mpix={"cpu": 0.5},
    grain=Grain.CALL,
    forward_model="restora_classic.methods.spad_prediction:of_average",
    paper="None: a mean.",
)

FLUX = capture_method(
    id="classic.spad_flux",
    title="Flux inversion",
    summary="The light that most probably made the detections, pixel by pixel; undoes the saturation.",
    factory="restora_classic.methods.spad_flux:SpadFlux",
    params=(
        *LIGHT,
        FloatParam(
            id="margin",
            label="Saturation margin",
            default=0.5,
            minimum=0.01,
            maximum=1.0,
            step=0.05,
            unit="detections",
            help="A pixel that fired in every frame has no finite answer; its count is held this far below.",
            advanced=True,
        ),
        BAD_PIXELS,
        DEMOSAIC,
    ),
    presets=_LOOKS,
    memory=memory(8, 68.0),
    seconds_per_mpix={"cpu": 0.5},
    grain=Grain.CALL,
    forward_model="restora_classic.methods.spad_prediction:of_light",
    paper="A. Ingle, A. Velten and M. Gupta, High flux passive imaging with single-photon sensors, CVPR 2019",
)

DENOISE = capture_method(
    id="classic.spad_denoise",
    title="Variance-stabilised denoising",
    summary="Denoises a sum of frames of a still scene where its noise is even, then inverts it to light.",
    factory="restora_classic.methods.spad_denoise:SpadDenoise",
    params=(STRENGTH, *LIGHT, BAD_PIXELS, DEMOSAIC),
    presets={name: {"strength": 1.0, **look} for name, look in _LOOKS.items()},
    requires=("scipy>=1.11",),
    memory=memory(70, 240.0),
    seconds_per_mpix={"cpu": 16.0},
    grain=Grain.STEP,
    forward_model="restora_classic.methods.spad_prediction:of_light",
    paper="M. Makitalo and A. Foi, Optimal inversion of the Anscombe transformation, IEEE TIP 2011; "
    "K. Dabov et al., Image denoising by sparse 3-D transform-domain collaborative filtering, IEEE TIP 2007",
)

BURST = capture_method(
    id="classic.spad_burst",
    title="Align and merge",
    summary="For moving scenes: blocks of frames are aligned, merged without ghosts and denoised.",
    factory="restora_classic.methods.spad_burst:SpadBurst",
    params=(
        IntParam(
            id="blocks",
            label="Blocks",
            default=11,
            minimum=3,
            maximum=101,
            help="Into how many parts the frames are cut. Little should move within one part; each needs "
            "about one detection per pixel to be aligned.",
        ),
        ChoiceParam(
            id="reference",
            label="Reference",
            default="middle",
            choices={"middle": "Middle block", "last": "Last block"},
            help="The moment that the picture shows.",
        ),
        FloatParam(
            id="tolerance",
            label="Tolerance",
            default=2.5,
            minimum=1.0,
            maximum=20.0,
            step=0.5,
            unit="sd",
            help="How far a block may differ from the reference before it counts less: low avoids "
            "ghosts, high uses more light.",
        ),
        STRENGTH,
        *LIGHT,
        BAD_PIXELS,
    ),
    presets={
        "Hand-held": {"blocks": 11, "tolerance": 2.5},
        "Fast motion": {"blocks": 31, "tolerance": 2.0},
        "Merge only": {"strength": 0.0},
    },
    requires=("scipy>=1.11",),
    frames=FrameNeed(minimum=3),
    memory=memory(90, 540.0),
    seconds_per_mpix={"cpu": 60.0},
    grain=Grain.STEP,
    forward_model="restora_classic.methods.spad_prediction:of_burst",
    paper="S. Ma et al., Quanta burst photography, ACM TOG 2020; "
    "S. Hasinoff et al., Burst photography for high dynamic range and low-light imaging, ACM TOG 2016",
)

METHODS = (AVERAGE, FLUX, DENOISE, BURST)
