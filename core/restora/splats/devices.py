"""Where a picture of a scene is drawn: on the processor always, on a CUDA card where gsplat works."""

from __future__ import annotations

import sys
from dataclasses import dataclass

from restora.errors import ParameterError
from restora.folders import Folders
from restora.splats.gsplat_probe import GsplatError, GsplatState, probe
from restora.splats.rendering import Footprint, RenderOptions

CPU = "cpu"
AUTO = "auto"
_CAP_OF_GSPLAT = 0.999
"""Compiled into gsplat 1.5.3."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderDevice:
    """What draws, and why."""

    device: str
    """`cpu`, `cuda` or `cuda:N`."""
    reason: str
    """For people; where `auto` ended on the processor, what stood in CUDA's way."""


def choose_device(
    wanted: str = AUTO,
    options: RenderOptions | None = None,
    folders: Folders | None = None,
    *,
    in_other_process: bool = False,
) -> RenderDevice:
    """`cpu`, a CUDA card by name, or `auto`: a card where gsplat works, else the processor.

    Raises GsplatError where a card is asked for by name and cannot draw. Asking for more than `cpu` may start
    another process and take seconds; the answer is kept between runs. `in_other_process` says that whoever
    asks will draw by `elsewhere.client`, so that even a window may choose a card.
    """
    if wanted == CPU:
        return RenderDevice(device=CPU, reason="the processor was asked for")
    if wanted != AUTO and wanted.partition(":")[0] != "cuda":
        raise ParameterError("device", f"must be auto, cpu, cuda or cuda:N, got {wanted}")
    state = _refusal(options or RenderOptions(), in_other_process=in_other_process) or probe(folders)
    if state.is_usable:
        return RenderDevice(device="cuda" if wanted == AUTO else wanted, reason=state.reason)
    if wanted != AUTO:
        raise GsplatError(state)
    return RenderDevice(device=CPU, reason=f"the processor draws: {state.reason}")


def _refusal(options: RenderOptions, *, in_other_process: bool) -> GsplatState | None:
    """What rules gsplat out before anybody looks at the machine."""
    if not in_other_process and "PySide6.QtWidgets" in sys.modules:
        # A driver or a compiled kernel that fails takes the process along, and with it an unsaved window.
        return GsplatState(
            is_usable=False,
            reason="the window never loads gsplat",
            advice="Use the command line, or let the processor draw.",
        )
    if options.alpha_max != _CAP_OF_GSPLAT:
        return GsplatState(
            is_usable=False, reason=f"gsplat caps alpha at {_CAP_OF_GSPLAT}, not at {options.alpha_max:g}"
        )
    if options.footprint is not Footprint.EXACT:
        return GsplatState(is_usable=False, reason="gsplat does not end Gaussians at tiles")
    return None
