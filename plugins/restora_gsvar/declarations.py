"""GS-VAR's methods as the host sees them."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from restora.api import Grain, Kind, MemoryRule, MethodInfo, References, Tiling
from restora_gsvar import declared_parameters as params
from restora_gsvar import scene_parameters, weights

_PAPER = "GS-VAR, 2025 (project report); VARSR, ICML 2025, arXiv 2501.18993"
_LICENCE = "code here Apache-2.0; the authors state no licence for their weights"
_VECTORS = "restora_gsvar.vectors.adapter:Vectors"

MEMORY = (
    MemoryRule(fixed_mib=8500, mib_per_mpix=120.0, precision="fp32"),
    MemoryRule(fixed_mib=5500, mib_per_mpix=120.0, precision="bf16"),
)

_SECONDS = MappingProxyType({"cpu": 450.0})
"""Two cores; no card was ever measured."""

FIX = MethodInfo(
    id="gsvar.fix",
    title="GS-VAR",
    summary="Mends floaters, blur and holes in a render of a Gaussian scene, beside a photograph or alone.",
    factory="restora_gsvar.method:Fix",
    accepts=frozenset({Kind.IMAGE}),
    channels=frozenset({3, 4}),
    params=params.FIX,
    presets=MappingProxyType(
        {
            "As the published script": {
                "fit": "published",
                "windows": "published",
                "colours": "adain",
                "colour_source": "reference",
                "whole": True,
            },
            "Quick": {"extent": "resize"},
        }
    ),
    weights=weights.FIX,
    references=References(
        maximum=1, same_size=False, hint="A clean photograph of the same scene, taken from nearby."
    ),
    memory=MEMORY,
    seconds_per_mpix=_SECONDS,
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    vectors=_VECTORS,
    paper=_PAPER,
    licence=_LICENCE,
)

ENHANCE = MethodInfo(
    id="gsvar.enhance",
    title="VARSR",
    summary="Enhances or enlarges a damaged picture with the weights that GS-VAR was made from.",
    factory="restora_gsvar.method:Enhance",
    accepts=frozenset({Kind.IMAGE}),
    scale=None,
    scale_param="scale",
    params=params.ENHANCE,
    weights=weights.ENHANCE,
    memory=MEMORY,
    seconds_per_mpix=_SECONDS,
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    vectors=_VECTORS,
    paper=_PAPER,
    licence="code here Apache-2.0; VARSR's code is MIT, its files state no licence",
)

FIX_PATH = MethodInfo(
    id="gsvar.fix_path",
    title="GS-VAR along a path",
    summary="Renders a scene from its cameras or along a way, mends every frame and steadies the film.",
    factory="restora_gsvar.path_method:FixPath",
    api=">=1.1,<2",
    accepts=frozenset({Kind.SPLAT}),
    produces_frames=True,
    params=scene_parameters.FIX_PATH,
    presets=MappingProxyType(
        {
            "As the published loop": {
                "extent": "resize",
                "fit": "published",
                "windows": "published",
                "reference": "pose",
                "reference_window": "same",
                "stabilise": 0.0,
                "whole": True,
            },
            "Quick": {"extent": "resize"},
        }
    ),
    weights=weights.FIX,
    references=References(
        maximum=1, same_size=False, hint="A photograph for all frames, where none of the scene's shall serve."
    ),
    memory=tuple(replace(rule, mib_per_million_gaussians=400.0) for rule in MEMORY),
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    paper=_PAPER,
    licence=_LICENCE,
)

FIX_SCENE = MethodInfo(
    id="gsvar.fix_scene",
    title="GS-VAR on a scene",
    summary="Mends new views of a scene and lets it learn from them, round by round, beside its photographs.",
    factory="restora_gsvar.scene_method:FixScene",
    api=">=1.1,<2",
    accepts=frozenset({Kind.SPLAT}),
    produces=Kind.SPLAT,
    params=scene_parameters.FIX_SCENE,
    presets=MappingProxyType(
        {
            "As the published loop": {
                "rounds": 29,
                "steps": 2000,
                "way": "cameras",
                "move": "published",
                "pixels": "published",
                "keep": "last",
                "extent": "resize",
                "fit": "published",
                "windows": "published",
                "reference": "pose",
                "reference_window": "same",
                "whole": True,
            },
            "Quick": {"extent": "resize", "rounds": 1, "views": 6, "steps": 200},
        }
    ),
    weights=weights.FIX,
    references=References(
        maximum=1,
        same_size=False,
        hint="A photograph for all views, where none of the scene's shall serve.",
    ),
    memory=tuple(replace(rule, mib_per_million_gaussians=2500.0) for rule in MEMORY),
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    paper=_PAPER,
    licence=_LICENCE,
)
