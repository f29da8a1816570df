"""What the host knows about both methods before anything heavy is imported."""

from __future__ import annotations

from restora.api import (
    FrameNeed,
    Grain,
    Kind,
    MemoryRule,
    MethodInfo,
    SizeRule,
    TileRule,
    Tiling,
)
from restora_gqir import declared_parameters, weights

_PAPER = "gQIR: Generative Quanta Image Reconstruction, CVPR 2026, arXiv 2602.20417"
_LICENCE = (
    "Code: Apache-2.0. Weights: base model Open RAIL++-M with restrictions of use, RAFT BSD-3-Clause, "
    "gQIR's own not stated"
)
_MACHINE = "2 cores of an x86-64 server"
_VECTORS = "restora_gqir.vectors.adapter:Vectors"

SINGLE = MethodInfo(
    id="gqir.single",
    title="gQIR, single observation",
    summary="A picture from 7 binary frames of a single-photon camera (or more, merged in the dark).",
    factory="restora_gqir.method:Single",
    accepts=frozenset({Kind.SPAD}),
    channels=frozenset({1, 3}),
    params=declared_parameters.SINGLE,
    presets={
        "As published": {},
        "Faithful": {"stage1_only": True},
        "Between both": {"blend": 0.5},
        "Real colour camera": {"grey_world": True},
    },
    tuning="blend",
    weights=weights.SINGLE,
    frames=FrameNeed(minimum=1),
    memory=(
        # While the large network is folded its file is mapped as well: up to a megapixel that is the peak.
        MemoryRule(fixed_mib=8300, mib_per_mpix=3700.0, precision="fp32", measured_on=_MACHINE),
        MemoryRule(fixed_mib=2600, mib_per_mpix=3000.0, precision="bf16"),
    ),
    seconds_per_mpix={"cpu": 400.0, "cuda": 0.7},
    tiling=Tiling.INTERNAL,
    size=SizeRule(minimum=64, multiple_of=8),
    tile=TileRule(minimum=128, overlap=0),
    grain=Grain.STEP,
    stochastic=False,
    forward_model="restora_gqir.prediction:of_single",
    vectors=_VECTORS,
    paper=_PAPER,
    licence=_LICENCE,
)

BURST = MethodInfo(
    id="gqir.burst",
    title="gQIR, burst",
    summary="A picture, or a film, from windows of 77 binary frames: motion is followed, sums are fused.",
    factory="restora_gqir.method:Burst",
    accepts=frozenset({Kind.SPAD}),
    channels=frozenset({1, 3}),
    params=declared_parameters.BURST,
    presets={
        "As published": {},
        "Corrected motion": {"flow": "corrected"},
        "Short window": {"nano_bursts": 5},
        "Film of 16 pictures": {"pictures": 16},
    },
    weights=weights.BURST,
    frames=FrameNeed(minimum=3),
    memory=(
        MemoryRule(fixed_mib=8500, mib_per_mpix=4500.0, precision="fp32", measured_on=_MACHINE),
        MemoryRule(fixed_mib=3200, mib_per_mpix=6000.0, precision="bf16"),
    ),
    seconds_per_mpix={"cpu": 3000.0, "cuda": 9.0},
    tiling=Tiling.INTERNAL,
    size=SizeRule(minimum=64, multiple_of=64),
    tile=TileRule(minimum=128, overlap=0),
    grain=Grain.STEP,
    stochastic=False,
    forward_model="restora_gqir.prediction:of_burst",
    vectors=_VECTORS,
    paper=_PAPER,
    licence=_LICENCE,
)
