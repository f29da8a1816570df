"""What a request will take on a device."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from restora.data.kinds import Kind
from restora.jobs.admission import Decision, decide, megapixels_at_once
from restora.jobs.devices import Device
from restora.jobs.estimates import Estimate, EstimateBook, Unit
from restora.jobs.request import RunRequest
from restora.plugins.running import TileChoice

_NUMBERS_BESIDE_COLOUR = 11
"""Per Gaussian: place, rotation, scale, opacity."""
_LARGEST_DEGREE = 3


def chosen_precision(request: RunRequest, device: Device) -> str:
    """What a request computes with on a device: as asked for, or what suits the device best."""
    return request.precision or device.default_precision(request.info.precisions)


def data_mib(request: RunRequest) -> float:
    """What lies in main memory around a call: the source and the result, as float32."""
    if request.is_scene:
        return _scene_mib(request)
    width, height = request.size
    out_width, out_height = request.output_size
    samples = (width * height + out_width * out_height) * max(request.item.probe.channels, 3)
    return samples * 4 / 2**20


def _scene_mib(request: RunRequest) -> float:
    degree = request.item.probe.degree
    colours = 3 * ((_LARGEST_DEGREE if degree is None else degree) + 1) ** 2
    copies = 2 if request.info.produces is Kind.SPLAT else 1
    return copies * request.millions * 1e6 * (_NUMBERS_BESIDE_COLOUR + colours) * 4 / 2**20


def unit_of(request: RunRequest) -> Unit:
    """What a request's size is counted in."""
    return Unit.GAUSSIANS if request.is_scene else Unit.PIXELS


def millions_at_once(request: RunRequest, tile: TileChoice) -> float:
    """Pixels or Gaussians that one call handles, in millions."""
    if request.is_scene:
        return request.millions
    return megapixels_at_once(request.info, request.size, tile)


def making_mib(request: RunRequest, precision: str, millions: float) -> float:
    """What a call on `millions` of source pixels takes for the pixels it makes, beyond the result itself."""
    rule = next((rule for rule in request.info.memory if rule.precision == precision), None)
    if rule is None or request.is_scene:
        return 0.0
    return rule.mib_per_output_mpix * millions * request.scale**2


def estimated_cost(request: RunRequest, device: Device, book: EstimateBook) -> Callable[[float], Estimate]:
    """The cost of a call by its size; on the CPU what lies around it is in the same memory."""
    precision = chosen_precision(request, device)
    around = data_mib(request) if device.spec.type == "cpu" else 0.0

    def cost(millions: float) -> Estimate:
        estimate = book.estimate(request.info, device.spec, precision, millions, unit_of(request))
        making = making_mib(request, precision, millions)
        return replace(estimate, peak_mib=estimate.peak_mib + around + making)

    return cost


def decision_for(
    request: RunRequest, device: Device, book: EstimateBook, *, budget_mib: float, free_mib: float
) -> Decision:
    """Whether a request can start on a device, and with which tiles."""
    return decide(
        request.info,
        request.size,
        side=request.side,
        cost=estimated_cost(request, device, book),
        budget_mib=budget_mib,
        free_mib=free_mib,
        gaussian_millions=request.millions if request.is_scene else None,
    )
