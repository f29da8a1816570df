"""Methods for scenes of 3D Gaussians."""

from __future__ import annotations

from restora.api import BoolParam, ChoiceParam, FloatParam, Grain, IntParam, Kind, MemoryRule, Tiling
from restora_classic.declarations.common import on_processor

_SCENES = frozenset({Kind.SPLAT})
_API = ">=1.1,<2"

CLEAN = on_processor(
    id="classic.scene_clean",
    title="Clean a scene",
    summary="Takes out Gaussians that are broken, faint, too large or alone: the floaters of a scene.",
    factory="restora_classic.methods.scene_clean:SceneClean",
    api=_API,
    accepts=_SCENES,
    produces=Kind.SPLAT,
    params=(
        FloatParam(
            id="least_opacity",
            label="Least opacity",
            default=0.005,
            minimum=0.0,
            maximum=0.9,
            step=0.005,
            help="Fainter Gaussians go; 0 keeps all.",
        ),
        FloatParam(
            id="largest_size",
            label="Largest size",
            default=0.0,
            minimum=0.0,
            maximum=1000.0,
            step=0.1,
            unit="units",
            help="Gaussians whose longest axis is larger go; 0 keeps all.",
        ),
        BoolParam(
            id="isolated",
            label="Isolated Gaussians",
            default=True,
            help="Takes out Gaussians that are unusually far from their nearest ones.",
        ),
        IntParam(
            id="neighbours",
            label="Neighbours",
            default=16,
            minimum=2,
            maximum=200,
            visible_if=("isolated", True),
            help="How many nearest Gaussians isolation is judged by.",
        ),
        FloatParam(
            id="deviations",
            label="Deviations",
            default=3.0,
            minimum=0.1,
            maximum=20.0,
            step=0.1,
            visible_if=("isolated", True),
            help="How many standard deviations beyond the mean distance count as isolated.",
        ),
        IntParam(
            id="degree",
            label="Degree of colours",
            default=3,
            minimum=0,
            maximum=3,
            help="Bands above this are dropped: smaller files, colours that change less with the direction.",
            advanced=True,
        ),
    ),
    memory=(MemoryRule(fixed_mib=60, mib_per_mpix=0.0, precision="fp32", mib_per_million_gaussians=900.0),),
    tiling=Tiling.NONE,
    grain=Grain.CALL,
    paper="R. B. Rusu et al., Towards 3D Point Cloud Based Object Maps for Household Environments, 2008",
)

REFINE = on_processor(
    id="classic.scene_refine",
    title="Refine a scene with its photographs",
    summary="Makes a scene agree with the photographs of its cameras; some are kept from it and judge.",
    factory="restora_classic.methods.scene_refine:SceneRefine",
    api=_API,
    accepts=_SCENES,
    produces=Kind.SPLAT,
    params=(
        IntParam(
            id="steps",
            label="Steps",
            default=300,
            minimum=1,
            maximum=30_000,
            help="One photograph each. Hundreds take minutes on a processor.",
        ),
        ChoiceParam(
            id="rates",
            label="Learning rates",
            default="brisk",
            choices={"brisk": "Brisk", "standard": "Standard", "gentle": "Gentle"},
            help="Brisk is for hundreds of steps, standard for many thousands; gentle is 5 to 10 times "
            "slower than that, for scenes that are nearly finished.",
        ),
        IntParam(
            id="longest_side",
            label="Longest side",
            default=512,
            minimum=32,
            maximum=8192,
            unit="px",
            help="Photographs are shrunk to this: a step takes as long as it has pixels.",
        ),
        IntParam(
            id="hold_out",
            label="Hold out every",
            default=8,
            minimum=0,
            maximum=1000,
            help="Every so-manieth photograph judges instead of teaching; 0 holds none out.",
        ),
        FloatParam(
            id="anchor",
            label="Anchor",
            default=0.0,
            minimum=0.0,
            maximum=100.0,
            step=0.1,
            help="How strongly Gaussians are held to where they began; helps where photographs are few.",
            advanced=True,
        ),
        BoolParam(
            id="prune",
            label="Remove what has become faint",
            default=False,
            help="Takes Gaussians out while learning.",
            advanced=True,
        ),
        BoolParam(
            id="densify",
            label="Add where detail is missing",
            default=False,
            help="The scene gets up to three times as large, and needs more steps. Not with an anchor.",
            advanced=True,
        ),
        ChoiceParam(
            id="strategy",
            label="How it adds",
            default="default",
            choices={"default": "Split where the picture pulls", "mcmc": "Move faint ones (MCMC)"},
            help="Only where Gaussians are added.",
            advanced=True,
        ),
    ),
    presets={
        "Quick": {"steps": 100, "longest_side": 256},
        "Thorough": {"steps": 2000, "longest_side": 1024},
        "Nearly finished": {"steps": 500, "rates": "gentle"},
    },
    devices=frozenset({"cpu", "cuda"}),
    memory=(MemoryRule(fixed_mib=600, mib_per_mpix=0.0, precision="fp32", mib_per_million_gaussians=4000.0),),
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    stochastic=True,
    paper="B. Kerbl et al., 3D Gaussian Splatting for Real-Time Radiance Field Rendering, SIGGRAPH 2023",
)

METHODS = (CLEAN, REFINE)
