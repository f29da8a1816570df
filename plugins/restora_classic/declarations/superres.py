"""Methods that make pictures larger."""

from __future__ import annotations

from restora.api import FloatParam, Grain, IntParam, TileRule, Tiling
from restora_classic.declarations.common import memory, picture_method

BACK_PROJECTION = picture_method(
    id="classic.back_projection",
    title="Back-projection",
    summary="Enlarges so that shrinking the result (bicubic, antialiased) gives the original back.",
    factory="restora_classic.methods.back_projection:BackProjection",
    scale=None,
    scale_param="scale",
    params=(
        IntParam(
            id="scale",
            label="Scale",
            default=2,
            minimum=2,
            maximum=4,
            unit="x",
            help="Output pixels per input pixel and side.",
        ),
        IntParam(
            id="rounds",
            label="Rounds",
            default=8,
            minimum=1,
            maximum=30,
            help="How often what is still missing is added; more is sharper and takes noise along.",
        ),
        FloatParam(
            id="edge",
            label="Edge contrast",
            default=0.1,
            minimum=0.01,
            maximum=1.0,
            step=0.01,
            scale="log",
            help="Corrections do not cross differences of this size (white is 1), which keeps edges clean.",
        ),
    ),
    presets={"Double": {"scale": 2}, "Four times": {"scale": 4, "rounds": 10}},
    memory=memory(4, 560.0),
    seconds_per_mpix={"cpu": 38.0},
    tiling=Tiling.HOST,
    # What a border spoils fades by half with each pixel; nothing can be seen of it after 16.
    tile=TileRule(minimum=96, overlap=48, margin=16),
    grain=Grain.STEP,
    forward_model="restora_classic.methods.picture_prediction:of_back_projection",
    paper="M. Irani and S. Peleg, Improving resolution by image registration, CVGIP 1991; S. Dai et al., "
    "Bilateral back-projection for single image super resolution, ICME 2007",
)

METHODS = (BACK_PROJECTION,)
