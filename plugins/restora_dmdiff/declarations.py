"""DMDiff's methods as the host sees them."""

from __future__ import annotations

from types import MappingProxyType

from restora.api import Grain, Kind, MemoryRule, MethodInfo, Tiling
from restora_dmdiff import declared_parameters as params
from restora_dmdiff import weights

_PAPER = "DMDiff, ICCV 2025, arXiv 2506.22753; MUSIQ, ICCV 2021, arXiv 2108.05997"
_LICENCE = "Apache-2.0 (code); SD-Turbo's weights: non-commercial"

PRECISIONS = ("fp32", "fp16")
"""No bfloat16: the step enlarges the UNet's rounding 15 times, and of that type too little would be left."""

_FINISHING = 60.0
"""MiB per megapixel of the result: resampling and colours work on copies of it."""

RESTORE = MethodInfo(
    id="dmdiff.restore",
    title="DMDiff",
    summary="Restores a metalens photograph in one diffusion step; a knob trades fidelity for sharpness.",
    factory="restora_dmdiff.method:Restore",
    accepts=frozenset({Kind.METALENS}),
    scale=None,
    scale_param="scale",
    params=params.RESTORE,
    presets=MappingProxyType(
        {
            "Faithful": {"alpha": 0.0},
            "Balanced": {"alpha": 0.75},
            "Sharp": {"alpha": 1.0},
            "As the published script": {"alpha": 1.05},
        }
    ),
    tuning="alpha",
    tuning_is_live=True,
    weights=weights.RESTORE,
    memory=(
        MemoryRule(fixed_mib=7500, mib_per_mpix=200.0, mib_per_output_mpix=_FINISHING, precision="fp32"),
        MemoryRule(fixed_mib=3800, mib_per_mpix=200.0, mib_per_output_mpix=_FINISHING, precision="fp16"),
    ),
    seconds_per_mpix={"cpu": 1400.0, "cuda": 1.7},
    precisions=PRECISIONS,
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    forward_model="restora_dmdiff.prediction:of_restored",
    vectors="restora_dmdiff.vectors.adapter:Vectors",
    paper=_PAPER,
    licence=_LICENCE,
)

IMITATE = MethodInfo(
    id="dmdiff.imitate",
    title="DMDiff: imitate a metalens",
    summary="Makes a clean picture look like a metalens photograph, for pairs to train and test with.",
    factory="restora_dmdiff.method:Imitate",
    accepts=frozenset({Kind.IMAGE, Kind.METALENS}),
    scale=None,
    scale_param="scale",
    params=params.IMITATE,
    weights=weights.IMITATE,
    memory=(
        MemoryRule(fixed_mib=7500, mib_per_mpix=150.0, mib_per_output_mpix=_FINISHING, precision="fp32"),
        MemoryRule(fixed_mib=5800, mib_per_mpix=150.0, mib_per_output_mpix=_FINISHING, precision="fp16"),
    ),
    precisions=PRECISIONS,
    tiling=Tiling.NONE,
    grain=Grain.STEP,
    vectors="restora_dmdiff.vectors.adapter:Vectors",
    paper=_PAPER,
    licence=_LICENCE,
)
