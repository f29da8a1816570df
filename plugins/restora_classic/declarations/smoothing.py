"""Methods that take noise out of any picture."""

from __future__ import annotations

from restora.api import FloatParam, Grain, IntParam, TileRule, Tiling
from restora_classic.declarations.common import memory, picture_method

NOISE = FloatParam(
    id="noise",
    label="Noise",
    default=0.05,
    minimum=0.002,
    maximum=0.5,
    step=0.005,
    scale="log",
    help="Standard deviation of the noise to remove, sRGB values with white at 1; the figure 'noise' "
    "estimates it.",
)
NOISE_PRESETS = {"Light": {"noise": 0.02}, "Medium": {"noise": 0.05}, "Strong": {"noise": 0.12}}

DENOISE = picture_method(
    id="classic.denoise",
    title="Collaborative denoising",
    summary="Stacks similar patches and removes what they do not share: strongest without weights.",
    factory="restora_classic.methods.denoise:Denoise",
    params=(NOISE,),
    presets=NOISE_PRESETS,
    requires=("scipy>=1.11",),
    memory=memory(70, 430.0),
    seconds_per_mpix={"cpu": 45.0},
    tiling=Tiling.HOST,
    # Two passes, each looking 16 + 8 pixels around patches of 8 that start 7 pixels away.
    tile=TileRule(preferred=768, minimum=256, overlap=128, margin=62),
    grain=Grain.STEP,
    tuning="noise",
    paper="K. Dabov et al., Image denoising by sparse 3-D transform-domain collaborative filtering, "
    "IEEE TIP 2007",
)

NONLOCAL_MEANS = picture_method(
    id="classic.nonlocal_means",
    title="Non-local means",
    summary="Every pixel becomes a mean over the places around it whose patches look alike.",
    factory="restora_classic.methods.nonlocal_means:NonLocalMeans",
    params=(
        NOISE,
        IntParam(
            id="patch",
            label="Patch radius",
            default=2,
            minimum=1,
            maximum=5,
            unit="px",
            help="Patches of this radius are compared: small keeps fine detail, large withstands more noise.",
            advanced=True,
        ),
        IntParam(
            id="search",
            label="Search radius",
            default=8,
            minimum=2,
            maximum=16,
            unit="px",
            help="How far around a pixel its like are looked for; time grows with the square.",
            advanced=True,
        ),
    ),
    presets=NOISE_PRESETS,
    memory=memory(4, 92.0),
    seconds_per_mpix={"cpu": 12.0},
    tiling=Tiling.HOST,
    # Search and patch at their largest.
    tile=TileRule(minimum=96, overlap=48, margin=21),
    grain=Grain.STEP,
    tuning="noise",
    paper="A. Buades, B. Coll and J.-M. Morel, A non-local algorithm for image denoising, CVPR 2005",
)

BILATERAL = picture_method(
    id="classic.bilateral",
    title="Bilateral smoothing",
    summary="Smooths surfaces and stops at edges.",
    factory="restora_classic.methods.bilateral:Bilateral",
    params=(
        FloatParam(
            id="sigma",
            label="Radius",
            default=2.0,
            minimum=0.5,
            maximum=8.0,
            step=0.5,
            unit="px",
            help="Standard deviation of the smoothing in place; time grows with the square.",
        ),
        FloatParam(
            id="contrast",
            label="Contrast",
            default=0.1,
            minimum=0.01,
            maximum=1.0,
            step=0.01,
            scale="log",
            help="Differences of this size (white is 1) count as edges and stay.",
        ),
    ),
    presets={"Fine": {"sigma": 1.0, "contrast": 0.05}, "Flat surfaces": {"sigma": 5.0, "contrast": 0.1}},
    memory=memory(4, 72.0),
    seconds_per_mpix={"cpu": 3.0},
    tiling=Tiling.HOST,
    # Two standard deviations of the largest radius.
    tile=TileRule(minimum=96, overlap=32, margin=16),
    grain=Grain.STEP,
    paper="C. Tomasi and R. Manduchi, Bilateral filtering for gray and color images, ICCV 1998",
)

METHODS = (DENOISE, NONLOCAL_MEANS, BILATERAL)
