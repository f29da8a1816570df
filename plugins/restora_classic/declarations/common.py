"""What most of the classical methods have in common."""

from __future__ import annotations

from functools import partial

from restora.api import FrameNeed, Kind, MemoryRule, MethodInfo, Tiling

CPU = frozenset({"cpu"})
FP32 = ("fp32",)
GREY_AND_COLOUR = frozenset({1, 3})
PICTURES = frozenset({Kind.IMAGE, Kind.METALENS})
DEMOSAIC_CHOICES = {"directed": "Along edges", "bilinear": "Bilinear"}
BALANCES = {
    "none": "None",
    "grey_world": "Grey world (equal means)",
    "brightest": "Brightest (equal maxima)",
}
"""Ways to find gains per colour."""
LICENCE = "Apache-2.0"
MEASURED_ON = "2 shared CPU cores, one thread"


def memory(fixed_mib: int, mib_per_mpix: float) -> tuple[MemoryRule, ...]:
    """What a run allocated on the machine of docs/measurements.md, its result included."""
    return (
        MemoryRule(fixed_mib=fixed_mib, mib_per_mpix=mib_per_mpix, precision="fp32", measured_on=MEASURED_ON),
    )


on_processor = partial(MethodInfo, devices=CPU, precisions=FP32, stochastic=False, licence=LICENCE)
"""What holds for every method here."""

picture_method = partial(on_processor, accepts=PICTURES, channels=GREY_AND_COLOUR)

capture_method = partial(
    on_processor,
    accepts=frozenset({Kind.SPAD}),
    channels=GREY_AND_COLOUR,
    domain="counts",
    frames=FrameNeed(),
    tiling=Tiling.NONE,
)
